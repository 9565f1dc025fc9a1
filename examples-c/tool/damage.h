/* What is damaged. */
#ifndef TOOL_DAMAGE_H
#define TOOL_DAMAGE_H

#include "settings.h"

/* How much of it there is, by what it means. */
struct damage_count {
  size_t torn;    /* writes that were interrupted: no damage */
  size_t doubt;   /* what the files do not tell, or was made again */
  size_t damaged; /* corruption, and missing files */
};

/* Prints each stretch of a report that `before`, which may be NULL, does not have, and counts it. */
void damage_put(const struct settings *settings, const kevo_recovery_report *report,
                const kevo_recovery_report *before, struct damage_count *count);

#endif
