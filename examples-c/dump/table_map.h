/* Draws where everything is in the file of a table. */
#ifndef DUMP_TABLE_MAP_H
#define DUMP_TABLE_MAP_H

#include "table.h"

void table_map_put(const struct table *table);

#endif
