/* What the command line asks for. */
#ifndef DUMP_SETTINGS_H
#define DUMP_SETTINGS_H

#include "kevo.h"
#include "terminal.h"

/* Kevo's default, and so that of kevo_recovery_options_new. */
#define DEFAULT_MAX_MEMTABLES 4
#define DEFAULT_MEMTABLE_SIZE 33554432

struct settings {
  const char *wal_dir;
  kevo_recovery_options *recovery;
  /* What was set in `recovery`, which cannot be asked. */
  int mode;
  size_t max_memtables;
  int set_aside;
  int json;
  /* Not to be given together with --json: the option that was given, if any. */
  const char *for_people;
  enum color color;
  kevo_slice key; /* `data` is NULL if none was given */
  kevo_slice prefix;
  uint64_t limit;
  const char *out_dir; /* where to export to; NULL if that was not asked for */
  int newest_only;
};

#endif
