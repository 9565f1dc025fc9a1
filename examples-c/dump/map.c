#include "map.h"

#include <string.h>

#include "numbers.h"
#include "output.h"
#include "terminal.h"
#include "text.h"
#include "times.h"

/* More files than this are shown only if there is something to see in them. */
#define SHOWN_FILES 16

/* More stretches of damage than this in one file are only counted. --json lists them all. */
#define SHOWN_STRETCHES 16

#define MARGIN 2

enum cell { INTACT, DAMAGED, NOT_READ };

struct map {
  const struct recovery *recovery;
  const struct log_file *file;
  uint64_t read;    /* bytes of the file, from its start */
  int was_reached;  /* by reading */
  size_t damage;    /* the index of the file's first stretch of damage */
  size_t stretches; /* how many it has */
};

static const char *symbol_of(enum cell cell)
{
  static const char *const ascii[] = {"=", "X", "."};
  static const char *const utf8[] = {"\xE2\x96\x88", "\xE2\x96\x91", "\xC2\xB7"};

  return terminal_is_utf8() ? utf8[cell] : ascii[cell];
}

static void put_cells(enum cell cell, size_t count)
{
  static const enum style styles[] = {GOOD, BAD, DIM};

  put_style(styles[cell]);
  while (count-- > 0)
    put(&out, symbol_of(cell));
  put_style(PLAIN);
}

/* The cell in which a byte of a file of `size` bytes is, and how far into the cell it is: 0 if it begins there. */
static size_t cell_of(uint64_t offset, uint64_t size, size_t width, int *is_inside)
{
  while (size > UINT64_MAX / WIDEST) { /* where a byte more or less is not seen */
    size /= 2;
    offset /= 2;
  }
  *is_inside = offset * width % size != 0;
  return (size_t)(offset * width / size);
}

/* Every cell that has a byte of the stretch in it, so that one byte can be seen. */
static void paint(unsigned char *cells, size_t width, enum cell cell, uint64_t from, uint64_t to, uint64_t size)
{
  int is_inside;
  size_t first = cell_of(from < size ? from : size, size, width, &is_inside);
  size_t end = cell_of(to < size ? to : size, size, width, &is_inside) + (size_t)is_inside;

  if (end <= first)
    end = first + 1;
  if (end > width)
    end = width;
  for (; first < end; first++)
    cells[first] = (unsigned char)cell;
}

static void put_bar(const struct map *map)
{
  unsigned char cells[WIDEST];
  size_t width = terminal_width() - MARGIN;
  uint64_t size = map->file->size;
  struct damage damage;
  size_t i, run;

  memset(cells, NOT_READ, sizeof cells);
  if (map->read > 0)
    paint(cells, width, INTACT, 0, map->read, size);
  for (i = 0; i < map->stretches && recovery_damage(map->recovery, map->damage + i, &damage); i++)
    paint(cells, width, DAMAGED, damage.offset, damage.offset + damage.length, size);
  put(&out, "  ");
  for (i = 0; i < width; i += run) {
    for (run = 1; i + run < width && cells[i + run] == cells[i]; run++)
      ;
    put_cells((enum cell)cells[i], run);
  }
  put(&out, "\n");
}

static void put_heading(const struct log_file *file)
{
  uint64_t seconds;

  put(&out, "\n  ");
  put_style(BOLD);
  put_text(&out, file->path, 0);
  put_style(PLAIN);
  put(&out, ", ");
  put_size(&out, file->size);
  if (time_of_log(file->name, &seconds)) {
    put(&out, ", ");
    put_time(&out, seconds, "UTC");
  }
  put(&out, "\n");
}

static void put_stretch(const struct damage *damage)
{
  int is_torn = damage->kind == KEVO_DAMAGE_TORN_TAIL;

  put(&out, "  ");
  put_styled(BAD, is_torn ? "torn tail" : "corruption");
  put(&out, " at ");
  put_grouped(&out, damage->offset);
  put(&out, ", ");
  put_counted(&out, damage->length, "byte", "bytes");
  put(&out, ": ");
  put(&out, damage->what);
  put(&out, "\n    lost: ");
  put(&out, is_torn ? "the write that was interrupted" : "what was written in these bytes");
  put(&out, "\n");
}

static void put_stretches(const struct map *map)
{
  struct damage damage;
  size_t i;

  for (i = 0; i < map->stretches && i < SHOWN_STRETCHES; i++) {
    if (recovery_damage(map->recovery, map->damage + i, &damage))
      put_stretch(&damage);
  }
  if (map->stretches > SHOWN_STRETCHES) {
    put(&out, "  and ");
    put_counted(&out, map->stretches - SHOWN_STRETCHES, "stretch", "stretches");
    put(&out, " of damage more, which --json lists\n");
  }
}

static void put_file(const struct map *map)
{
  put_heading(map->file);
  if (map->file->size > 0)
    put_bar(map);
  put_stretches(map);
  if (map->was_reached && map->read < map->file->size) {
    put(&out, "  reading stopped at ");
    put_grouped(&out, map->read);
    put(&out, "\n");
  }
}

static void put_legend(void)
{
  put(&out, "\n  ");
  put_cells(INTACT, 1);
  put(&out, " intact  ");
  put_cells(DAMAGED, 1);
  put(&out, " damaged  ");
  put_cells(NOT_READ, 1);
  put(&out, " not read\n");
}

static void put_rest(uint64_t count, const char *what)
{
  if (count > 0) {
    put(&out, "\n  and ");
    put_counted(&out, count, "file", "files");
    put(&out, what);
  }
}

/* Takes the stretches of the file, which are the next in the report, and what was read of it. */
static void look(struct map *map, const struct stop *stop, int *has_stopped)
{
  struct damage damage;

  map->damage += map->stretches;
  map->stretches = 0;
  while (recovery_damage(map->recovery, map->damage + map->stretches, &damage) &&
         strcmp(damage.file, map->file->path) == 0)
    map->stretches++;
  map->was_reached = !*has_stopped;
  map->read = map->was_reached ? map->file->size : 0;
  if (stop->file != NULL && strcmp(stop->file, map->file->path) == 0) {
    *has_stopped = 1;
    map->read = stop->offset < map->file->size ? stop->offset : map->file->size;
  }
}

void map_put(const struct recovery *recovery, const struct files *files, const struct stop *stop)
{
  struct map map = {recovery, NULL, 0, 0, 0, 0};
  uint64_t intact = 0, not_read = 0;
  int has_stopped = 0;
  size_t i;

  for (i = 0; i < files->count; i++) {
    map.file = &files->logs[i];
    look(&map, stop, &has_stopped);
    if (files->count <= SHOWN_FILES || map.stretches > 0 || (map.was_reached && has_stopped))
      put_file(&map);
    else if (map.was_reached)
      intact++;
    else
      not_read++;
  }
  put_rest(intact, " without damage\n");
  put_rest(not_read, " not read\n");
  if (files->count > 0)
    put_legend();
}
