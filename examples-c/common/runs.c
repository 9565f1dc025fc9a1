#include "runs.h"

#include <string.h>

#include "bar.h"
#include "numbers.h"
#include "output.h"
#include "terminal.h"

/* If there are more runs than this, the others are only counted. */
#define SHOWN_RUNS 16

#define MARGIN 4

/* Tables of a run, by their indexes in the list. */
struct run {
  size_t first;
  size_t end;
  uint64_t bytes;
  uint64_t entries;
};

/* Tables next to each other have different cells. */
enum cell { NOTHING, TABLE, NEXT_TABLE };

static uint64_t stat_of(const kevo_table_list *tables, size_t table, int stat)
{
  return kevo_table_list_stat(tables, table, stat);
}

/* Adds up all tables from `first` on that say the same as that one. */
static struct run group_at(const kevo_table_list *tables, size_t first, int stat)
{
  struct run run = {first, first, 0, 0};
  size_t count = kevo_table_list_count(tables);
  uint64_t said = stat_of(tables, first, stat);

  for (; run.end < count && stat_of(tables, run.end, stat) == said; run.end++) {
    run.bytes += stat_of(tables, run.end, KEVO_LISTED_TABLE_BYTES);
    run.entries += stat_of(tables, run.end, KEVO_LISTED_TABLE_ENTRIES);
  }
  return run;
}

static struct run run_at(const kevo_table_list *tables, size_t first)
{
  return group_at(tables, first, KEVO_LISTED_TABLE_AGE);
}

static void put_amounts(const struct run *run)
{
  put_counted(&out, run->end - run->first, "table, ", "tables, ");
  put_counted(&out, run->entries, "entry, ", "entries, ");
  put_size(&out, run->bytes);
  put(&out, "\n");
}

static void put_cells(unsigned char cell, size_t count)
{
  static const char *const ascii[] = {" ", "=", "-"};
  static const char *const utf8[] = {" ", "\xE2\x96\x88", "\xE2\x96\x93"};

  while (count-- > 0)
    put(&out, terminal_is_utf8() ? utf8[cell] : ascii[cell]);
}

/* Draws the tables of a run. The largest run, of `largest` bytes, fills the line. */
static void put_bar(const kevo_table_list *tables, const struct run *run, uint64_t largest)
{
  unsigned char cells[WIDEST];
  size_t width = terminal_width() - MARGIN, i, length;
  uint64_t from = 0;

  memset(cells, NOTHING, sizeof cells);
  for (i = run->first; i < run->end && largest > 0; i++) {
    uint64_t bytes = stat_of(tables, i, KEVO_LISTED_TABLE_BYTES);

    bar_paint(cells, width, i % 2 == run->first % 2 ? TABLE : NEXT_TABLE, from, from + bytes, largest);
    from += bytes;
  }
  while (width > 0 && cells[width - 1] == NOTHING)
    width--;
  put(&out, "    ");
  put_style(GOOD);
  for (i = 0; i < width; i += length) {
    length = bar_run(cells, width, i);
    put_cells(cells[i], length);
  }
  put_style(PLAIN);
  put(&out, "\n");
}

static void put_level(const kevo_table_list *tables, size_t first)
{
  struct run level = group_at(tables, first, KEVO_LISTED_TABLE_LEVEL);

  put(&out, "\n  ");
  put_style(BOLD);
  put(&out, "level ");
  put_grouped(&out, stat_of(tables, first, KEVO_LISTED_TABLE_LEVEL));
  put_style(PLAIN);
  put(&out, ", ");
  put_amounts(&level);
}

static uint64_t largest_run(const kevo_table_list *tables)
{
  size_t count = kevo_table_list_count(tables), first;
  uint64_t largest = 0;
  struct run run;

  for (first = 0; first < count; first = run.end) {
    run = run_at(tables, first);
    if (run.bytes > largest)
      largest = run.bytes;
  }
  return largest;
}

void runs_put(const kevo_table_list *tables)
{
  size_t count = kevo_table_list_count(tables), first, shown = 0;
  uint64_t largest = largest_run(tables), level = 0;
  struct run run;

  for (first = 0; first < count; first = run.end) {
    run = run_at(tables, first);
    if (shown++ >= SHOWN_RUNS)
      continue;
    if (first == 0 || stat_of(tables, first, KEVO_LISTED_TABLE_LEVEL) != level)
      put_level(tables, first);
    level = stat_of(tables, first, KEVO_LISTED_TABLE_LEVEL);
    put(&out, "  run ");
    put_number(&out, stat_of(tables, first, KEVO_LISTED_TABLE_AGE));
    put(&out, ": ");
    put_amounts(&run);
    put_bar(tables, &run, largest);
  }
  if (shown > SHOWN_RUNS) {
    put(&out, "  and ");
    put_counted(&out, shown - SHOWN_RUNS, "run more\n", "runs more\n");
  }
}
