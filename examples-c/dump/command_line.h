/* Parses the command line. */
#ifndef DUMP_COMMAND_LINE_H
#define DUMP_COMMAND_LINE_H

#include "settings.h"

/* Returns: EXIT_SUCCESS; EXIT_USAGE, after a message on standard error. */
int parse_command_line(char **argv, struct settings *settings);

#endif
