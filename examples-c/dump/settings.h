/* What the command line asks for. */
#ifndef DUMP_SETTINGS_H
#define DUMP_SETTINGS_H

#include "../common/terminal.h"
#include "kevo.h"

/* The default of Kevo and of kevo_recovery_options_new. */
#define DEFAULT_MAX_MEMTABLES 4

struct settings {
  const char *path; /* of a WAL directory, a database or a table */
  kevo_recovery_options *recovery;
  /* The values in `recovery`, which has no getters. */
  int mode;
  size_t max_memtables;
  int set_aside;
  int json;
  /* The last option that makes no sense with --json; NULL if there was none. */
  const char *for_people;
  /* The last option that says nothing about a table or a database; NULL if there was none. */
  const char *for_logs;
  enum color color;
  kevo_slice key; /* `data` is NULL if none was given */
  kevo_slice prefix;
  uint64_t limit;
  const char *out_dir; /* the directory to export to; NULL for no export */
  int newest_only;
};

#endif
