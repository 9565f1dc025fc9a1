#include "opening.h"

#include <stdlib.h>

#include "../common/complaint.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/progress.h"
#include "../common/text.h"
#include "adoption.h"
#include "failure.h"

static int set_recovery(const struct settings *settings, kevo_db_options *options)
{
  kevo_recovery_options *recovery = kevo_recovery_options_new();
  int code = recovery != NULL ? kevo_recovery_options_set_mode(recovery, settings->mode) : KEVO_E_NO_MEMORY;

  if (code == KEVO_OK) {
    progress_show(recovery, "opening");
    code = kevo_db_options_set_recovery(options, recovery);
  }
  kevo_recovery_options_free(recovery);
  return code;
}

/* A write that was interrupted is no damage. */
static void warn_of_damage(const struct settings *settings, const kevo_recovery_report *report)
{
  const char *path, *what;
  uint64_t offset, length;
  size_t serious = 0, i;
  int kind;

  for (i = 0; kevo_recovery_report_damage(report, i, &path, &offset, &length, &kind, &what) == KEVO_OK; i++)
    serious += kind != KEVO_DAMAGE_TORN_TAIL;
  if (serious == 0)
    return;
  put(&err, program.name);
  put(&err, ": ");
  put_counted(&err, serious, "thing is", "things are");
  put(&err, " damaged, missing or in doubt; all are listed by: kevo verify ");
  put_text(&err, settings->database, 0);
  put(&err, "\n");
  output_flush(&err);
}

int open_with(const struct settings *settings, kevo_db_options *options, kevo_db **db, kevo_recovery_report **report)
{
  kevo_error *error = NULL;
  int code = options != NULL ? set_recovery(settings, options) : KEVO_E_NO_MEMORY;

  *db = NULL;
  if (code == KEVO_OK)
    code = kevo_db_open(settings->database, options, db, report, &error);
  progress_erase();
  kevo_db_options_free(options);
  return fail(settings, code, error);
}

static int open_and_warn(const struct settings *settings, kevo_db_options *options, kevo_db **db)
{
  kevo_recovery_report *report = NULL;
  int status = open_with(settings, options, db, &report);

  if (status == EXIT_SUCCESS)
    warn_of_damage(settings, report);
  kevo_recovery_report_free(report);
  return status;
}

int open_for_reading(const struct settings *settings, kevo_db **db)
{
  kevo_db_options *options = kevo_db_options_new();

  kevo_db_options_set_create_if_missing(options, 0);
  kevo_db_options_set_read_only(options, 1);
  return open_and_warn(settings, options, db);
}

int open_for_writing(const struct settings *settings, kevo_db_options *options, kevo_db **db)
{
  if (options == NULL)
    options = kevo_db_options_new();
  *db = NULL;
  if (!settings->adopt && is_kevos(settings->database)) {
    kevo_db_options_free(options);
    return ask_for_adoption(settings);
  }
  kevo_db_options_set_create_if_missing(options, settings->create);
  return open_and_warn(settings, options, db);
}

int close_database(const struct settings *settings, kevo_db *db, int status)
{
  kevo_error *error = NULL;
  int code = db != NULL ? kevo_db_close(db, &error) : KEVO_OK;
  int closed = fail(settings, code, error);

  return status != EXIT_SUCCESS ? status : closed;
}
