#include "stop.h"

#include <string.h>

static struct stop after(const struct damage *damage)
{
  struct stop stop;

  stop.file = damage->file;
  stop.offset = damage->offset + damage->length;
  return stop;
}

/*
 * The files before the one that the error names were read. If it names a directory, or nothing, no file counts as
 * read.
 */
static struct stop where_it_failed(const struct recovery *recovery, const struct files *files)
{
  struct stop stop = {"", 0};
  const char *path = kevo_error_path(recovery->error);
  int has_read = kevo_recovery_report_stat(recovery->report, KEVO_STAT_FILES) > 0;

  if (path == NULL)
    return stop;
  path = recovery_path_below(recovery, path);
  if (!has_read && (files->count == 0 || strcmp(path, files->logs[0].path) != 0))
    return stop;
  stop.file = path;
  if (kevo_error_offset(recovery->error) != UINT64_MAX)
    stop.offset = kevo_error_offset(recovery->error);
  return stop;
}

struct stop stop_of(const struct recovery *recovery, const struct settings *settings, const struct files *files)
{
  struct stop stop = {NULL, 0};
  size_t count = kevo_recovery_report_damage_count(recovery->report);
  uint64_t left_out = kevo_recovery_report_stat(recovery->report, KEVO_STAT_FILES_LEFT_OUT);
  struct damage last;
  int is_damaged = count > 0 && recovery_damage(recovery, count - 1, &last);

  if (recovery->code == KEVO_E_CORRUPT && is_damaged)
    return after(&last);
  if (recovery->code != KEVO_OK)
    return where_it_failed(recovery, files);
  /* A point in time ends at corruption, and after a torn tail unless the next file goes on from there. */
  if (settings->mode == KEVO_RECOVERY_POINT_IN_TIME && is_damaged &&
      (last.kind == KEVO_DAMAGE_CORRUPTION || left_out > 0))
    return after(&last);
  return stop;
}
