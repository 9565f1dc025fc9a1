#include "stop.h"

static struct stop behind(const struct damage *damage)
{
  struct stop stop;

  stop.file = damage->file;
  stop.offset = damage->offset + damage->length;
  return stop;
}

static struct stop where_it_failed(const struct recovery *recovery)
{
  struct stop stop = {"", 0};

  if (kevo_error_path(recovery->error) != NULL)
    stop.file = recovery_path_below(recovery, kevo_error_path(recovery->error));
  if (kevo_error_offset(recovery->error) != UINT64_MAX)
    stop.offset = kevo_error_offset(recovery->error);
  return stop;
}

/* A point in time that ends in front of a file has read it, to find out that it does not go on, and none behind it. */
static struct stop of_point_behind_torn_tail(const struct recovery *recovery, const struct files *files)
{
  struct stop stop = {NULL, 0};
  uint64_t read = kevo_recovery_report_stat(recovery->report, KEVO_STAT_FILES);

  if (kevo_recovery_report_stat(recovery->report, KEVO_STAT_FILES_LEFT_OUT) > 0 && read <= files->count)
    stop.file = files->logs[read - 1].path;
  return stop;
}

struct stop stop_of(const struct recovery *recovery, const struct settings *settings, const struct files *files)
{
  struct stop stop = {NULL, 0};
  size_t count = kevo_recovery_report_damage_count(recovery->report);
  struct damage last;
  int is_damaged = count > 0 && recovery_damage(recovery, count - 1, &last);

  if (recovery->code == KEVO_E_CORRUPT && is_damaged)
    return behind(&last);
  if (recovery->code != KEVO_OK)
    return where_it_failed(recovery);
  if (settings->mode != KEVO_RECOVERY_POINT_IN_TIME || !is_damaged)
    return stop;
  if (last.kind == KEVO_DAMAGE_CORRUPTION)
    return behind(&last);
  return of_point_behind_torn_tail(recovery, files);
}
