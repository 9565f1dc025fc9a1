/* Help on the program and its commands. */
#ifndef TOOL_HELP_H
#define TOOL_HELP_H

#include "../common/output.h"
#include "command.h"

/* The command that is asked for on the command line: put_usage shows its usage, or that of the program if it is NULL.
 */
extern const struct command *chosen;

void put_usage(struct output *output);
void put_help(void);
void put_help_on(const struct command *command);

#endif
