/*
 * Snapshots and iterators: a reader sees one moment, whatever is written meanwhile, and an iterator can be brought to
 * now.
 *
 * usage: snapshots DIRECTORY (which is made if it is not there)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

static void need(int code, kevo_error *error)
{
  if (code >= 0)
    return;
  fprintf(stderr, "%s\n", error != NULL ? kevo_error_message(error) : kevo_strerror(code));
  exit(EXIT_FAILURE);
}

static void put(kevo_db *db, const char *key, const char *value)
{
  kevo_error *error;

  need(kevo_db_put(db, key, strlen(key), value, strlen(value), 0, &error), error);
}

static void show(const char *title, kevo_iterator *iterator, int (*step)(kevo_iterator *))
{
  kevo_entry entry;

  printf("%s\n ", title);
  while (step(iterator) == KEVO_OK && kevo_iterator_entry(iterator, &entry) == KEVO_OK)
    printf(" %.*s=%.*s", (int)entry.key.len, (const char *)entry.key.data, (int)entry.value.len,
           (const char *)entry.value.data);
  printf("\n");
}

int main(int argc, char **argv)
{
  kevo_scan *towns = kevo_scan_new();
  kevo_iterator *before, *now;
  kevo_snapshot *snapshot;
  kevo_error *error;
  kevo_db *db;

  if (argc != 2 || towns == NULL) {
    fprintf(stderr, "usage: snapshots DIRECTORY\n");
    return 2;
  }
  need(kevo_db_open(argv[1], NULL, &db, NULL, &error), error);
  put(db, "river/elbe", "1094");
  put(db, "town/bonn", "10");
  put(db, "town/trier", "20");
  need(kevo_db_snapshot(db, &snapshot, &error), error);

  need(kevo_scan_set_prefix(towns, "town/", 5), NULL);
  need(kevo_db_iterator(db, snapshot, towns, &before, &error), error);
  need(kevo_db_iterator(db, NULL, towns, &now, &error), error);

  put(db, "town/bonn", "11");
  put(db, "town/jena", "30");
  need(kevo_db_delete(db, "town/trier", 10, 0, &error), error);
  need(kevo_db_compact(db, NULL, 0, NULL, 0, NULL, NULL, &error), error); /* not even that disturbs a snapshot */

  show("the snapshot:", before, kevo_iterator_next);
  show("backward:", before, kevo_iterator_prev);
  show("an iterator from before the writes:", now, kevo_iterator_next);
  need(kevo_iterator_refresh(now, &error), error);
  show("the same one, brought to now:", now, kevo_iterator_next);

  need(kevo_db_close(db, &error), error);
  show("the snapshot, after the database was closed:", before, kevo_iterator_next);

  kevo_iterator_free(before);
  kevo_iterator_free(now);
  kevo_snapshot_free(snapshot);
  kevo_scan_free(towns);
  return EXIT_SUCCESS;
}
