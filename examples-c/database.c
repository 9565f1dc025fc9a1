/*
 * A durable key-value store: what was written is there when the program is run again, whatever ended it.
 *
 * usage: database DIRECTORY (which is made if it is not there)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

/* Shows what went wrong, and ends the program. */
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

static void show(kevo_db *db, const char *key, kevo_pinned *pinned)
{
  kevo_slice value;
  kevo_error *error;
  const int code = kevo_db_get(db, NULL, key, strlen(key), pinned, &value, &error);

  need(code, error);
  if (code == KEVO_OK) /* the value is in pinned, until it is used again */
    printf("%s is %.*s\n", key, (int)value.len, (const char *)value.data);
  else
    printf("%s: %s\n", key, kevo_strerror(code));
}

static void show_all(kevo_db *db)
{
  kevo_iterator *iterator;
  kevo_entry entry;
  kevo_error *error;

  need(kevo_db_iterator(db, NULL, NULL, &iterator, &error), error);
  while (kevo_iterator_next(iterator) == KEVO_OK && kevo_iterator_entry(iterator, &entry) == KEVO_OK)
    printf("  %.*s = %.*s\n", (int)entry.key.len, (const char *)entry.key.data, (int)entry.value.len,
           (const char *)entry.value.data);
  if (kevo_iterator_error(iterator) != NULL)
    fprintf(stderr, "%s\n", kevo_error_message(kevo_iterator_error(iterator)));
  kevo_iterator_free(iterator);
}

int main(int argc, char **argv)
{
  kevo_pinned *pinned = kevo_pinned_new();
  kevo_batch *batch = kevo_batch_new();
  kevo_error *error;
  kevo_db *db;

  if (argc != 2 || pinned == NULL || batch == NULL) {
    fprintf(stderr, "usage: database DIRECTORY\n");
    return 2;
  }
  need(kevo_db_open(argv[1], NULL, &db, NULL, &error), error);
  put(db, "apples", "3");
  put(db, "pears", "5");
  show(db, "apples", pinned);
  show(db, "plums", pinned);

  /* Both or none, in every crash. */
  need(kevo_batch_put(batch, "apples", 6, "4", 1), NULL);
  need(kevo_batch_put(batch, "plums", 5, "1", 1), NULL);
  need(kevo_batch_delete(batch, "pears", 5), NULL);
  need(kevo_db_write(db, batch, 0, NULL, &error), error);
  show_all(db);

  need(kevo_db_close(db, &error), error);
  need(kevo_db_open(argv[1], NULL, &db, NULL, &error), error);
  printf("after it was closed and opened again:\n");
  show_all(db);
  need(kevo_db_close(db, &error), error);
  kevo_batch_free(batch);
  kevo_pinned_free(pinned);
  return EXIT_SUCCESS;
}
