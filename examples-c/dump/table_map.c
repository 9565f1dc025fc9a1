#include "table_map.h"

#include <string.h>

#include "../common/bar.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/terminal.h"
#include "../common/text.h"

/* If there are more stretches of damage than this, the others are only counted. --json lists all of them. */
#define SHOWN_STRETCHES 16

#define MARGIN 2

/* Blocks next to each other have different cells. A later kind hides an earlier one, so that small parts are seen. */
enum cell { NOTHING, NEXT_BLOCK, BLOCK, OVERSIZE, SECTION, FILTER, PROPERTIES, INDEX, FOOTER, DAMAGED, CELLS };

static const char *const names[CELLS] = {"of no account", "", "blocks", "outside of blocks", "other section", "filter",
                                         "properties", "index", "footer", "damaged"};

static const char *symbol_of(enum cell cell)
{
  static const char *const ascii[CELLS] = {".", "-", "=", "o", "s", "f", "p", "i", "|", "X"};
  static const char *const utf8[CELLS] = {"\xC2\xB7", "\xE2\x96\x93", "\xE2\x96\x88", "o", "s", "f", "p", "i", "|",
                                          "\xE2\x96\x91"};

  return terminal_is_utf8() ? utf8[cell] : ascii[cell];
}

static enum style style_of(enum cell cell)
{
  if (cell == DAMAGED)
    return BAD;
  return cell == BLOCK || cell == NEXT_BLOCK || cell == OVERSIZE ? GOOD : DIM;
}

static void put_cells(enum cell cell, size_t count)
{
  put_style(style_of(cell));
  while (count-- > 0)
    put(&out, symbol_of(cell));
  put_style(PLAIN);
}

static enum cell cell_of(int kind, size_t number)
{
  switch (kind) {
  case KEVO_TABLE_PART_BLOCK:
    return number % 2 == 0 ? BLOCK : NEXT_BLOCK;
  case KEVO_TABLE_PART_OVERSIZE:
    return OVERSIZE;
  case KEVO_TABLE_PART_DAMAGED:
    return DAMAGED;
  case KEVO_TABLE_PART_INDEX:
    return INDEX;
  case KEVO_TABLE_PART_FILTER:
    return FILTER;
  case KEVO_TABLE_PART_PROPERTIES:
    return PROPERTIES;
  case KEVO_TABLE_PART_SECTION:
    return SECTION;
  default:
    return FOOTER;
  }
}

static void paint_parts(unsigned char *cells, size_t width, const struct table *table, uint64_t size, enum cell wanted)
{
  size_t count = kevo_table_part_count(table->table), i;

  for (i = 0; i < count; i++) {
    uint64_t offset, length;
    enum cell cell;
    int kind;

    if (kevo_table_part(table->table, i, &kind, &offset, &length) != KEVO_OK)
      continue;
    cell = cell_of(kind, i);
    if (cell == wanted && length > 0)
      bar_paint(cells, width, (unsigned char)cell, offset, offset + length, size);
  }
}

static void put_bar(unsigned char *cells, const struct table *table, uint64_t size)
{
  size_t width = terminal_width() - MARGIN, i, run;
  uint64_t offset, length;
  const char *what;
  int cell;

  memset(cells, NOTHING, WIDEST);
  for (cell = NOTHING + 1; cell < CELLS; cell++)
    paint_parts(cells, width, table, size, (enum cell)cell);
  for (i = 0; table_damage_at(table, i, &offset, &length, &what); i++) {
    if (length > 0)
      bar_paint(cells, width, DAMAGED, offset, offset + length, size);
  }
  put(&out, "  ");
  for (i = 0; i < width; i += run) {
    run = bar_run(cells, width, i);
    put_cells((enum cell)cells[i], run);
  }
  put(&out, "\n");
}

/* What the cells of the bar are, in the order in which they come. */
static void put_legend(const unsigned char *cells)
{
  size_t width = terminal_width() - MARGIN, i;
  int is_named[CELLS] = {0};

  put(&out, "\n");
  for (i = 0; i < width; i++) {
    enum cell cell = (enum cell)(cells[i] == NEXT_BLOCK ? BLOCK : cells[i]);

    if (is_named[cell])
      continue;
    is_named[cell] = 1;
    put(&out, "  ");
    put_cells(cell, 1);
    if (cell == BLOCK && memchr(cells, NEXT_BLOCK, width) != NULL)
      put_cells(NEXT_BLOCK, 1);
    put(&out, " ");
    put(&out, names[cell]);
  }
  put(&out, "\n");
}

static void put_stretches(const struct table *table)
{
  size_t count = kevo_recovery_report_damage_count(table->damage), i;
  uint64_t offset, length;
  const char *what;

  for (i = 0; i < SHOWN_STRETCHES && table_damage_at(table, i, &offset, &length, &what); i++) {
    put(&out, "  ");
    put_styled(BAD, "corruption");
    put(&out, " at ");
    put_grouped(&out, offset);
    put(&out, ", ");
    put_counted(&out, length, "byte", "bytes");
    put(&out, ": ");
    put_text(&out, what, 0);
    put(&out, "\n");
  }
  if (count > SHOWN_STRETCHES) {
    put(&out, "  and ");
    put_counted(&out, count - SHOWN_STRETCHES, "stretch", "stretches");
    put(&out, " of damage more; --json lists all of them\n");
  }
}

void table_map_put(const struct table *table)
{
  unsigned char cells[WIDEST];
  uint64_t size = kevo_table_stat(table->table, KEVO_TABLE_STAT_BYTES);

  put(&out, "\n");
  if (size > 0)
    put_bar(cells, table, size);
  put_stretches(table);
  if (size > 0)
    put_legend(cells);
}
