/*
 * Reads the past: what a key was at earlier sequence numbers, and then every version of it that the log holds.
 *
 * usage: past WAL_DIR KEY SEQUENCE...
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

/* The newest version of the key that is no newer than the sequence number. */
static int show_at(const kevo_memtable_list *list, const char *key, uint64_t sequence)
{
  kevo_slice value;
  int code = kevo_memtable_list_get(list, key, strlen(key), sequence, &value, NULL);

  printf("at %" PRIu64 ": ", sequence);
  if (code == KEVO_OK) {
    fwrite(value.data, 1, value.len, stdout);
    printf("\n");
  } else if (code == KEVO_DELETED) {
    printf("deleted\n");
  } else if (code == KEVO_NOT_FOUND) {
    printf("not there yet\n");
  }
  return code < 0 ? code : KEVO_OK;
}

/* All versions, newest first, deletes too. kevo_scan_set_max_sequence would leave out those above a number. */
static int show_history(const kevo_memtable_list *list, const char *key)
{
  kevo_iterator *iterator = NULL;
  kevo_entry entry;
  kevo_scan *scan = kevo_scan_new();
  int code = scan != NULL ? KEVO_OK : KEVO_E_NO_MEMORY;

  if (code == KEVO_OK)
    code = kevo_scan_set_flags(scan, KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES);
  if (code == KEVO_OK)
    code = kevo_scan_set_lower(scan, key, strlen(key), 1);
  if (code == KEVO_OK)
    code = kevo_scan_set_upper(scan, key, strlen(key), 1);
  if (code == KEVO_OK)
    code = kevo_memtable_list_iterator(list, scan, &iterator);

  printf("all versions\n");
  while (code == KEVO_OK && (code = kevo_iterator_next(iterator)) == KEVO_OK) {
    code = kevo_iterator_entry(iterator, &entry);
    if (code == KEVO_OK && entry.op == KEVO_OP_DELETE) {
      printf("  %" PRIu64 ": deleted\n", entry.sequence);
    } else if (code == KEVO_OK) {
      printf("  %" PRIu64 ": ", entry.sequence);
      fwrite(entry.value.data, 1, entry.value.len, stdout);
      printf("\n");
    }
  }

  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  return code == KEVO_END ? KEVO_OK : code;
}

int main(int argc, char **argv)
{
  kevo_memtable_list *list;
  kevo_error *error;
  int code = KEVO_OK;
  int i;

  if (argc < 3) {
    fprintf(stderr, "usage: past WAL_DIR KEY SEQUENCE...\n");
    return 2;
  }
  if (kevo_recover(argv[1], NULL, &list, NULL, &error) != KEVO_OK) {
    fprintf(stderr, "%s\n", kevo_error_message(error));
    kevo_error_free(error);
    return EXIT_FAILURE;
  }

  for (i = 3; i < argc && code == KEVO_OK; i++)
    code = show_at(list, argv[2], strtoumax(argv[i], NULL, 10));
  if (code == KEVO_OK)
    code = show_history(list, argv[2]);
  if (code != KEVO_OK)
    fprintf(stderr, "%s\n", kevo_strerror(code));

  kevo_memtable_list_free(list);
  return code == KEVO_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
