/* The walk through what came back. */
#ifndef DUMP_ENTRIES_H
#define DUMP_ENTRIES_H

#include "kevo.h"

/* A scan of every version, deletes included, which the caller frees; NULL if there is no memory. */
kevo_scan *scan_of_all(void);

/* Gives the entries to `visit`, until that returns 0 or there is no more output. Frees the iterator. */
int each_entry(kevo_iterator *iterator, int (*visit)(void *context, const kevo_entry *entry), void *context);

/* Gives the memtables to `visit`, until that returns something else than KEVO_OK or there is no more output. */
int each_memtable(const kevo_memtable_list *list,
               int (*visit)(void *context, size_t index, const kevo_memtable *memtable), void *context);

#endif
