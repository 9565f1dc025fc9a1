/* Draws the runs of a database. */
#ifndef COMMON_RUNS_H
#define COMMON_RUNS_H

#include "kevo.h"

/* Prints runs from the newest to the oldest, under their levels, each with a bar that shows its tables to scale. */
void runs_put(const kevo_table_list *tables);

#endif
