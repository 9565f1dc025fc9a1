/* The command line, read from left to right. */
#ifndef DUMP_COMMAND_LINE_H
#define DUMP_COMMAND_LINE_H

#include "settings.h"

/* EXIT_SUCCESS: go on. EXIT_USAGE: it was complained about. */
int parse_command_line(char **argv, struct settings *settings);

/* --help and --version are obeyed wherever they stand, except behind "--". */
int is_asked_for(char **argv, const char *option);

#endif
