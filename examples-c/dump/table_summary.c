#include "table_summary.h"

#include "../common/entries.h"
#include "../common/label.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/readable.h"
#include "../common/terminal.h"
#include "../common/text.h"
#include "times.h"

static void put_verdict(const struct table *table)
{
  if (table->code == KEVO_OK)
    put_styled(GOOD, "intact ");
  else
    put_styled(BAD, table->code == KEVO_E_CORRUPT ? "damaged: " : "not read: ");
  put_text(&out, table->path, 0);
  put(&out, "\n\n");
}

static void put_kind(const struct table *table)
{
  static const char *const writers[] = {"", "Kevo's first release to v1.1", "Kevo v1.2 to v1.3", "Kevo v1.4 and later",
                                        "this library"};
  uint64_t generation = kevo_table_stat(table->table, KEVO_TABLE_STAT_GENERATION);
  uint64_t created = kevo_table_stat(table->table, KEVO_TABLE_STAT_CREATED_NS);

  put_label("layout");
  put(&out, table_generation(table));
  put(&out, ", that of ");
  put(&out, writers[generation < 5 ? generation : 0]);
  put(&out, "; footer version ");
  put_number(&out, kevo_table_stat(table->table, KEVO_TABLE_STAT_VERSION));
  put(&out, "\n");
  if (created != 0 && created <= INT64_MAX) {
    put_label("created");
    put_time(&out, created / 1000000000, "UTC");
    put(&out, "\n");
  }
}

static void put_sizes(const struct table *table)
{
  uint64_t bytes = kevo_table_stat(table->table, KEVO_TABLE_STAT_BYTES);
  uint64_t oversize = kevo_table_stat(table->table, KEVO_TABLE_STAT_OVERSIZE);

  put_label("file");
  put_size(&out, bytes);
  if (bytes >= 1024) {
    put(&out, " (");
    put_counted(&out, bytes, "byte", "bytes");
    put(&out, ")");
  }
  put(&out, "\n");
  put_label("blocks");
  put_grouped(&out, kevo_table_stat(table->table, KEVO_TABLE_STAT_BLOCKS));
  if (oversize > 0) {
    put(&out, ", and ");
    put_counted(&out, oversize, "entry", "entries");
    put(&out, " outside of them, which Kevo does not see");
  }
  put(&out, "\n");
}

static void put_damage(const struct table *table)
{
  uint64_t count = kevo_recovery_report_damage_count(table->damage);

  if (count == 0)
    return;
  put_label("damage");
  put_style(BAD);
  put_counted(&out, count, "corrupt stretch", "corrupt stretches");
  put_style(PLAIN);
  put(&out, ", ");
  put_counted(&out, kevo_recovery_report_stat(table->damage, KEVO_STAT_BYTES_DAMAGED), "byte", "bytes");
  put(&out, "\n");
}

static void put_key_at(kevo_iterator *iterator, int (*move)(kevo_iterator *iterator))
{
  kevo_entry entry;

  if (move(iterator) == KEVO_OK && kevo_iterator_entry(iterator, &entry) == KEVO_OK)
    put_readable(entry.key, 0);
}

static void put_range(const struct table *table)
{
  kevo_scan *scan = scan_of_all();
  kevo_iterator *iterator = NULL;

  if (scan != NULL && kevo_table_iterator(table->table, scan, &iterator, NULL) == KEVO_OK) {
    put_label("from");
    put_key_at(iterator, kevo_iterator_first);
    put(&out, " to ");
    put_key_at(iterator, kevo_iterator_last);
    put(&out, "\n");
  }
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
}

static void put_statistics(const struct table *table, const struct statistics *statistics)
{
  put_label("entries");
  put_grouped(&out, statistics->puts + statistics->deletes);
  put(&out, ": ");
  put_counted(&out, statistics->puts, "put, ", "puts, ");
  put_counted(&out, statistics->deletes, "delete\n", "deletes\n");
  put_label("keys");
  put_grouped(&out, statistics->keys);
  put(&out, ", ");
  put_grouped(&out, statistics->deleted_keys);
  put(&out, " of them deleted\n");
  if (statistics->keys == 0)
    return;
  if (statistics->highest_sequence > 0) {
    put_label("sequences");
    put_grouped(&out, statistics->lowest_sequence);
    put(&out, " to ");
    put_grouped(&out, statistics->highest_sequence);
    put(&out, "\n");
  }
  put_range(table);
}

void table_summary_put(const struct table *table, const struct statistics *statistics)
{
  put_verdict(table);
  if (table->table == NULL)
    return;
  put_kind(table);
  put_sizes(table);
  put_damage(table);
  if (statistics != NULL)
    put_statistics(table, statistics);
}
