/* What came back, at a glance. */
#ifndef DUMP_SUMMARY_H
#define DUMP_SUMMARY_H

#include "census.h"
#include "files.h"
#include "recovery.h"

/* `census` is that of the list; NULL if recovery failed. */
void summary_put(const struct recovery *recovery, const struct files *files, const struct census *census);

#endif
