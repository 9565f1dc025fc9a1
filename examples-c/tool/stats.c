#include <stdlib.h>

#include "../common/json_lines.h"
#include "../common/output.h"
#include "../common/paths.h"
#include "../common/runs.h"
#include "../common/text.h"
#include "command.h"
#include "failure.h"
#include "opening.h"
#include "statistics.h"
#include "tool_options.h"

static void put_json(const struct settings *settings, const kevo_table_list *tables)
{
  static const struct {
    const char *name;
    int stat;
  } fields[] = {{"age", KEVO_LISTED_TABLE_AGE},         {"level", KEVO_LISTED_TABLE_LEVEL},
                {"entries", KEVO_LISTED_TABLE_ENTRIES}, {"tombstones", KEVO_LISTED_TABLE_TOMBSTONES},
                {"bytes", KEVO_LISTED_TABLE_BYTES},     {"foreign", KEVO_LISTED_TABLE_FOREIGN}};
  size_t count = kevo_table_list_count(tables), i, field;

  for (i = 0; i < count; i++) {
    put(&out, "{\"kind\":\"table\",\"file\":");
    json_put_string(path_below(settings->database, kevo_table_list_path(tables, i)));
    for (field = 0; field < sizeof fields / sizeof fields[0]; field++) {
      put(&out, ",");
      json_put_string(fields[field].name);
      put(&out, ":");
      put_number(&out, kevo_table_list_stat(tables, i, fields[field].stat));
    }
    put(&out, "}\n");
  }
}

static int put_stats(const struct settings *settings, const kevo_db *db)
{
  kevo_table_list *tables = NULL;
  kevo_error *error = NULL;
  int code = kevo_db_tables(db, &tables, &error);
  int status = fail(settings, code, error);

  if (status != EXIT_SUCCESS)
    return status;
  if (!settings->json) {
    put_text(&out, settings->database, 0);
    put(&out, "\n\n");
  }
  statistics_put(settings, db);
  if (settings->json)
    put_json(settings, tables);
  else
    runs_put(tables);
  kevo_table_list_free(tables);
  return EXIT_SUCCESS;
}

static int run(const struct settings *settings)
{
  kevo_db *db;
  int status = open_for_reading(settings, &db);

  if (status == EXIT_SUCCESS)
    status = put_stats(settings, db);
  return close_database(settings, db, status);
}

static const struct option *const stats_options[] = {&option_json, &option_mode, &option_color, NULL};

const struct command stats_command = {
    "stats",
    "DATABASE",
    "Shows what a database consists of, its runs to scale",
    "Runs come from the newest to the oldest; the bar of the largest fills the line. What counts writes,\n"
    "reads and waits counts from the opening on: --statistics of batch, import, compact and bench shows\n"
    "it for what they do.\n",
    0,
    0,
    stats_options,
    run};
