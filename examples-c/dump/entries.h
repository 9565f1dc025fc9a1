/* The walk through all that came back. */
#ifndef DUMP_ENTRIES_H
#define DUMP_ENTRIES_H

#include "kevo.h"

/* Gives every table, and after it its entries, all versions and deletes included, as long as there is output. */
int each_table(const kevo_memtable_list *list, void (*show_table)(size_t index, const kevo_memtable *table),
               void (*show_entry)(size_t index, const kevo_entry *entry));

#endif
