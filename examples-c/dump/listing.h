/* Prints the entries for people. */
#ifndef DUMP_LISTING_H
#define DUMP_LISTING_H

#include "database.h"
#include "settings.h"
#include "statistics.h"

/* Lists the entries that the settings ask for. Returns: KEVO_OK, or the code of what failed. */
int listing_put(const struct settings *settings, const kevo_memtable_list *list, const struct statistics *statistics);

/* The same for a table. */
int listing_put_of_table(const struct settings *settings, const kevo_table *table,
                         const struct statistics *statistics);

/* The same for a database that could be read: its keys, each with its newest value. */
int listing_put_of_database(const struct settings *settings, const struct database *database);

#endif
