/* The first opening of a database of Kevo's for writing. */
#ifndef TOOL_ADOPTION_H
#define TOOL_ADOPTION_H

#include "settings.h"

/* Whether a directory is a database that Kevo left, and that libkevo has not written to yet. */
int is_kevos(const char *database);

/* Says what opening it for writing would do, and how to go on. Returns: EXIT_USAGE. */
int ask_for_adoption(const struct settings *settings);

#endif
