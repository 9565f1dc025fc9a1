/*
 * Goes on writing where the log ended. What was read before a write stays as it was: a value that was got points to
 * the same bytes, and an iterator goes on seeing the list of the moment at which it was made.
 *
 * The writes are in memory only; the log on disk is never touched.
 *
 * usage: write WAL_DIR KEY (the key must be in the log)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

static void show_slice(const char *before, kevo_slice slice, const char *after)
{
  printf("%s", before);
  fwrite(slice.data, 1, slice.len, stdout);
  printf("%s", after);
}

static int show_all(kevo_iterator *iterator, const char *title)
{
  kevo_entry entry;
  int code;

  printf("%s\n", title);
  while ((code = kevo_iterator_next(iterator)) == KEVO_OK) {
    code = kevo_iterator_entry(iterator, &entry);
    if (code != KEVO_OK)
      break;
    show_slice("  ", entry.key, " = ");
    show_slice("", entry.value, "\n");
  }
  return code == KEVO_END ? KEVO_OK : code;
}

static int write_and_compare(kevo_memtable_list *list, const char *key)
{
  const size_t len = strlen(key);
  const uint64_t next = kevo_memtable_list_max_sequence(list) + 1;
  kevo_iterator *before = NULL, *after = NULL;
  kevo_slice old_value, new_value;
  int code = kevo_memtable_list_get(list, key, len, KEVO_SEQUENCE_LATEST, &old_value, NULL);

  if (code == KEVO_OK)
    code = kevo_memtable_list_iterator(list, NULL, &before); /* no scan: everything */

  /* Key and value are copied: the buffers may be reused as soon as the call is over. */
  if (code == KEVO_OK)
    code = kevo_memtable_list_put(list, key, len, "changed", 7, next);
  if (code == KEVO_OK)
    code = kevo_memtable_list_put(list, "brand-new", 9, "added", 5, next + 1);
  if (code == KEVO_OK)
    code = kevo_memtable_list_get(list, key, len, KEVO_SEQUENCE_LATEST, &new_value, NULL);
  if (code == KEVO_OK) {
    show_slice("the value got before the write: ", old_value, "\n");
    show_slice("the value got after it:         ", new_value, "\n");
    code = show_all(before, "the iterator made before the write");
  }

  if (code == KEVO_OK)
    code = kevo_memtable_list_delete(list, key, len, next + 2);
  if (code == KEVO_OK)
    code = kevo_memtable_list_iterator(list, NULL, &after);
  if (code == KEVO_OK)
    code = show_all(after, "an iterator made after one more write, a delete");

  kevo_iterator_free(before);
  kevo_iterator_free(after);
  return code;
}

int main(int argc, char **argv)
{
  kevo_memtable_list *list;
  kevo_error *error;
  int code;

  if (argc != 3) {
    fprintf(stderr, "usage: write WAL_DIR KEY\n");
    return 2;
  }
  if (kevo_recover(argv[1], NULL, &list, NULL, &error) != KEVO_OK) {
    fprintf(stderr, "%s\n", kevo_error_message(error));
    kevo_error_free(error);
    return EXIT_FAILURE;
  }

  code = write_and_compare(list, argv[2]);
  if (code != KEVO_OK) /* KEVO_NOT_FOUND or KEVO_DELETED, or a failure */
    fprintf(stderr, "%s\n", kevo_strerror(code));

  kevo_memtable_list_free(list);
  return code == KEVO_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
