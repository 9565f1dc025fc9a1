/* The statistics of a database that is open. */
#ifndef TOOL_STATISTICS_H
#define TOOL_STATISTICS_H

#include "settings.h"

/* Prints what kevo_db_stat says, grouped for people, or as one line with --json. */
void statistics_put(const struct settings *settings, const kevo_db *db);

#endif
