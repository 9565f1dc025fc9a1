#define _XOPEN_SOURCE 700

#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../common/complaint.h"
#include "../common/entries.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/terminal.h"
#include "json.h"
#include "listing.h"
#include "table_map.h"
#include "table_summary.h"

int is_table(const char *path)
{
  const char *end = strrchr(path, '.');
  struct stat status;

  return (end == NULL || strcmp(end, ".wal") != 0) && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

const char *table_name(const struct table *table)
{
  const char *slash = strrchr(table->path, '/');

  return slash != NULL ? slash + 1 : table->path;
}

const char *table_generation(const struct table *table)
{
  switch ((int)kevo_table_stat(table->table, KEVO_TABLE_STAT_GENERATION)) {
  case KEVO_TABLE_GENERATION_A:
    return "A";
  case KEVO_TABLE_GENERATION_B:
    return "B";
  case KEVO_TABLE_GENERATION_C:
    return "C";
  case KEVO_TABLE_GENERATION_LIBKEVO:
    return "libkevo";
  default:
    return NULL;
  }
}

int table_damage_at(const struct table *table, size_t index, uint64_t *offset, uint64_t *length, const char **what)
{
  const char *path;
  int kind;

  return kevo_recovery_report_damage(table->damage, index, &path, offset, length, &kind, what) == KEVO_OK;
}

const char *table_message(const struct table *table)
{
  const char *message = kevo_error_message(table->error);

  return message != NULL ? message : kevo_strerror(table->code);
}

void table_open(struct table *table, const char *path)
{
  static const struct table nothing;

  *table = nothing;
  table->path = path;
  table->code = kevo_table_open_mode(path, KEVO_RECOVERY_SKIP_CORRUPTED, &table->table, &table->error);
  if (table->code != KEVO_OK)
    return;
  table->code = kevo_table_verify(table->table, &table->error);
  if (table->code == KEVO_E_CORRUPT)
    kevo_table_damage(table->table, &table->damage, NULL);
}

void table_close(struct table *table)
{
  kevo_error_free(table->error);
  kevo_recovery_report_free(table->damage);
  kevo_table_free(table->table);
}

static int collect(struct statistics *statistics, const kevo_table *table)
{
  kevo_scan *scan = scan_of_all();
  kevo_iterator *iterator = NULL;
  int code = scan != NULL ? kevo_table_iterator(table, scan, &iterator, NULL) : KEVO_E_NO_MEMORY;

  if (code == KEVO_OK)
    code = statistics_collect_lent(statistics, iterator);
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  return code;
}

static int put_for_people(const struct table *table, const struct settings *settings, int lists_entries)
{
  struct statistics statistics;
  int code = KEVO_OK;

  if (table->table != NULL)
    code = collect(&statistics, table->table);
  table_summary_put(table, table->table != NULL && code == KEVO_OK ? &statistics : NULL);
  if (table->table != NULL)
    table_map_put(table);
  if (code == KEVO_OK && lists_entries)
    code = listing_put_of_table(settings, table->table, &statistics);
  return code;
}

static void put_failure(const struct table *table, int lists_entries, int code)
{
  uint64_t entries = kevo_table_stat(table->table, KEVO_TABLE_STAT_ENTRIES);

  output_flush(&out);
  complain("", code != KEVO_OK ? kevo_strerror(code) : table_message(table));
  if (table->code == KEVO_E_CORRUPT && !lists_entries) {
    put(&err, "  --mode skip-corrupted brings back ");
    put_counted(&err, entries, "entry", "entries");
    put(&err, ", everything that is intact\n");
  }
  output_flush(&err);
}

int table_dump(const struct settings *settings)
{
  struct table table;
  int code, lists_entries;

  if (settings->set_aside)
    return bad_usage("this says nothing about a table: ", "--include-set-aside");
  if (settings->for_logs != NULL)
    return bad_usage("this says nothing about a table: ", settings->for_logs);
  table_open(&table, settings->path);
  lists_entries = table.code == KEVO_OK ||
                  (table.code == KEVO_E_CORRUPT && settings->mode == KEVO_RECOVERY_SKIP_CORRUPTED);
  if (settings->json) {
    code = json_dump_table(&table, lists_entries);
  } else {
    terminal_open(settings->color);
    code = put_for_people(&table, settings, lists_entries);
  }
  if (table.code != KEVO_OK || code != KEVO_OK)
    put_failure(&table, lists_entries, code);
  code = code != KEVO_OK ? code : table.code;
  table_close(&table);
  return code == KEVO_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
