/*
 * Runs into every error that a caller can run into, and shows what is known about each.
 *
 * KEVO_E_NO_MEMORY and KEVO_E_PANIC (a bug in the library) are not here, because a program cannot provoke them. Handle
 * them like any other negative code.
 *
 * usage: errors WAL_DIR (a log that is damaged in the middle and not at its end)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

/* Prints all that is known about a failed recovery. The path, the offset and the OS error may each be missing. */
static void show_error(const kevo_error *error)
{
  printf("  code     %d: %s\n", kevo_error_code(error), kevo_strerror(kevo_error_code(error)));
  printf("  message  %s\n", kevo_error_message(error));
  if (kevo_error_path(error) != NULL)
    printf("  path     %s\n", kevo_error_path(error));
  if (kevo_error_offset(error) != UINT64_MAX)
    printf("  offset   %" PRIu64 "\n", kevo_error_offset(error));
  if (kevo_error_os_code(error) != 0)
    printf("  OS error %d\n", kevo_error_os_code(error));
}

/* After a failure there is a report too. It lists the damage up to and including the one that made recovery fail. */
static void show_report(const kevo_recovery_report *report)
{
  size_t i;

  for (i = 0; i < kevo_recovery_report_damage_count(report); i++) {
    const char *path, *what;
    uint64_t offset, length;
    int kind;

    if (kevo_recovery_report_damage(report, i, &path, &offset, &length, &kind, &what) == KEVO_OK)
      printf("  damage   %s: %" PRIu64 " bytes at %" PRIu64 ": %s (%s)\n", path, length, offset, what,
             kind == KEVO_DAMAGE_TORN_TAIL ? "torn tail" : "corruption");
  }
}

static void try_recovery(const char *title, const char *wal_dir, const kevo_recovery_options *options)
{
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  kevo_error *error;

  printf("%s\n", title);
  if (kevo_recover(wal_dir, options, &list, &report, &error) == KEVO_OK)
    printf("  recovered, unexpectedly\n");
  else
    show_error(error); /* list is NULL */
  show_report(report);

  kevo_error_free(error);
  kevo_recovery_report_free(report);
  kevo_memtable_list_free(list);
}

/* Runs on the thread that called kevo_recover. Anything but 0 ends the recovery. */
static int cancel(void *user, uint64_t bytes_done, uint64_t bytes_total)
{
  (void)bytes_done;
  (void)bytes_total;
  ++*(int *)user;
  return 1;
}

/* Only kevo_recover and kevo_memtable_list_export make a kevo_error. All others return a code, for kevo_strerror. */
static void show_code(const char *title, int code)
{
  printf("%s\n  code     %d: %s\n", title, code, kevo_strerror(code));
}

static int after_recovery(const char *wal_dir, kevo_recovery_options *options)
{
  unsigned char tiny[8], *packed;
  size_t needed = 0, used, count;
  kevo_memtable_list *list;
  kevo_memtable *table = NULL;
  kevo_iterator *iterator = NULL;
  int code;

  kevo_recovery_options_set_mode(options, KEVO_RECOVERY_SKIP_CORRUPTED);
  code = kevo_recover(wal_dir, options, &list, NULL, NULL); /* NULL: the code is enough */
  if (code == KEVO_OK)
    code = kevo_memtable_list_iterator(list, NULL, &iterator);
  if (code == KEVO_OK)
    code = kevo_memtable_list_table(list, 0, &table);
  if (code != KEVO_OK) {
    fprintf(stderr, "%s\n", kevo_strerror(code));
    kevo_iterator_free(iterator);
    kevo_memtable_list_free(list);
    return EXIT_FAILURE;
  }

  /* The iterator does not move, and `needed` says how large a buffer the next entry takes. */
  code = kevo_iterator_next_packed(iterator, tiny, sizeof tiny, &needed, &count);
  show_code("a buffer too small for one entry", code);
  packed = malloc(needed);
  if (packed != NULL) {
    code = kevo_iterator_next_packed(iterator, packed, needed, &used, &count);
    printf("  with %zu bytes: %d\n", needed, code);
  }
  free(packed);

  kevo_memtable_set_immutable(table);
  show_code("a write to a memtable that is immutable", kevo_memtable_put(table, "key", 3, "value", 5, 1000));

  kevo_memtable_free(table);
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
  static const char missing[] = "/missing";
  kevo_recovery_options *options = kevo_recovery_options_new();
  char *no_directory;
  int calls = 0;
  int status = EXIT_FAILURE;

  if (argc != 2) {
    fprintf(stderr, "usage: errors WAL_DIR\n");
    kevo_recovery_options_free(options);
    return 2;
  }
  no_directory = malloc(strlen(argv[1]) + sizeof missing);
  if (options != NULL && no_directory != NULL) {
    show_code("a mode that there is not", kevo_recovery_options_set_mode(options, 1000));

    sprintf(no_directory, "%s%s", argv[1], missing);
    try_recovery("a directory that there is not", no_directory, options);

    try_recovery("a damaged log", argv[1], options);

    kevo_recovery_options_set_mode(options, KEVO_RECOVERY_SKIP_CORRUPTED);
    kevo_recovery_options_set_memtable_size(options, 1000);
    try_recovery("more memtables than allowed", argv[1], options);
    kevo_recovery_options_set_memtable_size(options, 1000000);

    kevo_recovery_options_set_progress(options, cancel, &calls);
    try_recovery("a recovery that is cancelled", argv[1], options);
    printf("  after %d call of the callback\n", calls);
    kevo_recovery_options_set_progress(options, NULL, NULL);

    status = after_recovery(argv[1], options);
  }
  free(no_directory);
  kevo_recovery_options_free(options);
  return status;
}
