/* The files of the log, and the directories into which Kevo has moved logs. */
#ifndef COMMON_FILES_H
#define COMMON_FILES_H

#include <stddef.h>
#include <stdint.h>

/* What happened to a file between the two listings. */
enum change { UNCHANGED, CHANGED, APPEARED, GONE };

struct log_file {
  char *path; /* below the WAL directory */
  uint64_t size;
  int64_t status_seconds; /* and nanoseconds: when it was last written to, renamed or given other permissions */
  int64_t status_nanoseconds;
  enum change change;
  uint64_t new_size; /* if it is CHANGED */
};

struct directory {
  char *name;
  int error; /* the errno that says why it cannot be listed; 0 if it can */
  uint64_t files;
  uint64_t bytes;
};

struct files {
  struct log_file *logs; /* in the order of the log */
  size_t count;
  struct directory *set_aside; /* in the order of their names */
  size_t set_aside_count;
  int is_incomplete; /* there was no memory for all of them */
};

/*
 * Lists a WAL directory; with `include_set_aside`, the logs in its set-aside directories are among `logs`.
 *
 * Does not change access times, as recovery does not. Leaves out logs that it cannot stat: recovery reports those. The
 * caller frees the list with files_free.
 */
void files_list(struct files *files, const char *wal_dir, int include_set_aside);

/*
 * Lists the same directory again, adds the logs that have appeared, and sets `change` of each log. What is UNCHANGED
 * now is what any recovery between the two calls has found.
 */
void files_list_again(struct files *files, const char *wal_dir, int include_set_aside);

void files_free(struct files *files);

/* Compares the paths of two logs by their place in the log, as strcmp does; "" comes before all of them. */
int compare_log_paths(const char *a, const char *b);

/* The last part of a log's path. */
const char *log_name(const char *path);

#endif
