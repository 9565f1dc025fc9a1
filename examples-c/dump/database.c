#include "database.h"

#include <stdlib.h>
#include <string.h>

#include "../common/complaint.h"
#include "../common/entries.h"
#include "../common/numbers.h"
#include "../common/options.h"
#include "../common/output.h"
#include "../common/paths.h"
#include "../common/progress.h"
#include "../common/terminal.h"
#include "database_summary.h"
#include "json.h"
#include "listing.h"

int is_database(const char *path)
{
  if (*path == '\0')
    return 0;
  return has_name(path, "MANIFEST") || has_name(path, "VERSIONS") || has_name(path, "sst");
}

const char *database_path_below(const struct database *database, const char *path)
{
  return path_below(database->path, path);
}

int database_iterator(const struct database *database, const kevo_scan *scan, kevo_iterator **iterator)
{
  return kevo_db_iterator(database->db, NULL, scan, iterator, NULL);
}

const char *database_message(const struct database *database)
{
  const kevo_error *error = database->error != NULL ? database->error : kevo_iterator_error(database->iterator);
  const char *message = kevo_error_message(error);

  return message != NULL ? message : kevo_strerror(database->code);
}

/* ---- damage -------------------------------------------------------------------------------------------------- */

/* Gets a stretch of a report. Returns: 0 if there is none with this index. */
static int get_damage(const struct database *database, const kevo_recovery_report *report, size_t index,
                      struct damage *damage)
{
  const char *path;
  int code = kevo_recovery_report_damage(report, index, &path, &damage->offset, &damage->length, &damage->kind,
                                         &damage->what);

  if (code == KEVO_OK)
    damage->file = database_path_below(database, path);
  return code == KEVO_OK;
}

void each_damage(const struct database *database, void (*visit)(void *context, const struct damage *damage),
                 void *context)
{
  struct damage damage;
  size_t i, table;

  for (i = 0; get_damage(database, database->report, i, &damage); i++)
    visit(context, &damage);
  for (table = 0; table < database->damaged_count; table++) {
    for (i = 0; get_damage(database, database->damaged[table].damage, i, &damage); i++)
      visit(context, &damage);
  }
}

/* Whether opening has found where this table is damaged. */
static int is_reported(const struct database *database, const char *path)
{
  const char *file = database_path_below(database, path);
  struct damage damage;
  size_t i;

  for (i = 0; get_damage(database, database->report, i, &damage); i++) {
    if (damage.kind == KEVO_DAMAGE_CORRUPTION && strcmp(damage.file, file) == 0)
      return 1;
  }
  return 0;
}

/* Reads whole tables: those that opening has found no damage in. A table that cannot be read gives no damage. */
static void search_tables(struct database *database)
{
  size_t count = kevo_table_list_count(database->tables), i;

  database->damaged = count > 0 ? calloc(count, sizeof *database->damaged) : NULL;
  if (count > 0 && database->damaged == NULL) {
    database->code = KEVO_E_NO_MEMORY;
    return;
  }
  for (i = 0; i < count; i++) {
    struct table *table = &database->damaged[database->damaged_count];
    const char *path = kevo_table_list_path(database->tables, i);

    if (is_reported(database, path))
      continue;
    table_open(table, path);
    if (kevo_recovery_report_damage_count(table->damage) > 0)
      database->damaged_count++;
    else
      table_close(table);
  }
}

/* ---- opening and reading ------------------------------------------------------------------------------------- */

static int open_read_only(struct database *database, kevo_recovery_options *recovery)
{
  kevo_db_options *options = kevo_db_options_new();
  int code = options != NULL ? KEVO_OK : KEVO_E_NO_MEMORY;

  if (code == KEVO_OK)
    code = kevo_db_options_set_read_only(options, 1);
  if (code == KEVO_OK)
    code = kevo_db_options_set_recovery(options, recovery);
  if (code == KEVO_OK)
    code = kevo_db_open(database->path, options, &database->db, &database->report, &database->error);
  kevo_db_options_free(options);
  if (code == KEVO_OK)
    code = kevo_db_tables(database->db, &database->tables, &database->error);
  return code;
}

/* Reads every key, so that damage is known before anything is printed. */
static int read_keys(struct database *database)
{
  int code = kevo_db_iterator(database->db, NULL, NULL, &database->iterator, &database->error);

  if (code == KEVO_OK)
    code = statistics_collect_lent(&database->statistics, database->iterator);
  if (code == KEVO_OK) {
    kevo_iterator_free(database->iterator);
    database->iterator = NULL;
  }
  return code;
}

static int keep_highest(void *highest, const kevo_entry *entry)
{
  if (entry->sequence > *(uint64_t *)highest)
    *(uint64_t *)highest = entry->sequence;
  return 1;
}

static int read_sequences(const kevo_table *table, uint64_t *highest)
{
  kevo_scan *scan = scan_of_all();
  kevo_iterator *iterator;
  int code = scan != NULL ? kevo_table_iterator(table, scan, &iterator, NULL) : KEVO_E_NO_MEMORY;

  if (code == KEVO_OK)
    code = each_entry(iterator, keep_highest, highest);
  kevo_scan_free(scan);
  return code;
}

/*
 * A table of Kevo does not say which is its highest sequence number: all of its entries are read, as far as they can
 * be. A file that another process has removed meanwhile is left out.
 */
static int find_last_sequence(struct database *database)
{
  size_t count = kevo_table_list_count(database->tables), i;
  int code = KEVO_OK;

  database->last_sequence = kevo_db_stat(database->db, KEVO_DB_STAT_SEQUENCE);
  for (i = 0; i < count && code == KEVO_OK; i++) {
    kevo_table *table;

    if (!kevo_table_list_stat(database->tables, i, KEVO_LISTED_TABLE_FOREIGN))
      continue;
    code = kevo_table_open_mode(kevo_table_list_path(database->tables, i), KEVO_RECOVERY_SKIP_CORRUPTED, &table, NULL);
    if (code == KEVO_OK)
      code = read_sequences(table, &database->last_sequence);
    else if (code == KEVO_E_IO)
      code = KEVO_OK;
    kevo_table_free(table);
  }
  return code;
}

static void open_database(struct database *database, const struct settings *settings, int mode)
{
  static const struct database nothing;

  *database = nothing;
  database->path = settings->path;
  kevo_recovery_options_set_mode(settings->recovery, mode);
  database->code = open_read_only(database, settings->recovery);
  progress_erase();
  if (database->code == KEVO_OK)
    database->code = read_keys(database);
  if (database->code == KEVO_OK)
    database->code = find_last_sequence(database);
}

static void close_database(struct database *database)
{
  size_t i;

  for (i = 0; i < database->damaged_count; i++)
    table_close(&database->damaged[i]);
  free(database->damaged);
  kevo_iterator_free(database->iterator);
  kevo_error_free(database->error);
  kevo_recovery_report_free(database->report);
  kevo_table_list_free(database->tables);
  if (database->db != NULL)
    kevo_db_close(database->db, NULL);
}

/* ---- advice -------------------------------------------------------------------------------------------------- */

/* Says how many keys another mode brings back, if there is one. */
static void advise(const struct settings *settings)
{
  static const int modes[] = {KEVO_RECOVERY_TOLERATE_TORN_TAIL, KEVO_RECOVERY_SKIP_CORRUPTED};
  int is_found = 0;
  size_t i;

  progress_show(settings->recovery, "trying options");
  for (i = 0; i < sizeof modes / sizeof modes[0] && !is_found; i++) {
    struct database trial;

    if (modes[i] == settings->mode)
      continue;
    open_database(&trial, settings, modes[i]);
    is_found = trial.code == KEVO_OK;
    if (is_found) {
      put(&err, "  --mode ");
      put(&err, mode_name(modes[i]));
      put(&err, " brings back ");
      put_counted(&err, trial.statistics.keys, "key\n", "keys\n");
    }
    close_database(&trial);
  }
}

static void put_failure(const struct database *database, int code)
{
  output_flush(&out);
  complain("", code != KEVO_OK ? kevo_strerror(code) : database_message(database));
}

int database_dump(const struct settings *settings)
{
  struct database database;
  int code, status;

  if (settings->for_logs != NULL)
    return bad_usage("this says nothing about a database: ", settings->for_logs);
  progress_show(settings->recovery, "reading");
  open_database(&database, settings, settings->mode);
  if (settings->mode == KEVO_RECOVERY_SKIP_CORRUPTED || database.code == KEVO_E_CORRUPT)
    search_tables(&database);
  if (settings->json) {
    code = json_dump_database(&database);
  } else {
    terminal_open(settings->color);
    database_summary_put(&database);
    code = database.code == KEVO_OK ? listing_put_of_database(settings, &database) : KEVO_OK;
  }
  status = database.code != KEVO_OK ? database.code : code;
  if (status != KEVO_OK)
    put_failure(&database, code);
  close_database(&database); /* Advice opens it again, and memory may be too small for two. */
  if (database.code == KEVO_E_CORRUPT)
    advise(settings);
  output_flush(&err);
  return status == KEVO_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
