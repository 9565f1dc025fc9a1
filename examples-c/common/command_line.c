#include "command_line.h"

#include <stdlib.h>
#include <string.h>

#include "complaint.h"
#include "kevo.h"
#include "output.h"
#include "text.h"

static int bad_value(const char *option, const char *value)
{
  put(&err, program.name);
  put(&err, ": ");
  put(&err, option);
  put(&err, " cannot be ");
  put_text(&err, value, 0);
  put(&err, "\n");
  program.put_usage(&err);
  output_flush(&err);
  return EXIT_USAGE;
}

/* Parses the option at **argv: "--name", "--name VALUE" or "--name=VALUE". Moves *argv to its last word. */
static int parse_option(char ***argv, const struct option *const *options, void *settings)
{
  const char *argument = **argv;
  const char *value = strchr(argument, '=');
  const struct option *option =
      option_named(options, argument, value != NULL ? (size_t)(value - argument) : strlen(argument));

  if (option == NULL || (option->value == NULL && value != NULL))
    return bad_usage("there is no option ", argument);
  if (option->value != NULL) {
    value = value != NULL ? value + 1 : *++*argv;
    if (value == NULL)
      return bad_usage("a value is missing after ", argument);
  }
  return option->set(settings, value) == KEVO_OK ? EXIT_SUCCESS : bad_value(option->name, value);
}

int parse_arguments(char **argv, const struct grammar *grammar, void *settings)
{
  int only_words = 0;
  int status = EXIT_SUCCESS;

  while (status == EXIT_SUCCESS && *++argv != NULL) {
    if (only_words || **argv != '-')
      status = grammar->take_word(settings, *argv);
    else if (strcmp(*argv, "--") == 0)
      only_words = 1;
    else
      status = parse_option(&argv, grammar->options, settings);
  }
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
