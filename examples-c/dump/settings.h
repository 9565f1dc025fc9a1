/* What the command line asks for. */
#ifndef DUMP_SETTINGS_H
#define DUMP_SETTINGS_H

#include "kevo.h"

struct settings {
  const char *wal_dir;
  kevo_recovery_options *recovery;
  int json;
  int set_aside;
};

#endif
