/* Where reading stopped, if it did before the end of the log. */
#ifndef DUMP_STOP_H
#define DUMP_STOP_H

#include "../common/files.h"
#include "recovery.h"
#include "settings.h"

struct stop {
  const char *file; /* its path below the WAL directory; NULL if all was read, "" if nothing was */
  uint64_t offset;
};

struct stop stop_of(const struct recovery *recovery, const struct settings *settings, const struct files *files);

#endif
