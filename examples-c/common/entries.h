/* Goes through the entries and the memtables of a list. */
#ifndef COMMON_ENTRIES_H
#define COMMON_ENTRIES_H

#include "kevo.h"

/* A scan of every version, deletes included. The caller frees it. NULL if there is no memory. */
kevo_scan *scan_of_all(void);

/* Calls `visit` for each entry, until that returns 0 or output fails. Returns: KEVO_OK, or the code of what failed. */
int each_entry_of(kevo_iterator *iterator, int (*visit)(void *context, const kevo_entry *entry), void *context);

/* The same, and frees the iterator. */
int each_entry(kevo_iterator *iterator, int (*visit)(void *context, const kevo_entry *entry), void *context);

/* Calls `visit` for each memtable, until that does not return KEVO_OK or output fails. */
int each_memtable(const kevo_memtable_list *list,
               int (*visit)(void *context, size_t index, const kevo_memtable *memtable), void *context);

#endif
