#include "command_line.h"

#include <stdlib.h>
#include <string.h>

#include "complaint.h"
#include "options.h"
#include "output.h"
#include "text.h"

static int bad_usage(const char *what, const char *argument)
{
  complain(what, argument);
  put_usage(&err);
  output_flush(&err);
  return EXIT_USAGE;
}

static int bad_value(const char *option, const char *value)
{
  put(&err, "kevo-dump: ");
  put(&err, option);
  put(&err, " cannot be ");
  put_text(&err, value, 0);
  put(&err, "\n");
  put_usage(&err);
  output_flush(&err);
  return EXIT_USAGE;
}

/* Parses the option at **argv: "--name", "--name VALUE" or "--name=VALUE". Moves *argv to its last word. */
static int parse_option(char ***argv, struct settings *settings)
{
  const char *argument = **argv;
  const char *value = strchr(argument, '=');
  const struct option *option = option_named(argument, value != NULL ? (size_t)(value - argument) : strlen(argument));

  if (option == NULL || (option->value == NULL && value != NULL))
    return bad_usage("there is no option ", argument);
  if (option->value != NULL) {
    value = value != NULL ? value + 1 : *++*argv;
    if (value == NULL)
      return bad_usage("a value is missing after ", argument);
  }
  return option->set(settings, value) == KEVO_OK ? EXIT_SUCCESS : bad_value(option->name, value);
}

static int parse_directory(const char *argument, struct settings *settings)
{
  if (settings->wal_dir != NULL)
    return bad_usage("one directory only, please, not also ", argument);
  settings->wal_dir = argument;
  return EXIT_SUCCESS;
}

int parse_command_line(char **argv, struct settings *settings)
{
  int only_directories = 0;
  int status = EXIT_SUCCESS;

  while (status == EXIT_SUCCESS && *++argv != NULL) {
    if (only_directories || **argv != '-')
      status = parse_directory(*argv, settings);
    else if (strcmp(*argv, "--") == 0)
      only_directories = 1;
    else
      status = parse_option(&argv, settings);
  }
  if (status == EXIT_SUCCESS && settings->wal_dir == NULL)
    status = bad_usage("which directory? ", "WAL_DIR is missing");
  if (status == EXIT_SUCCESS && settings->json && settings->for_people != NULL)
    status = bad_usage("--json gives all entries, and so cannot be used with ", settings->for_people);
  if (status == EXIT_SUCCESS && settings->newest_only && settings->out_dir == NULL)
    status = bad_usage("--newest-only says what to export, so it needs ", "--export OUT_DIR");
  return status;
}

int is_asked_for(char **argv, const char *option)
{
  while (*++argv != NULL && strcmp(*argv, "--") != 0) {
    if (strcmp(*argv, option) == 0)
      return 1;
  }
  return 0;
}
