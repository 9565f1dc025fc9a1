/* One recovery, and what it says of itself. */
#ifndef DUMP_RECOVERY_H
#define DUMP_RECOVERY_H

#include "kevo.h"

struct recovery {
  const char *wal_dir;
  int code;
  kevo_memtable_list *list; /* NULL unless the code is KEVO_OK */
  kevo_recovery_report *report;
  kevo_error *error;
};

/* A stretch of damaged bytes. */
struct damage {
  const char *file; /* its path below the WAL directory */
  uint64_t offset;
  uint64_t length;
  int kind;
  const char *what; /* is wrong where it starts */
};

void recover(struct recovery *recovery, const char *wal_dir, const kevo_recovery_options *options);
void recovery_free(struct recovery *recovery);

/* How many puts and deletes came back; none from a recovery that failed. */
uint64_t recovery_entries(const struct recovery *recovery);

/* The stretch of damage with this index, if there is one. */
int recovery_damage(const struct recovery *recovery, size_t index, struct damage *damage);

/* A path of the report or the error, both of which begin with the directory as it was given, without that. */
const char *recovery_path_below(const struct recovery *recovery, const char *path);

/* What is wrong, for people. */
const char *recovery_message(const struct recovery *recovery);

#endif
