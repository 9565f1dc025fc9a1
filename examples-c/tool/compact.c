#include <stdlib.h>

#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/progress.h"
#include "command.h"
#include "failure.h"
#include "opening.h"
#include "range.h"
#include "statistics.h"
#include "tool_options.h"

static void put_outcome(const struct settings *settings, const kevo_db *db, uint64_t before)
{
  uint64_t after = kevo_db_stat(db, KEVO_DB_STAT_TABLE_BYTES);

  if (settings->json || settings->statistics) {
    statistics_put(settings, db);
    return;
  }
  put_size(&out, before);
  put(&out, " of tables before, ");
  put_size(&out, after);
  put(&out, " in ");
  put_counted(&out, kevo_db_stat(db, KEVO_DB_STAT_RUNS), "run", "runs");
  put(&out, " now\n");
}

static int compact(const struct settings *settings, kevo_db *db, const struct range *range)
{
  uint64_t before = kevo_db_stat(db, KEVO_DB_STAT_TABLE_BYTES);
  kevo_error *error = NULL;
  int code = kevo_db_compact(db, range->from.data, range->from.len, range->to.data, range->to.len,
                             progress_callback(), (void *)(uintptr_t)"compacting", &error);

  progress_erase();
  if (code == KEVO_OK)
    put_outcome(settings, db, before);
  return fail(settings, code, error);
}

static int run(const struct settings *settings)
{
  struct range range;
  kevo_db *db = NULL;
  int status = range_parse(settings, &range);

  if (status == EXIT_SUCCESS)
    status = open_for_writing(settings, NULL, &db);
  if (status == EXIT_SUCCESS)
    status = compact(settings, db, &range);
  range_free(&range);
  return close_database(settings, db, status);
}

static const struct option *const compact_options[] = {
    &option_from, &option_to,    &option_prefix, &option_hex,        &option_raw,   &option_json,
    &option_mode, &option_adopt, &option_yes,    &option_statistics, &option_color, NULL};

const struct command compact_command = {
    "compact",
    "DATABASE",
    "Merges the tables of a database",
    "All keys are then in one run without tombstones, and nothing is Kevo's any more. With --from, --to\n"
    "or --prefix only tables that have such keys are merged.\n",
    0,
    0,
    compact_options,
    run};
