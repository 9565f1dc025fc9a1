/*
 * kevo: reads and writes databases of Kevo and of libkevo.
 *
 * It needs only kevo.h, C99 and POSIX. help.c and docs/kevo.1 say what the exit status is.
 */
#include <stdlib.h>
#include <string.h>

#include "../common/command_line.h"
#include "../common/complaint.h"
#include "../common/output.h"
#include "../common/terminal.h"
#include "command.h"
#include "failure.h"
#include "help.h"

const struct program program = {"kevo", put_usage};

static int take_word(void *context, const char *word)
{
  struct settings *settings = context;

  if (settings->database == NULL)
    settings->database = word;
  else
    settings->words[settings->word_count++] = word;
  return EXIT_SUCCESS;
}

static int check_words(const struct settings *settings)
{
  const struct command *command = settings->command;

  if (settings->database == NULL)
    return bad_usage("which database? ", "the path of its directory is missing");
  if (settings->word_count < command->fewest)
    return bad_usage("an argument is missing after ", settings->database);
  if (settings->word_count > command->most)
    return bad_usage("there is an argument too many: ", settings->words[command->most]);
  return EXIT_SUCCESS;
}

/* `argv` begins with the command's name. `words` is an array that has room for all words. */
static int run_command(const struct command *command, char **argv, const char **words)
{
  static const struct settings defaults = {
      .limit = UINT64_MAX, .mode = KEVO_RECOVERY_TOLERATE_TORN_TAIL, .value_size = 100, .seed = 301};
  struct settings settings = defaults;
  struct grammar grammar;
  int status;

  settings.command = command;
  settings.words = words;
  grammar.options = command->options;
  grammar.take_word = take_word;
  status = parse_arguments(argv, &grammar, &settings);
  if (status == EXIT_SUCCESS)
    status = check_words(&settings);
  if (status != EXIT_SUCCESS)
    return status;
  terminal_open(settings.color);
  return command->run(&settings);
}

static int choose(const char *name)
{
  chosen = command_named(name);
  return chosen != NULL ? EXIT_SUCCESS : bad_usage("there is no command ", name);
}

static int help(const char *name)
{
  int status = name != NULL ? choose(name) : EXIT_SUCCESS;

  if (status == EXIT_SUCCESS && chosen != NULL)
    put_help_on(chosen);
  else if (status == EXIT_SUCCESS)
    put_help();
  return status;
}

static int run(int argc, char **argv)
{
  const char **words;
  int status;

  if (argc < 2)
    return bad_usage("which command? ", "kevo help lists them");
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
    return help(argv[1][0] != '-' ? argv[2] : NULL);
  if (strcmp(argv[1], "--version") == 0) {
    put(&out, "kevo ");
    put(&out, kevo_version_string());
    put(&out, "\n");
    return EXIT_SUCCESS;
  }
  status = choose(argv[1]);
  if (status != EXIT_SUCCESS)
    return status;
  if (is_asked_for(argv + 1, "--help"))
    return help(argv[1]);
  if (kevo_abi_check(KEVO_VERSION_NUMBER) != KEVO_OK)
    return fail_with("this libkevo is too old or too new for this program: version ", kevo_version_string());
  words = calloc((size_t)argc, sizeof *words);
  status = words != NULL ? run_command(chosen, argv + 1, words) : fail_with("", kevo_strerror(KEVO_E_NO_MEMORY));
  free(words);
  return status;
}

int main(int argc, char **argv)
{
  int status;

  outputs_open();
  status = run(argc, argv);
  output_close(&out);
  if (out.failed) {
    complain("cannot write to standard output: ", out.error != 0 ? strerror(out.error) : "the output is incomplete");
    return EXIT_FAILED;
  }
  return status;
}
