#include "statistics.h"

#include <stdio.h>

#include "../common/json_lines.h"
#include "../common/label.h"
#include "../common/numbers.h"
#include "../common/output.h"

static uint64_t stat_of(const kevo_db *db, int stat)
{
  return kevo_db_stat(db, stat);
}

static void put_ratio(uint64_t part, uint64_t whole, double scale, const char *unit)
{
  char text[48];

  snprintf(text, sizeof text, "%.1f%s", (double)part * scale / (double)whole, unit);
  put(&out, text);
}

static void put_tables(const kevo_db *db)
{
  uint64_t foreign = stat_of(db, KEVO_DB_STAT_FOREIGN_TABLES);

  put_label("tables");
  put_grouped(&out, stat_of(db, KEVO_DB_STAT_TABLES));
  put(&out, " in ");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_RUNS), "run on ", "runs on ");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_LEVELS), "level; ", "levels; ");
  put_size(&out, stat_of(db, KEVO_DB_STAT_TABLE_BYTES));
  put(&out, ", ");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_TABLE_ENTRIES), "entry, ", "entries, ");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_TABLE_TOMBSTONES), "tombstone", "tombstones");
  put(&out, "\n");
  if (foreign > 0) {
    put_label("");
    put_counted(&out, foreign, "table is", "tables are");
    put(&out, " Kevo's: until they are rewritten, as by kevo compact, Kevo may answer with old values\n");
  }
}

static void put_memtables(const kevo_db *db)
{
  put_label("memtables");
  put_grouped(&out, stat_of(db, KEVO_DB_STAT_MEMTABLES));
  put(&out, ", ");
  put_size(&out, stat_of(db, KEVO_DB_STAT_MEMTABLE_BYTES));
  put(&out, "\n");
}

static void put_writes(const kevo_db *db)
{
  uint64_t written = stat_of(db, KEVO_DB_STAT_BYTES_WRITTEN), logged = stat_of(db, KEVO_DB_STAT_BYTES_LOGGED);
  uint64_t flushed = stat_of(db, KEVO_DB_STAT_BYTES_FLUSHED), compacted = stat_of(db, KEVO_DB_STAT_BYTES_COMPACTED);

  put_label("written");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_OPERATIONS), "operation, ", "operations, ");
  put_size(&out, written);
  put(&out, " in ");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_GROUPS), "group, ", "groups, ");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_SYNCS), "sync", "syncs");
  put(&out, "\n");
  put_label("to disk");
  put_size(&out, logged);
  put(&out, " of logs, ");
  put_size(&out, flushed);
  put(&out, " by ");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_FLUSHES), "flush, ", "flushes, ");
  put_size(&out, compacted);
  put(&out, " by ");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_COMPACTIONS), "compaction", "compactions");
  if (written > 0) {
    put(&out, "; each byte ");
    put_ratio(logged + flushed + compacted, written, 1, " times");
  }
  put(&out, "\n");
}

static void put_cache(const kevo_db *db)
{
  uint64_t hits = stat_of(db, KEVO_DB_STAT_CACHE_HITS), all = hits + stat_of(db, KEVO_DB_STAT_CACHE_MISSES);
  uint64_t filtered = stat_of(db, KEVO_DB_STAT_FILTER_HITS), passed = stat_of(db, KEVO_DB_STAT_FILTER_MISSES);

  put_label("cache");
  put_size(&out, stat_of(db, KEVO_DB_STAT_CACHE_BYTES));
  put(&out, " of blocks, ");
  put_size(&out, stat_of(db, KEVO_DB_STAT_CACHE_RESERVED_BYTES));
  put(&out, " of indexes and filters");
  if (all > 0) {
    put(&out, "; ");
    put_ratio(hits, all, 100, " % of ");
    put_counted(&out, all, "block was there", "blocks were there");
  }
  put(&out, "\n");
  if (filtered + passed == 0)
    return;
  put_label("filters");
  put_counted(&out, filtered, "lookup ended there, ", "lookups ended there, ");
  put_grouped(&out, passed);
  put(&out, " passed in vain\n");
}

static void put_waits(const kevo_db *db)
{
  put_label("stalls");
  put_grouped(&out, stat_of(db, KEVO_DB_STAT_STALLS));
  put(&out, ", ");
  put_grouped(&out, stat_of(db, KEVO_DB_STAT_STALL_MICROSECONDS) / 1000);
  put(&out, " ms; slowed ");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_SLOWDOWNS), "time, ", "times, ");
  put_grouped(&out, stat_of(db, KEVO_DB_STAT_SLOWDOWN_MICROSECONDS) / 1000);
  put(&out, " ms\n");
}

static void put_rest(const kevo_db *db)
{
  uint64_t replaced = stat_of(db, KEVO_DB_STAT_REPLACED_BYTES);
  uint64_t failed = stat_of(db, KEVO_DB_STAT_FAILED_COMPACTIONS);

  put_label("files");
  put_counted(&out, stat_of(db, KEVO_DB_STAT_OPEN_FILES), "table is open", "tables are open");
  if (replaced > 0) {
    put(&out, "; ");
    put_size(&out, replaced);
    put(&out, " are replaced and still read");
  }
  put(&out, "\n");
  if (failed > 0) {
    put_label("failed");
    put_counted(&out, failed, "compaction", "compactions");
    put(&out, "\n");
  }
}

static void put_json(const kevo_db *db)
{
  const char *name;
  int stat;

  json_put_outcome("statistics", KEVO_OK);
  for (stat = 0; (name = kevo_db_stat_name(stat)) != NULL; stat++) {
    put(&out, ",");
    json_put_string(name);
    put(&out, ":");
    put_number(&out, stat_of(db, stat));
  }
  put(&out, "}\n");
}

void statistics_put(const struct settings *settings, const kevo_db *db)
{
  if (settings->json) {
    put_json(db);
    return;
  }
  put_label("sequence");
  put_grouped(&out, stat_of(db, KEVO_DB_STAT_SEQUENCE));
  put(&out, ", the last\n");
  put_memtables(db);
  put_tables(db);
  put_writes(db);
  put_cache(db);
  put_waits(db);
  put_rest(db);
}
