/* Prints the entries for people. */
#ifndef DUMP_LISTING_H
#define DUMP_LISTING_H

#include "statistics.h"
#include "settings.h"

/* Lists the entries that the settings ask for. Returns: KEVO_OK, or the code of what failed. */
int listing_put(const struct settings *settings, const kevo_memtable_list *list, const struct statistics *statistics);

#endif
