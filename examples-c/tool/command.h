/* The commands of kevo. Each has a file of its name. */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

#include "../common/options.h"
#include "settings.h"

struct command {
  const char *name;
  const char *words; /* its arguments in the usage, the database first */
  const char *summary;
  const char *help; /* what else there is to say, in whole lines */
  size_t fewest;    /* words after the database */
  size_t most;
  const struct option *const *options;
  /* Returns: the exit status. */
  int (*run)(const struct settings *settings);
};

extern const struct command get_command, put_command, delete_command, scan_command, batch_command, stats_command,
    compact_command, verify_command, salvage_command, checkpoint_command, export_command, import_command,
    tail_command, bench_command;

/* All of them, in the order of the help. Ends with NULL. */
extern const struct command *const commands[];

/* NULL if there is none of this name. */
const struct command *command_named(const char *name);

#endif
