#include "advice.h"

#include "../common/numbers.h"
#include "../common/text.h"
#include "options.h"
#include "times.h"
#include "trial.h"

#include <string.h>

/* Prints the options of a trial, and how many entries it brings back beyond those that there are `now`. */
static void put_trial(struct output *output, const struct settings *settings, const struct trial *trial, uint64_t now)
{
  put(output, " ");
  if (trial->mode != settings->mode) {
    put(output, " --mode ");
    put(output, mode_name(trial->mode));
  }
  if (trial->memtables > settings->max_memtables) {
    put(output, " --max-memtables ");
    put_number(output, trial->memtables);
  }
  if (trial->set_aside && !settings->set_aside)
    put(output, " --include-set-aside");
  put(output, " brings back ");
  put_counted(output, trial->entries - now, "entry", "entries");
  put(output, now > 0 ? " more" : "");
}

static void put_reason(struct output *output, int mode)
{
  if (mode == KEVO_RECOVERY_POINT_IN_TIME)
    put(output, ", everything that was written before the damage");
  else if (mode == KEVO_RECOVERY_SKIP_CORRUPTED)
    put(output, ", everything that is intact");
  else if (mode == KEVO_RECOVERY_TOLERATE_TORN_TAIL)
    put(output, ", everything that was written before an interrupted write");
  put(output, "\n");
}

static void put_mode(struct output *output, const struct settings *settings, const struct trial *trial, uint64_t now)
{
  if (trial->code != KEVO_OK || trial->entries < now)
    return;
  put_trial(output, settings, trial, now);
  put_reason(output, trial->mode != settings->mode ? trial->mode : -1);
}

static void advise_on_failure(struct output *output, const struct settings *settings)
{
  struct trial trial = trial_run_any_mode(settings, settings->set_aside);

  if (trial.mode == KEVO_RECOVERY_SKIP_CORRUPTED && trial.mode != settings->mode) {
    struct trial until = trial_run(settings, KEVO_RECOVERY_POINT_IN_TIME, settings->set_aside);

    put_mode(output, settings, &until, 0);
  }
  put_mode(output, settings, &trial, 0);
}

/* A recovery to a point in time leaves out everything after the damage. */
static void advise_on_point(struct output *output, const struct settings *settings, uint64_t now)
{
  struct trial trial = trial_run(settings, KEVO_RECOVERY_SKIP_CORRUPTED, settings->set_aside);

  if (trial.entries > now) {
    put(output, "\n");
    put_mode(output, settings, &trial, now);
  }
}

static void put_directory(struct output *output, const struct directory *directory)
{
  uint64_t seconds;

  put(output, "  ");
  put_text(output, directory->name, 0);
  put(output, "  ");
  if (directory->error == 0) {
    put_counted(output, directory->files, "file", "files");
    put(output, ", ");
    put_size(output, directory->bytes);
  } else {
    put(output, "cannot be listed: ");
    put(output, strerror(directory->error));
  }
  if (time_of_set_aside(directory->name, &seconds)) {
    put(output, ", ");
    put_time(output, seconds, "local time");
  }
  put(output, "\n");
}

static void advise_on_set_aside(struct output *output, const struct settings *settings, const struct files *files,
                                uint64_t now)
{
  struct trial trial = trial_run_any_mode(settings, 1);
  size_t i;

  put(output, "\nKevo has set these logs aside and will not read them again; kevo-dump has not read them either:\n");
  for (i = 0; i < files->set_aside_count; i++)
    put_directory(output, &files->set_aside[i]);
  if (trial.code == KEVO_OK && trial.entries >= now) {
    put_trial(output, settings, &trial, now);
    put(output, "\n");
  } else {
    put(output, "  --include-set-aside reads them too\n");
  }
}

/* Most often, the user has given the directory of the database. */
static void advise_on_no_log(struct output *output)
{
  put(output, "\nThere is no log here: Kevo keeps its logs, *.wal, in the directory wal of its database\n");
}

void advise(struct output *output, const struct recovery *recovery, const struct settings *settings,
            const struct files *files)
{
  uint64_t now = recovery_entries(recovery);
  int code = recovery->code;

  if (code == KEVO_E_TOO_MANY_MEMTABLES || code == KEVO_E_CORRUPT)
    advise_on_failure(output, settings);
  else if (code == KEVO_OK && settings->mode == KEVO_RECOVERY_POINT_IN_TIME &&
           kevo_recovery_report_damage_count(recovery->report) > 0)
    advise_on_point(output, settings, now);
  if (!settings->set_aside && files->set_aside_count > 0 && code == KEVO_OK)
    advise_on_set_aside(output, settings, files, now);
  else if (files->count == 0 && code == KEVO_OK)
    advise_on_no_log(output);
}
