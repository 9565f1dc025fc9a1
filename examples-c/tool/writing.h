/* Writes batches, and tells what was written. */
#ifndef TOOL_WRITING_H
#define TOOL_WRITING_H

#include "settings.h"

/* Writes a batch. `*sequence` is set to the sequence number of its last operation. Returns: the exit status. */
int write_batch(const struct settings *settings, kevo_db *db, const kevo_batch *batch, uint64_t *sequence);

/* With --json, prints a line of this kind: how many operations were written, and the last sequence number. */
void put_written(const struct settings *settings, const char *kind, uint64_t operations, uint64_t sequence);

#endif
