/*
 * Gets back what is left of a database that does not open. Nothing in the damaged one changes.
 *
 * usage: salvage DATABASE NEW-DATABASE (which must not be there)
 */
#include <stdio.h>
#include <stdlib.h>

#include "kevo.h"

static const char *kind_name(int kind)
{
  switch (kind) {
  case KEVO_DAMAGE_TORN_TAIL:
    return "a write that was interrupted";
  case KEVO_DAMAGE_CORRUPTION:
    return "damaged";
  case KEVO_DAMAGE_MISSING:
    return "missing";
  case KEVO_DAMAGE_DOUBT:
    return "in doubt";
  case KEVO_DAMAGE_REBUILT:
    return "made anew";
  default:
    return "not as it was";
  }
}

static void show(const kevo_recovery_report *report)
{
  const size_t count = kevo_recovery_report_damage_count(report);
  const char *path, *what;
  uint64_t offset, length;
  size_t i;
  int kind;

  for (i = 0; i < count; i++)
    if (kevo_recovery_report_damage(report, i, &path, &offset, &length, &kind, &what) == KEVO_OK)
      printf("%s, %llu bytes at offset %llu: %s (%s)\n", path, (unsigned long long)length, (unsigned long long)offset,
             kind_name(kind), what);
}

/* How many keys are in a database; -1 if that cannot be told. */
static long count_keys(const char *path)
{
  kevo_iterator *iterator;
  kevo_db *db;
  long count = 0;

  if (kevo_db_open(path, NULL, &db, NULL, NULL) != KEVO_OK)
    return -1;
  if (kevo_db_iterator(db, NULL, NULL, &iterator, NULL) != KEVO_OK) {
    kevo_db_close(db, NULL);
    return -1;
  }
  while (kevo_iterator_next(iterator) == KEVO_OK)
    count++;
  kevo_iterator_free(iterator);
  return kevo_db_close(db, NULL) == KEVO_OK ? count : -1;
}

int main(int argc, char **argv)
{
  kevo_recovery_report *report;
  kevo_error *error;
  int code;

  if (argc != 3) {
    fprintf(stderr, "usage: salvage DATABASE NEW-DATABASE\n");
    return 2;
  }
  code = kevo_db_salvage(argv[1], argv[2], NULL, &report, &error);
  show(report); /* also on failure: as far as it got */
  kevo_recovery_report_free(report);
  if (code != KEVO_OK) {
    fprintf(stderr, "%s\n", error != NULL ? kevo_error_message(error) : kevo_strerror(code));
    kevo_error_free(error);
    return EXIT_FAILURE;
  }
  printf("%ld keys are in the new database\n", count_keys(argv[2]));
  return EXIT_SUCCESS;
}
