/*
 * A backup of a database that is in use: a second database, whole or not there, which is verified and opened.
 *
 * usage: backup DIRECTORY COPY (COPY must not be there)
 */
#include <inttypes.h>
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

/* How far it has got. For a large database: a progress bar. */
static int tell(void *user, uint64_t done, uint64_t total)
{
  if (done == total)
    printf("%s: done\n", (const char *)user);
  return 0; /* go on */
}

static void show(const char *title, kevo_db *db)
{
  kevo_iterator *iterator;
  kevo_entry entry;
  kevo_error *error;

  printf("%s:", title);
  need(kevo_db_iterator(db, NULL, NULL, &iterator, &error), error);
  while (kevo_iterator_next(iterator) == KEVO_OK && kevo_iterator_entry(iterator, &entry) == KEVO_OK)
    printf(" %.*s=%.*s", (int)entry.key.len, (const char *)entry.key.data, (int)entry.value.len,
           (const char *)entry.value.data);
  printf("\n");
  kevo_iterator_free(iterator);
}

int main(int argc, char **argv)
{
  kevo_recovery_report *report;
  kevo_error *error;
  kevo_db *db, *copy;

  if (argc != 3) {
    fprintf(stderr, "usage: backup DIRECTORY COPY\n");
    return 2;
  }
  need(kevo_db_open(argv[1], NULL, &db, NULL, &error), error);
  put(db, "apples", "3");
  put(db, "pears", "5");
  need(kevo_db_checkpoint(db, argv[2], tell, "checkpoint", &error), error);
  put(db, "apples", "4"); /* the copy does not see this */
  if (kevo_db_checkpoint(db, argv[2], NULL, NULL, &error) == KEVO_E_EXISTS) {
    printf("a second one: %s\n", kevo_strerror(kevo_error_code(error)));
    kevo_error_free(error);
  }

  need(kevo_db_open(argv[2], NULL, &copy, NULL, &error), error);
  need(kevo_db_verify(copy, NULL, NULL, &report, &error), error);
  printf("verified: %zu damaged stretches\n", kevo_recovery_report_damage_count(report));
  kevo_recovery_report_free(report);
  show("the database", db);
  show("the copy", copy);

  need(kevo_db_close(copy, &error), error);
  need(kevo_db_close(db, &error), error);
  return EXIT_SUCCESS;
}
