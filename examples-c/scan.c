/*
 * Scans a range of keys, from the lower bound up to but without the upper one: first upwards, then downwards.
 *
 * usage: scan WAL_DIR LOWER UPPER
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

static void show(const kevo_iterator *iterator)
{
  kevo_entry entry;

  if (kevo_iterator_entry(iterator, &entry) == KEVO_OK) {
    printf("  ");
    fwrite(entry.key.data, 1, entry.key.len, stdout);
    printf(" = ");
    fwrite(entry.value.data, 1, entry.value.len, stdout);
    printf("\n");
  }
}

static int scan_both_ways(const kevo_memtable_list *list, const char *lower, const char *upper)
{
  kevo_iterator *iterator = NULL;
  kevo_scan *scan = kevo_scan_new();
  int code = scan != NULL ? KEVO_OK : KEVO_E_NO_MEMORY;

  /* Every key is given once, in its newest version, and deleted keys are left out: kevo_scan_set_flags changes that. */
  if (code == KEVO_OK)
    code = kevo_scan_set_lower(scan, lower, strlen(lower), 1);
  if (code == KEVO_OK)
    code = kevo_scan_set_upper(scan, upper, strlen(upper), 0);
  if (code == KEVO_OK)
    code = kevo_memtable_list_iterator(list, scan, &iterator);
  kevo_scan_free(scan); /* the iterator has a copy; NULL is fine */
  if (code != KEVO_OK)
    return code;

  /* A new iterator stands before the first entry. */
  printf("upwards\n");
  while ((code = kevo_iterator_next(iterator)) == KEVO_OK)
    show(iterator);

  /* Now it stands after the last one. */
  if (code == KEVO_END) {
    printf("downwards\n");
    while ((code = kevo_iterator_prev(iterator)) == KEVO_OK)
      show(iterator);
  }

  kevo_iterator_free(iterator);
  return code == KEVO_END ? KEVO_OK : code;
}

int main(int argc, char **argv)
{
  kevo_memtable_list *list;
  kevo_error *error;
  int code;

  if (argc != 4) {
    fprintf(stderr, "usage: scan WAL_DIR LOWER UPPER\n");
    return 2;
  }
  if (kevo_recover(argv[1], NULL, &list, NULL, &error) != KEVO_OK) {
    fprintf(stderr, "%s\n", kevo_error_message(error));
    kevo_error_free(error);
    return EXIT_FAILURE;
  }

  code = scan_both_ways(list, argv[2], argv[3]);
  if (code != KEVO_OK)
    fprintf(stderr, "%s\n", kevo_strerror(code));

  kevo_memtable_list_free(list);
  return code == KEVO_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
