#include "advice.h"

#include "numbers.h"
#include "options.h"
#include "text.h"
#include "times.h"
#include "trial.h"

#include <string.h>

/* Prints the options of a trial, and how many entries it brings back beyond those that there are `now`. */
static void put_trial(struct output *o, const struct settings *settings, const struct trial *trial, uint64_t now)
{
  put(o, " ");
  if (trial->mode != settings->mode) {
    put(o, " --mode ");
    put(o, mode_name(trial->mode));
  }
  if (trial->memtables > settings->max_memtables) {
    put(o, " --max-memtables ");
    put_number(o, trial->memtables);
  }
  if (trial->set_aside && !settings->set_aside)
    put(o, " --include-set-aside");
  put(o, " brings back ");
  put_counted(o, trial->entries - now, "entry", "entries");
  put(o, now > 0 ? " more" : "");
}

static void put_reason(struct output *o, int mode)
{
  if (mode == KEVO_RECOVERY_POINT_IN_TIME)
    put(o, ", everything that was written before the damage");
  else if (mode == KEVO_RECOVERY_SKIP_CORRUPTED)
    put(o, ", everything that is intact");
  else if (mode == KEVO_RECOVERY_TOLERATE_TORN_TAIL)
    put(o, ", everything that was written before an interrupted write");
  put(o, "\n");
}

static void put_mode(struct output *o, const struct settings *settings, const struct trial *trial, uint64_t now)
{
  if (trial->code != KEVO_OK || trial->entries < now)
    return;
  put_trial(o, settings, trial, now);
  put_reason(o, trial->mode != settings->mode ? trial->mode : -1);
}

static void advise_on_failure(struct output *o, const struct settings *settings)
{
  struct trial trial = trial_run_any_mode(settings, settings->set_aside);

  if (trial.mode == KEVO_RECOVERY_SKIP_CORRUPTED && trial.mode != settings->mode) {
    struct trial until = trial_run(settings, KEVO_RECOVERY_POINT_IN_TIME, settings->set_aside);

    put_mode(o, settings, &until, 0);
  }
  put_mode(o, settings, &trial, 0);
}

/* A recovery to a point in time leaves out everything after the damage. */
static void advise_on_point(struct output *o, const struct settings *settings, uint64_t now)
{
  struct trial trial = trial_run(settings, KEVO_RECOVERY_SKIP_CORRUPTED, settings->set_aside);

  if (trial.entries > now) {
    put(o, "\n");
    put_mode(o, settings, &trial, now);
  }
}

static void put_directory(struct output *o, const struct directory *directory)
{
  uint64_t seconds;

  put(o, "  ");
  put_text(o, directory->name, 0);
  put(o, "  ");
  if (directory->error == 0) {
    put_counted(o, directory->files, "file", "files");
    put(o, ", ");
    put_size(o, directory->bytes);
  } else {
    put(o, "cannot be listed: ");
    put(o, strerror(directory->error));
  }
  if (time_of_set_aside(directory->name, &seconds)) {
    put(o, ", ");
    put_time(o, seconds, "local time");
  }
  put(o, "\n");
}

static void advise_on_set_aside(struct output *o, const struct settings *settings, const struct files *files,
                                uint64_t now)
{
  struct trial trial = trial_run_any_mode(settings, 1);
  size_t i;

  put(o, "\nKevo has set these logs aside and will not read them again; kevo-dump has not read them either:\n");
  for (i = 0; i < files->set_aside_count; i++)
    put_directory(o, &files->set_aside[i]);
  if (trial.code == KEVO_OK && trial.entries >= now) {
    put_trial(o, settings, &trial, now);
    put(o, "\n");
  } else {
    put(o, "  --include-set-aside reads them too\n");
  }
}

/* Most often, the user has given the directory of the database. */
static void advise_on_no_log(struct output *o)
{
  put(o, "\nThere is no log here: Kevo keeps its logs, *.wal, in the directory wal of its database\n");
}

void advise(struct output *o, const struct recovery *recovery, const struct settings *settings,
            const struct files *files)
{
  uint64_t now = recovery_entries(recovery);
  int code = recovery->code;

  if (code == KEVO_E_TOO_MANY_MEMTABLES || code == KEVO_E_CORRUPT)
    advise_on_failure(o, settings);
  else if (code == KEVO_OK && settings->mode == KEVO_RECOVERY_POINT_IN_TIME &&
           kevo_recovery_report_damage_count(recovery->report) > 0)
    advise_on_point(o, settings, now);
  if (!settings->set_aside && files->set_aside_count > 0 && code == KEVO_OK)
    advise_on_set_aside(o, settings, files, now);
  else if (files->count == 0 && code == KEVO_OK)
    advise_on_no_log(o);
}
