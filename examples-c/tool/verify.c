#include <stdlib.h>

#include "../common/json_lines.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/progress.h"
#include "../common/text.h"
#include "command.h"
#include "damage.h"
#include "failure.h"
#include "opening.h"
#include "tool_options.h"

static void put_json(const struct damage_count *count, int code)
{
  json_put_outcome("verify", code);
  put(&out, ",\"damaged\":");
  put_number(&out, count->damaged);
  put(&out, ",\"doubt\":");
  put_number(&out, count->doubt);
  put(&out, ",\"torn_tails\":");
  put_number(&out, count->torn);
  put(&out, "}\n");
}

static void put_for_people(const struct settings *settings, const struct damage_count *count, int code)
{
  put_styled(code == KEVO_OK ? GOOD : BAD, code == KEVO_OK ? "sound: " : "damaged: ");
  put_text(&out, settings->database, 0);
  if (count->damaged > 0) {
    put(&out, ", ");
    put_counted(&out, count->damaged, "stretch or file", "stretches or files");
  }
  if (count->doubt > 0) {
    put(&out, ", ");
    put_grouped(&out, count->doubt);
    put(&out, " in doubt");
  }
  put(&out, "\n");
  if (code == KEVO_OK)
    return;
  put(&out, "  what is intact can be read with --mode skip-corrupted; it goes into a new database with:\n"
            "  kevo salvage ");
  put_text(&out, settings->database, 0);
  put(&out, " NEW-DATABASE\n");
}

/* `opened` is what opening has found. */
static int verify(const struct settings *settings, kevo_db *db, const kevo_recovery_report *opened)
{
  struct damage_count count = {0, 0, 0};
  kevo_recovery_report *report = NULL;
  kevo_error *error = NULL;
  int code = kevo_db_verify(db, progress_callback(), (void *)(uintptr_t)"verifying", &report, &error);

  progress_erase();
  damage_put(settings, opened, NULL, &count);
  damage_put(settings, report, opened, &count);
  kevo_recovery_report_free(report);
  if (code != KEVO_OK && code != KEVO_E_CORRUPT)
    return fail(settings, code, error);
  kevo_error_free(error);
  if (settings->json)
    put_json(&count, code);
  else
    put_for_people(settings, &count, code);
  return code == KEVO_OK ? EXIT_SUCCESS : EXIT_DAMAGE;
}

/* Opens it in the mode that passes over damage, so that all of it is found. */
static int run(const struct settings *settings)
{
  struct settings passing_over = *settings;
  kevo_db_options *options = kevo_db_options_new();
  struct damage_count count = {0, 0, 0};
  kevo_recovery_report *report = NULL;
  kevo_db *db;
  int status;

  passing_over.mode = KEVO_RECOVERY_SKIP_CORRUPTED;
  kevo_db_options_set_create_if_missing(options, 0);
  kevo_db_options_set_read_only(options, 1);
  status = open_with(&passing_over, options, &db, &report);
  if (status == EXIT_SUCCESS)
    status = verify(settings, db, report);
  else
    damage_put(settings, report, NULL, &count);
  kevo_recovery_report_free(report);
  return close_database(settings, db, status);
}

static const struct option *const verify_options[] = {&option_json, &option_color, NULL};

const struct command verify_command = {
    "verify",
    "DATABASE",
    "Reads every byte of a database, and lists all damage",
    "Nothing is changed, and another process may write to it meanwhile. A write that was interrupted is\n"
    "no damage, nor is an order that Kevo's files do not tell. The exit status is 3 if anything is\n"
    "damaged or missing.\n",
    0,
    0,
    verify_options,
    run};
