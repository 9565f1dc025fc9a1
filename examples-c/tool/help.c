#include "help.h"

#include <string.h>

const struct command *chosen;

static void put_usage_of(struct output *output, const struct command *command)
{
  put(output, "usage: kevo ");
  put(output, command->name);
  put(output, " [OPTION]... ");
  put(output, command->words);
  put(output, "\n");
}

void put_usage(struct output *output)
{
  if (chosen != NULL)
    put_usage_of(output, chosen);
  else
    put(output, "usage: kevo COMMAND DATABASE [ARGUMENT]...\n"
                "       kevo help [COMMAND]\n"
                "       kevo --help | --version\n");
}

static void put_exit_status(void)
{
  put(&out,
      "\nExit status: 0 done; 1 a key is not there; 2 bad usage, or input that cannot be understood; 3 damage;\n"
      "4 another process has the database open for writing; 5 another failure.\n");
}

void put_help(void)
{
  const struct command *const *command;

  put_usage(&out);
  put(&out, "\nReads and writes databases of Kevo and of libkevo. DATABASE is a directory.\n\n");
  for (command = commands; *command != NULL; command++) {
    size_t column = strlen((*command)->name);

    put(&out, "  ");
    put(&out, (*command)->name);
    for (; column < 12; column++)
      put(&out, " ");
    put(&out, (*command)->summary);
    put(&out, "\n");
  }
  put(&out,
      "\nCommands that only read change nothing in the directory. The others open a directory of Kevo's for\n"
      "the first time only with --adopt, and make a database only with --create. In keys and values \\xHH is a\n"
      "byte, and \\\\ is \\.\n");
  put_exit_status();
}

void put_help_on(const struct command *command)
{
  put_usage_of(&out, command);
  put(&out, "\n");
  put(&out, command->summary);
  put(&out, ".\n");
  put(&out, command->help);
  put(&out, "\n");
  put_options(command->options);
  put_exit_status();
}
