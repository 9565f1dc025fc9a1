#include "map.h"

#include <string.h>

#include "../common/bar.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/terminal.h"
#include "../common/text.h"
#include "times.h"

/* If there are more files than this, those that were read without damage, or were not read, are only counted. */
#define SHOWN_FILES 16

/* If a file has more stretches of damage than this, the others are only counted. --json lists all of them. */
#define SHOWN_STRETCHES 16

#define MARGIN 2

enum cell { INTACT, DAMAGED, NOT_READ };

struct map {
  const struct recovery *recovery;
  const struct log_file *file;
  uint64_t read;    /* how many bytes of the file were read, from its start */
  int was_reached;  /* reading came to this file */
  int is_last;      /* reading stopped in this file */
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

static void put_bar(const struct map *map)
{
  unsigned char cells[WIDEST];
  size_t width = terminal_width() - MARGIN;
  uint64_t size = map->file->size;
  struct damage damage;
  size_t i, run;

  memset(cells, NOT_READ, sizeof cells);
  if (map->read > 0)
    bar_paint(cells, width, INTACT, 0, map->read, size);
  for (i = 0; i < map->stretches && recovery_damage(map->recovery, map->damage + i, &damage); i++)
    bar_paint(cells, width, DAMAGED, damage.offset, damage.offset + damage.length, size);
  put(&out, "  ");
  for (i = 0; i < width; i += run) {
    run = bar_run(cells, width, i);
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
  if (time_of_log(log_name(file->path), &seconds)) {
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
    put(&out, " of damage more; --json lists all of them\n");
  }
}

/* Says why a file that is not the same as before has no bar. */
static void put_change(const struct log_file *file)
{
  put(&out, "  ");
  put_style(BAD);
  if (file->change == APPEARED)
    put(&out, "it appeared");
  else if (file->change == GONE)
    put(&out, "it was removed or renamed");
  else
    put(&out, "it was changed");
  put_style(PLAIN);
  put(&out, " while kevo-dump was reading the log");
  if (file->change == CHANGED) {
    put(&out, ", and now has ");
    put_size(&out, file->new_size);
  }
  put(&out, file->change == CHANGED ? ": it may have been read only in part\n" : ": it may not have been read\n");
}

static void put_file(const struct map *map)
{
  put_heading(map->file);
  if (map->file->change != UNCHANGED)
    put_change(map->file);
  else if (map->file->size > 0)
    put_bar(map);
  put_stretches(map);
  if (map->is_last && (map->read < map->file->size || map->file->change != UNCHANGED)) {
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

/* Goes on to this file: finds its stretches, which are the next in the report, and how much of it was read. */
static void go_to(struct map *map, const struct log_file *file, const struct stop *stop)
{
  struct damage damage;
  int order = stop->file != NULL ? compare_log_paths(file->path, stop->file) : -1;

  map->file = file;
  map->damage += map->stretches;
  map->stretches = 0;
  /* A file that was there only during the recovery can be damaged, and is not in the map. */
  while (recovery_damage(map->recovery, map->damage, &damage) && compare_log_paths(damage.file, file->path) < 0)
    map->damage++;
  while (recovery_damage(map->recovery, map->damage + map->stretches, &damage) &&
         strcmp(damage.file, file->path) == 0)
    map->stretches++;
  map->was_reached = order <= 0;
  map->is_last = order == 0;
  map->read = order < 0 ? file->size : 0;
  if (map->is_last)
    map->read = stop->offset < file->size || file->change != UNCHANGED ? stop->offset : file->size;
}

void map_put(const struct recovery *recovery, const struct files *files, const struct stop *stop)
{
  struct map map = {recovery, NULL, 0, 0, 0, 0, 0};
  uint64_t intact = 0, not_read = 0;
  size_t i;

  for (i = 0; i < files->count; i++) {
    go_to(&map, &files->logs[i], stop);
    if (files->count <= SHOWN_FILES || map.stretches > 0 || map.is_last || map.file->change != UNCHANGED)
      put_file(&map);
    else if (map.was_reached)
      intact++;
    else
      not_read++;
  }
  put_rest(intact, " without damage\n");
  put_rest(not_read, " not read\n");
  if (files->is_incomplete)
    put(&out, "\n  there are more files: there was no memory to list all of them\n");
  if (files->count > 0)
    put_legend();
}
