/* A recovery with other options than those that were asked for, to see what it would bring back. */
#ifndef DUMP_TRIAL_H
#define DUMP_TRIAL_H

#include "settings.h"

struct trial {
  int code;
  int mode;
  int set_aside;
  size_t memtables; /* that it took */
  uint64_t entries; /* that it brought back */
};

/* As many memtables as it takes. */
struct trial trial_run(const struct settings *settings, int mode, int set_aside);

/* The same in the first mode that does it, from the one that was asked for to the one that passes over any damage. */
struct trial trial_run_any_mode(const struct settings *settings, int set_aside);

#endif
