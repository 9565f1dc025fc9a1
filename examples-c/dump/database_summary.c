#include "database_summary.h"

#include "../common/label.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/runs.h"
#include "../common/terminal.h"
#include "../common/text.h"

/* If there are more tables or stretches of damage than this, the others are only counted. */
#define SHOWN_TABLES 16
#define SHOWN_STRETCHES 16

/* ---- damage -------------------------------------------------------------------------------------------------- */

static const char *name_of(int kind)
{
  switch (kind) {
  case KEVO_DAMAGE_TORN_TAIL:
    return "torn tail";
  case KEVO_DAMAGE_MISSING:
    return "missing";
  case KEVO_DAMAGE_DOUBT:
    return "in doubt";
  case KEVO_DAMAGE_REBUILT:
    return "rebuilt";
  default:
    return "corruption";
  }
}

static void count_stretch(void *count, const struct damage *damage)
{
  (void)damage;
  ++*(size_t *)count;
}

static void put_stretch(void *context, const struct damage *damage)
{
  size_t *shown = context;

  if (++*shown > SHOWN_STRETCHES)
    return;
  put_label(*shown == 1 ? "damage" : "");
  put_styled(BAD, name_of(damage->kind));
  put(&out, ": ");
  put_text(&out, damage->file, 0);
  if (damage->length > 0) {
    put(&out, " at ");
    put_grouped(&out, damage->offset);
    put(&out, ", ");
    put_counted(&out, damage->length, "byte", "bytes");
  }
  put(&out, ": ");
  put_text(&out, damage->what, 0);
  put(&out, "\n");
}

static void put_damage(const struct database *database)
{
  size_t shown = 0;

  each_damage(database, put_stretch, &shown);
  if (shown > SHOWN_STRETCHES) {
    put_label("");
    put(&out, "and ");
    put_counted(&out, shown - SHOWN_STRETCHES, "stretch", "stretches");
    put(&out, " more; --json lists all of them\n");
  }
}

/* ---- the summary --------------------------------------------------------------------------------------------- */

static void put_verdict(const struct database *database)
{
  size_t damaged = 0;

  each_damage(database, count_stretch, &damaged);
  if (database->code == KEVO_OK)
    put_styled(GOOD, "read ");
  else
    put_styled(BAD, database->db == NULL ? "not opened: " : "not read: ");
  put_text(&out, database->path, 0);
  if (database->code == KEVO_OK && damaged == 0)
    put(&out, ", no damage");
  put(&out, "\n\n");
}

static void put_keys(const struct database *database)
{
  if (database->code != KEVO_OK)
    return;
  put_label("sequence");
  put_grouped(&out, database->last_sequence);
  put(&out, ", the last\n");
  put_label("keys");
  put_grouped(&out, database->statistics.keys);
  put(&out, "\n");
}

static void put_memtables(const struct database *database)
{
  put_label("memtables");
  put_grouped(&out, kevo_db_stat(database->db, KEVO_DB_STAT_MEMTABLES));
  put(&out, ", ");
  put_size(&out, kevo_db_stat(database->db, KEVO_DB_STAT_MEMTABLE_BYTES));
  put(&out, " of memory\n");
}

static void put_totals(const struct database *database)
{
  uint64_t foreign = kevo_db_stat(database->db, KEVO_DB_STAT_FOREIGN_TABLES);

  put_label("tables");
  put_grouped(&out, kevo_table_list_count(database->tables));
  if (kevo_table_list_count(database->tables) > 0) {
    put(&out, " in ");
    put_counted(&out, kevo_db_stat(database->db, KEVO_DB_STAT_RUNS), "run, ", "runs, ");
    put_counted(&out, kevo_db_stat(database->db, KEVO_DB_STAT_TABLE_ENTRIES), "entry, ", "entries, ");
    put_size(&out, kevo_db_stat(database->db, KEVO_DB_STAT_TABLE_BYTES));
  }
  if (foreign > 0) {
    put(&out, "; Kevo wrote ");
    put_grouped(&out, foreign);
    put(&out, " of them");
  }
  put(&out, "\n");
}

/* ---- tables -------------------------------------------------------------------------------------------------- */

static void put_tables(const struct database *database)
{
  size_t count = kevo_table_list_count(database->tables), i;

  if (count > 0)
    put(&out, "\n");
  for (i = 0; i < count && i < SHOWN_TABLES; i++) {
    put(&out, "  ");
    put_text(&out, database_path_below(database, kevo_table_list_path(database->tables, i)), 0);
    put(&out, ", ");
    put_counted(&out, kevo_table_list_stat(database->tables, i, KEVO_LISTED_TABLE_ENTRIES), "entry, ", "entries, ");
    put_size(&out, kevo_table_list_stat(database->tables, i, KEVO_LISTED_TABLE_BYTES));
    put(&out, kevo_table_list_stat(database->tables, i, KEVO_LISTED_TABLE_FOREIGN) ? ", of Kevo\n" : "\n");
  }
  if (count > SHOWN_TABLES) {
    put(&out, "  and ");
    put_counted(&out, count - SHOWN_TABLES, "table", "tables");
    put(&out, " more; --json lists all of them\n");
  }
}

void database_summary_put(const struct database *database)
{
  put_verdict(database);
  if (database->db != NULL) {
    put_keys(database);
    put_memtables(database);
    put_totals(database);
  }
  put_damage(database);
  if (database->db == NULL)
    return;
  runs_put(database->tables);
  put_tables(database);
}
