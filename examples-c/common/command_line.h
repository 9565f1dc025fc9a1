/* Goes through a command line. */
#ifndef COMMON_COMMAND_LINE_H
#define COMMON_COMMAND_LINE_H

#include "options.h"

struct grammar {
  const struct option *const *options;
  /* Takes an argument that is no option. Returns: EXIT_SUCCESS; EXIT_USAGE, after a message. */
  int (*take_word)(void *settings, const char *word);
};

/*
 * Goes through the arguments after *argv. What begins with "-" is an option, unless it stands after "--"; "-" alone
 * is one as well, and none has this name.
 *
 * Returns: EXIT_SUCCESS; EXIT_USAGE, after a message on standard error.
 */
int parse_arguments(char **argv, const struct grammar *grammar, void *settings);

/* Whether an option is anywhere before "--": --help and --version need nothing else to be right. */
int is_asked_for(char **argv, const char *option);

#endif
