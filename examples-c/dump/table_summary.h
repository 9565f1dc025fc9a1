/* Prints what a table is, for people. */
#ifndef DUMP_TABLE_SUMMARY_H
#define DUMP_TABLE_SUMMARY_H

#include "statistics.h"
#include "table.h"

/* `statistics` is NULL if the entries could not be read. */
void table_summary_put(const struct table *table, const struct statistics *statistics);

#endif
