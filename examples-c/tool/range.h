/* Ranges of keys. */
#ifndef TOOL_RANGE_H
#define TOOL_RANGE_H

#include "settings.h"

/* Keys from `from` on and below `to`. Where `data` is NULL, it has no bound. */
struct range {
  kevo_slice from;
  kevo_slice to;
};

/* Whether the command line gives any range. */
int is_range_given(const struct settings *settings);

/* The range of --from, --to and --prefix, all of which hold. Returns: the exit status. */
int range_parse(const struct settings *settings, struct range *range);
void range_free(struct range *range);

#endif
