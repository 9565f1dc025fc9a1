#include "json.h"

#include "../common/entries.h"
#include "../common/json_lines.h"
#include "../common/output.h"

static void put_recovery(const struct recovery *recovery)
{
  json_put_outcome("recovery", recovery->code);
  put(&out, ",\"max_sequence\":");
  put_number(&out, kevo_memtable_list_max_sequence(recovery->list)); /* 0 if there is no list */
  put(&out, ",\"memtables\":");
  put_number(&out, kevo_memtable_list_count(recovery->list));
  put(&out, ",\"entries\":");
  put_number(&out, recovery_entries(recovery));
  json_put_message(recovery->code, recovery_message(recovery));
}

static void put_damage(const struct recovery *recovery)
{
  struct damage damage;
  size_t i;

  for (i = 0; recovery_damage(recovery, i, &damage); i++)
    json_put_damage(damage.file, damage.offset, damage.length, damage.kind);
}

static int put_entry(void *context, const kevo_entry *entry)
{
  put(&out, "{\"kind\":\"entry\",\"memtable\":");
  put_number(&out, *(const size_t *)context);
  put(&out, ",");
  json_put_entry(entry);
  return 1;
}

static int put_memtable(void *context, size_t index, const kevo_memtable *memtable)
{
  kevo_iterator *iterator;
  int code = kevo_memtable_iterator(memtable, context, &iterator);

  put(&out, "{\"kind\":\"memtable\",\"index\":");
  put_number(&out, index);
  put(&out, ",\"immutable\":");
  put(&out, kevo_memtable_is_immutable(memtable) ? "true" : "false");
  put(&out, ",\"approximate_size\":");
  put_number(&out, kevo_memtable_approximate_size(memtable));
  put(&out, ",\"entries\":");
  put_number(&out, kevo_memtable_entry_count(memtable));
  put(&out, "}\n");
  return code == KEVO_OK ? each_entry(iterator, put_entry, &index) : code;
}

int json_dump(const struct recovery *recovery)
{
  kevo_scan *scan = scan_of_all();
  int code = recovery->code;

  put_recovery(recovery);
  put_damage(recovery);
  if (code == KEVO_OK)
    code = scan != NULL ? each_memtable(recovery->list, put_memtable, scan) : KEVO_E_NO_MEMORY;
  kevo_scan_free(scan);
  return code;
}

void json_put_export(const struct export *export)
{
  int ok = export->code == KEVO_OK;

  json_put_outcome("export", export->code);
  put(&out, ",\"directory\":");
  json_put_string(export->out_dir);
  put(&out, ",\"entries\":");
  put_number(&out, ok ? export->entries : 0);
  put(&out, ",\"memtable_size\":");
  put_number(&out, ok ? export->memtable_size : 0);
  json_put_message(export->code, export_message(export));
}

static void put_table(const struct table *table)
{
  uint64_t blocks = kevo_table_stat(table->table, KEVO_TABLE_STAT_INDEX_ENTRIES);
  const char *generation = table_generation(table);

  json_put_outcome("table", table->code);
  put(&out, ",\"version\":");
  put_number(&out, kevo_table_stat(table->table, KEVO_TABLE_STAT_VERSION));
  put(&out, ",\"generation\":");
  if (generation != NULL)
    json_put_string(generation);
  else
    put(&out, "null");
  put(&out, ",\"entries\":");
  put_number(&out, kevo_table_stat(table->table, KEVO_TABLE_STAT_ENTRIES));
  put(&out, ",\"blocks\":");
  put_number(&out, blocks > 0 ? blocks : kevo_table_stat(table->table, KEVO_TABLE_STAT_BLOCKS));
  json_put_message(table->code, table_message(table));
}

static int put_entry_alone(void *context, const kevo_entry *entry)
{
  (void)context;
  put(&out, "{\"kind\":\"entry\",");
  json_put_entry(entry);
  return 1;
}

int json_dump_table(const struct table *table, int lists_entries)
{
  kevo_scan *scan = scan_of_all();
  kevo_iterator *iterator;
  int code = scan != NULL ? KEVO_OK : KEVO_E_NO_MEMORY;
  uint64_t offset, length;
  const char *what;
  size_t i;

  put_table(table);
  for (i = 0; table_damage_at(table, i, &offset, &length, &what); i++)
    json_put_damage(table_name(table), offset, length, KEVO_DAMAGE_CORRUPTION);
  if (code == KEVO_OK && lists_entries)
    code = kevo_table_iterator(table->table, scan, &iterator, NULL);
  if (code == KEVO_OK && lists_entries)
    code = each_entry(iterator, put_entry_alone, NULL);
  kevo_scan_free(scan);
  return code;
}

static void put_database(const struct database *database)
{
  int ok = database->code == KEVO_OK;

  json_put_outcome("database", database->code);
  put(&out, ",\"last_sequence\":");
  put_number(&out, ok ? database->last_sequence : 0);
  put(&out, ",\"tables\":");
  put_number(&out, ok ? kevo_table_list_count(database->tables) : 0);
  put(&out, ",\"keys\":");
  put_number(&out, ok ? database->statistics.keys : 0);
  json_put_message(database->code, database_message(database));
}

static void put_damage_of_database(void *context, const struct damage *damage)
{
  (void)context;
  json_put_damage(damage->file, damage->offset, damage->length, damage->kind);
}

static void put_listed_tables(const struct database *database)
{
  size_t count = kevo_table_list_count(database->tables), i;

  for (i = 0; i < count; i++) {
    put(&out, "{\"kind\":\"table\",\"file\":");
    json_put_string(database_path_below(database, kevo_table_list_path(database->tables, i)));
    put(&out, ",\"entries\":");
    put_number(&out, kevo_table_list_stat(database->tables, i, KEVO_LISTED_TABLE_ENTRIES));
    put(&out, "}\n");
  }
}

int json_dump_database(const struct database *database)
{
  kevo_iterator *iterator;
  int code;

  put_database(database);
  each_damage(database, put_damage_of_database, NULL);
  if (database->code != KEVO_OK)
    return KEVO_OK;
  put_listed_tables(database);
  code = database_iterator(database, NULL, &iterator);
  return code == KEVO_OK ? each_entry(iterator, put_entry_alone, NULL) : code;
}
