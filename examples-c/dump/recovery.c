#include "recovery.h"

#include "../common/paths.h"
#include "../common/progress.h"

void recover(struct recovery *recovery, const char *wal_dir, const kevo_recovery_options *options)
{
  recovery->wal_dir = wal_dir;
  recovery->code = kevo_recover(wal_dir, options, &recovery->list, &recovery->report, &recovery->error);
  progress_erase();
}

void recovery_free(struct recovery *recovery)
{
  kevo_error_free(recovery->error);
  kevo_recovery_report_free(recovery->report);
  recovery_free_list(recovery);
}

void recovery_free_list(struct recovery *recovery)
{
  kevo_memtable_list_free(recovery->list);
  recovery->list = NULL;
}

uint64_t recovery_entries(const struct recovery *recovery)
{
  return recovery->code == KEVO_OK ? kevo_recovery_report_stat(recovery->report, KEVO_STAT_ENTRIES_APPLIED) : 0;
}

const char *recovery_path_below(const struct recovery *recovery, const char *path)
{
  return path_below(recovery->wal_dir, path);
}

int recovery_damage(const struct recovery *recovery, size_t index, struct damage *damage)
{
  const char *path;
  int code = kevo_recovery_report_damage(recovery->report, index, &path, &damage->offset, &damage->length,
                                         &damage->kind, &damage->what);

  if (code == KEVO_OK)
    damage->file = recovery_path_below(recovery, path);
  return code == KEVO_OK;
}

const char *recovery_message(const struct recovery *recovery)
{
  const char *message = kevo_error_message(recovery->error);

  return message != NULL ? message : kevo_strerror(recovery->code);
}
