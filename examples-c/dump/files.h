/* The files that are the log, and the directories into which Kevo has moved logs. */
#ifndef DUMP_FILES_H
#define DUMP_FILES_H

#include <stddef.h>
#include <stdint.h>

struct log_file {
  char *path;       /* below the WAL directory */
  const char *name; /* the last part of it */
  uint64_t size;
};

struct directory {
  char *name;
  int error; /* the system's number for why it cannot be looked at; 0 if it can */
  uint64_t files;
  uint64_t bytes;
};

struct files {
  struct log_file *logs; /* in the order of the log */
  size_t count;
  struct directory *set_aside; /* in the order of their names */
  size_t set_aside_count;
};

/*
 * Lists a WAL directory; with `include_set_aside`, the logs in its set-aside directories are among `logs`.
 *
 * Leaves access times as they are, as recovery does. Logs that cannot be looked at are left out: recovery has said so.
 * The caller frees it with files_free.
 */
void files_list(struct files *files, const char *wal_dir, int include_set_aside);

void files_free(struct files *files);

#endif
