/* What the command line asks for. */
#ifndef TOOL_SETTINGS_H
#define TOOL_SETTINGS_H

#include "../common/terminal.h"
#include "kevo.h"

/* How keys and values are given and shown. */
enum form { READABLE, HEX, RAW };

struct command;

struct settings {
  const struct command *command;
  const char *database;
  const char **words; /* what comes after the database */
  size_t word_count;
  enum form form;
  int json;
  enum color color;
  int mode; /* a KEVO_RECOVERY_* */
  int create;
  int adopt;
  const char *from; /* a range of keys, as it was given; NULL if it was not */
  const char *to;
  const char *prefix;
  int reverse;
  int keys_only;
  uint64_t limit;
  int statistics;
  const char *log; /* a directory with a log of Kevo */
  int follow;
  int has_after;
  uint64_t after;
  uint64_t num; /* 0: the default of each workload */
  uint64_t reads;
  uint64_t value_size;
  uint64_t threads;
  uint64_t cache_size;
  uint64_t seed;
  int sync;
  int mapped;
};

#endif
