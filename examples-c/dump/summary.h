/* Prints a short summary of a recovery. */
#ifndef DUMP_SUMMARY_H
#define DUMP_SUMMARY_H

#include "../common/files.h"
#include "recovery.h"
#include "statistics.h"

/* `statistics` is that of the list; NULL if recovery failed. */
void summary_put(const struct recovery *recovery, const struct files *files, const struct statistics *statistics);

#endif
