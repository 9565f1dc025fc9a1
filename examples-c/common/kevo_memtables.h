/* What an exported log asks of Kevo. */
#ifndef COMMON_KEVO_MEMTABLES_H
#define COMMON_KEVO_MEMTABLES_H

#include "output.h"

/* Of Kevo, and of kevo_recovery_options_new. */
#define DEFAULT_MEMTABLE_SIZE 33554432

/*
 * Prints what must be set before Kevo opens a log for which a memtable must have so many bytes. Returns: whether
 * there is anything to set; the line is not ended then.
 */
int advise_on_memtables(struct output *output, uint64_t memtable_size);

#endif
