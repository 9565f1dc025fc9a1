#include "trial.h"

#include "recovery.h"

struct trial trial_run(const struct settings *settings, int mode, int set_aside)
{
  struct trial trial;
  struct recovery recovery;

  kevo_recovery_options_set_mode(settings->recovery, mode);
  kevo_recovery_options_set_include_set_aside(settings->recovery, set_aside);
  kevo_recovery_options_set_max_memtables(settings->recovery, SIZE_MAX);
  recover(&recovery, settings->path, settings->recovery);
  kevo_recovery_options_set_mode(settings->recovery, settings->mode);
  kevo_recovery_options_set_include_set_aside(settings->recovery, settings->set_aside);
  kevo_recovery_options_set_max_memtables(settings->recovery, settings->max_memtables);

  trial.code = recovery.code;
  trial.mode = mode;
  trial.set_aside = set_aside;
  trial.memtables = kevo_memtable_list_count(recovery.list);
  trial.entries = recovery_entries(&recovery);
  recovery_free(&recovery);
  return trial;
}

struct trial trial_run_any_mode(const struct settings *settings, int set_aside)
{
  static const int others[] = {KEVO_RECOVERY_TOLERATE_TORN_TAIL, KEVO_RECOVERY_SKIP_CORRUPTED};
  struct trial trial = trial_run(settings, settings->mode, set_aside);
  size_t i;

  for (i = 0; i < sizeof others / sizeof others[0] && trial.code == KEVO_E_CORRUPT; i++) {
    if (others[i] != trial.mode)
      trial = trial_run(settings, others[i], set_aside);
  }
  return trial;
}
