/* A recovery as the settings say, and its result in the format that they ask for. */
#ifndef DUMP_DUMP_H
#define DUMP_DUMP_H

#include "settings.h"

/* Returns: the exit status. */
int dump(const struct settings *settings);

#endif
