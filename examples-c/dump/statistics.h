/* What can be counted of all that came back. */
#ifndef DUMP_STATISTICS_H
#define DUMP_STATISTICS_H

#include "kevo.h"

struct statistics {
  uint64_t puts;
  uint64_t deletes;
  uint64_t keys;            /* that were ever written */
  uint64_t deleted_keys;    /* whose newest version is a delete */
  uint64_t lowest_sequence; /* KEVO_SEQUENCE_LATEST if there are no entries */
  uint64_t highest_sequence;
  size_t longest_key; /* in bytes */
  kevo_slice key;     /* the last one seen */
};

/* Returns: KEVO_OK or what failed. */
int statistics_collect(struct statistics *statistics, const kevo_memtable_list *list);

#endif
