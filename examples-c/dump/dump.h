/* Recovers the log and prints the result, as the settings say. */
#ifndef DUMP_DUMP_H
#define DUMP_DUMP_H

#include "settings.h"

/* Returns: the exit status. */
int dump(const struct settings *settings);

#endif
