/* Statistics of the entries of a list. */
#ifndef DUMP_STATISTICS_H
#define DUMP_STATISTICS_H

#include "kevo.h"

struct statistics {
  uint64_t puts;
  uint64_t deletes;
  uint64_t keys;            /* different keys, deleted ones included */
  uint64_t deleted_keys;    /* keys whose newest version is a delete */
  uint64_t lowest_sequence; /* KEVO_SEQUENCE_LATEST if there are no entries */
  uint64_t highest_sequence;
  size_t longest_key; /* in bytes */
  kevo_slice key;     /* that of the last entry counted */
};

/* Returns: KEVO_OK, or the code of what failed. */
int statistics_collect(struct statistics *statistics, const kevo_memtable_list *list);

/* The same of the entries of a table or a database, which an iterator lends. At the end, `key` is NULL. */
int statistics_collect_lent(struct statistics *statistics, kevo_iterator *iterator);

#endif
