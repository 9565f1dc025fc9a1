/* A recovery with other options than those of the command line, to see what it would bring back. */
#ifndef DUMP_TRIAL_H
#define DUMP_TRIAL_H

#include "settings.h"

struct trial {
  int code;
  int mode;
  int set_aside;
  size_t memtables; /* how many it needed */
  uint64_t entries; /* how many it brought back */
};

/* Allows as many memtables as the log needs. */
struct trial trial_run(const struct settings *settings, int mode, int set_aside);

/* Tries the mode of the command line first, and then modes that tolerate more damage, until one succeeds. */
struct trial trial_run_any_mode(const struct settings *settings, int set_aside);

#endif
