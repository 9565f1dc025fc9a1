/* One recovery: its list, report and error. */
#ifndef DUMP_RECOVERY_H
#define DUMP_RECOVERY_H

#include "kevo.h"

struct recovery {
  const char *wal_dir;
  int code;
  kevo_memtable_list *list; /* NULL if the code is not KEVO_OK, and after recovery_free_list */
  kevo_recovery_report *report;
  kevo_error *error;
};

/* A stretch of damaged bytes. */
struct damage {
  const char *file; /* its path below the WAL directory */
  uint64_t offset;
  uint64_t length;
  int kind;
  const char *what; /* what is wrong where it starts */
};

void recover(struct recovery *recovery, const char *wal_dir, const kevo_recovery_options *options);
void recovery_free(struct recovery *recovery);

/* Frees the list, which is as large as the log. The report and the error stay. */
void recovery_free_list(struct recovery *recovery);

/* How many puts and deletes were recovered; none by a recovery that failed. */
uint64_t recovery_entries(const struct recovery *recovery);

/* Gets the stretch of damage with this index. Returns: 0 if there is none. */
int recovery_damage(const struct recovery *recovery, size_t index, struct damage *damage);

/* A path of the report or of the error, without the WAL directory at its start. */
const char *recovery_path_below(const struct recovery *recovery, const char *path);

/* What is wrong, as text. */
const char *recovery_message(const struct recovery *recovery);

#endif
