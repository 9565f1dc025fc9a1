/* Logs and handles to try things on. */
#include "harness.h"

const char *fixtures;
const char *scratch;

/* Ends the program: without this handle no test can go on. */
static void give_up(const char *what, const char *why)
{
  printf("%s: %s\n", what, why);
  exit(EXIT_FAILURE);
}

const char *path_of(const char *directory, const char *below)
{
  static char paths[32][4096];
  static unsigned turn;
  char *path = paths[turn++ % COUNT(paths)];

  if (strlen(directory) + strlen(below) + 2 > sizeof paths[0])
    give_up(directory, "too long a path");
  sprintf(path, "%s/%s", directory, below);
  return path;
}

const char *fixture(const char *name)
{
  return path_of(path_of(fixtures, name), "wal");
}

kevo_memtable_list *recover(const char *wal_dir, const kevo_recovery_options *options)
{
  kevo_memtable_list *list = NULL;
  kevo_error *error = NULL;

  if (kevo_recover(wal_dir, options, &list, NULL, &error) != KEVO_OK || list == NULL)
    give_up(wal_dir, error != NULL ? kevo_error_message(error) : "not recovered");
  kevo_error_free(error);
  return list;
}

kevo_memtable_list *empty_list(void)
{
  return recover(scratch, NULL);
}

kevo_memtable_list *empty_list_with(int order, uint64_t memtable_size)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list;

  OK(kevo_recovery_options_set_order(options, order));
  OK(kevo_recovery_options_set_memtable_size(options, memtable_size));
  OK(kevo_recovery_options_set_max_memtables(options, 1));
  list = recover(scratch, options);
  kevo_recovery_options_free(options);
  return list;
}

kevo_memtable_list *letters(void)
{
  kevo_memtable_list *list = empty_list();

  put(list, "g", "g", 1);
  put(list, "e", "e", 2);
  put(list, "c", "c", 3);
  put(list, "a", "a", 4);
  put(list, "c", "C", 5);
  delete(list, "e", 6);
  return list;
}

kevo_memtable *memtable_of(const kevo_memtable_list *list, size_t index)
{
  kevo_memtable *memtable = NULL;

  if (kevo_memtable_list_table(list, index, &memtable) != KEVO_OK || memtable == NULL)
    give_up("kevo_memtable_list_table", "there is no such memtable");
  return memtable;
}

kevo_iterator *iterator_of(const kevo_memtable_list *list, const kevo_scan *scan)
{
  kevo_iterator *iterator = NULL;

  if (kevo_memtable_list_iterator(list, scan, &iterator) != KEVO_OK || iterator == NULL)
    give_up("kevo_memtable_list_iterator", "there is no iterator");
  return iterator;
}

kevo_scan *scan_with(uint32_t flags, uint64_t max_sequence)
{
  kevo_scan *scan = kevo_scan_new();

  OK(kevo_scan_set_flags(scan, flags));
  OK(kevo_scan_set_max_sequence(scan, max_sequence));
  return scan;
}

void put(kevo_memtable_list *list, const char *key, const char *value, uint64_t sequence)
{
  OK(kevo_memtable_list_put(list, key, strlen(key), value, strlen(value), sequence));
}

void delete(kevo_memtable_list *list, const char *key, uint64_t sequence)
{
  OK(kevo_memtable_list_delete(list, key, strlen(key), sequence));
}

int get_code(const kevo_memtable_list *list, const char *key, uint64_t max_sequence)
{
  return kevo_memtable_list_get(list, key, strlen(key), max_sequence, NULL, NULL);
}

kevo_slice value_of(const kevo_memtable_list *list, const char *key, uint64_t max_sequence)
{
  kevo_slice value = marked_slice();

  OK(kevo_memtable_list_get(list, key, strlen(key), max_sequence, &value, NULL));
  return is_marked(value) ? slice_of("") : value;
}
