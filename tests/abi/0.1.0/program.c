/*
 * A program of the time of kevo 0.1.0, compiled with the kevo.h beside it, and not to be changed: it has to work with
 * every later library of the same soname.
 *
 * usage: program WAL_DIR (that of tests/fixtures/basic)
 */
#include <stdio.h>
#include <string.h>

#include "kevo.h"

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                           \
      return 1;                                                                                                        \
    }                                                                                                                  \
  } while (0)

static int is(kevo_slice slice, const char *text)
{
  return slice.len == strlen(text) && memcmp(slice.data, text, slice.len) == 0;
}

static int on_progress(void *user, uint64_t bytes_done, uint64_t bytes_total)
{
  *(int *)user += bytes_done <= bytes_total;
  return 0;
}

static int errors_are_told(void)
{
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  kevo_error *error;

  CHECK(kevo_recover("no/such/directory", NULL, &list, &report, &error) == KEVO_E_IO);
  CHECK(list == NULL && report != NULL && kevo_error_code(error) == KEVO_E_IO && kevo_error_os_code(error) != 0);
  CHECK(strcmp(kevo_error_path(error), "no/such/directory") == 0 && kevo_error_offset(error) == UINT64_MAX);
  CHECK(kevo_error_message(error)[0] != '\0' && kevo_strerror(KEVO_E_IO)[0] != '\0');
  kevo_error_free(error);
  kevo_recovery_report_free(report);
  return 0;
}

static int a_log_comes_back(const char *wal_dir, kevo_memtable_list **list)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_recovery_report *report;
  int calls = 0;

  CHECK(kevo_recovery_options_set_mode(options, KEVO_RECOVERY_ABSOLUTE) == KEVO_OK);
  CHECK(kevo_recovery_options_set_order(options, KEVO_ORDER_LOG) == KEVO_OK);
  CHECK(kevo_recovery_options_set_max_sequence(options, KEVO_SEQUENCE_LATEST) == KEVO_OK);
  CHECK(kevo_recovery_options_set_max_memtables(options, 4) == KEVO_OK);
  CHECK(kevo_recovery_options_set_memtable_size(options, 1 << 20) == KEVO_OK);
  CHECK(kevo_recovery_options_set_include_set_aside(options, 0) == KEVO_OK);
  CHECK(kevo_recovery_options_set_threads(options, 1) == KEVO_OK);
  CHECK(kevo_recovery_options_set_progress(options, on_progress, &calls) == KEVO_OK);
  CHECK(kevo_recover(wal_dir, options, list, &report, NULL) == KEVO_OK);
  CHECK(calls > 0);
  CHECK(kevo_recovery_report_stat(report, KEVO_STAT_FILES) == 1);
  CHECK(kevo_recovery_report_stat(report, KEVO_STAT_ENTRIES_APPLIED) == 4);
  CHECK(kevo_recovery_report_damage_count(report) == 0);
  CHECK(kevo_recovery_report_damage(report, 0, NULL, NULL, NULL, NULL, NULL) == KEVO_E_INVALID_ARGUMENT);
  kevo_recovery_report_free(report);
  kevo_recovery_options_free(options);
  return 0;
}

static int lookups_answer(const kevo_memtable_list *list)
{
  kevo_slice keys[2] = {{"key1", 4}, {"key2", 4}}, values[2], value;
  uint64_t sequence;
  int codes[2];

  CHECK(kevo_memtable_list_count(list) == 1 && kevo_memtable_list_max_sequence(list) == 4);
  CHECK(kevo_memtable_list_get(list, "key2", 4, KEVO_SEQUENCE_LATEST, &value, &sequence) == KEVO_OK);
  CHECK(is(value, "value2") && sequence == 2);
  CHECK(kevo_memtable_list_get(list, "key4", 4, KEVO_SEQUENCE_LATEST, NULL, NULL) == KEVO_NOT_FOUND);
  CHECK(kevo_memtable_list_multi_get(list, keys, 2, KEVO_SEQUENCE_LATEST, values, codes) == KEVO_OK);
  CHECK(codes[0] == KEVO_DELETED && codes[1] == KEVO_OK && is(values[1], "value2"));
  return 0;
}

static int scans_go_both_ways(const kevo_memtable_list *list)
{
  kevo_scan *scan = kevo_scan_new();
  kevo_iterator *iterator;
  kevo_entry entry, entries[4];
  unsigned char packed[24 + 4 + 6];
  size_t count, used;

  CHECK(kevo_scan_set_lower(scan, "key1", 4, 0) == KEVO_OK && kevo_scan_set_upper(scan, "key3", 4, 1) == KEVO_OK);
  CHECK(kevo_scan_set_prefix(scan, "key", 3) == KEVO_OK && kevo_scan_set_max_sequence(scan, 4) == KEVO_OK);
  CHECK(kevo_scan_set_flags(scan, KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES) == KEVO_OK);
  CHECK(kevo_memtable_list_iterator(list, scan, &iterator) == KEVO_OK);
  kevo_scan_free(scan);
  CHECK(kevo_iterator_first(iterator) == KEVO_OK && kevo_iterator_entry(iterator, &entry) == KEVO_OK);
  CHECK(is(entry.key, "key2") && is(entry.value, "value2") && entry.sequence == 2 && entry.op == KEVO_OP_PUT);
  CHECK(entry.reserved == 0);
  CHECK(kevo_iterator_next(iterator) == KEVO_OK && kevo_iterator_next(iterator) == KEVO_END);
  CHECK(kevo_iterator_last(iterator) == KEVO_OK && kevo_iterator_prev(iterator) == KEVO_OK);
  CHECK(kevo_iterator_seek(iterator, "key3", 4) == KEVO_OK);
  CHECK(kevo_iterator_seek_for_prev(iterator, "key", 3) == KEVO_END);
  CHECK(kevo_iterator_next_packed(iterator, packed, sizeof packed, &used, &count) == KEVO_OK);
  CHECK(used == sizeof packed && count == 1 && memcmp(packed + 24, "key2value2", 10) == 0);
  CHECK(kevo_iterator_next_batch(iterator, entries, 4, &count) == KEVO_OK && count == 1);
  CHECK(is(entries[0].key, "key3"));
  kevo_iterator_free(iterator);
  return 0;
}

static int an_export_wants_a_directory_of_its_own(const kevo_memtable_list *list, const char *wal_dir)
{
  uint64_t entries = 7, memtable_size = 7;

  CHECK(kevo_memtable_list_export(list, wal_dir, KEVO_EXPORT_NEWEST_ONLY, &entries, &memtable_size, NULL) == KEVO_E_IO);
  CHECK(entries == 7 && memtable_size == 7);
  return 0;
}

static int writes_show(kevo_memtable_list *list)
{
  kevo_memtable *table;
  kevo_memtable_list *same = kevo_memtable_list_ref(list);
  kevo_iterator *iterator;
  kevo_slice value;

  CHECK(kevo_memtable_list_put(list, "key4", 4, "value4", 6, 5) == KEVO_OK);
  CHECK(kevo_memtable_list_delete(list, "key2", 4, 6) == KEVO_OK);
  CHECK(kevo_memtable_list_get(same, "key2", 4, KEVO_SEQUENCE_LATEST, NULL, NULL) == KEVO_DELETED);
  CHECK(kevo_memtable_list_table(list, 0, &table) == KEVO_OK);
  CHECK(kevo_memtable_get(table, "key4", 4, KEVO_SEQUENCE_LATEST, &value, NULL) == KEVO_OK && is(value, "value4"));
  CHECK(kevo_memtable_put(table, "key5", 4, NULL, 0, 7) == KEVO_OK && kevo_memtable_delete(table, "k", 1, 8) == KEVO_OK);
  CHECK(kevo_memtable_iterator(table, NULL, &iterator) == KEVO_OK && kevo_iterator_next(iterator) == KEVO_OK);
  kevo_iterator_free(iterator);
  CHECK(kevo_memtable_entry_count(table) == 8 && kevo_memtable_next_sequence(table) == 9);
  CHECK(kevo_memtable_approximate_size(table) > 0 && kevo_memtable_age_seconds(table) >= 0);
  CHECK(!kevo_memtable_is_immutable(table) && kevo_memtable_set_immutable(table) == KEVO_OK);
  CHECK(kevo_memtable_is_immutable(table) && kevo_memtable_put(table, "k", 1, "v", 1, 9) == KEVO_E_IMMUTABLE);
  kevo_memtable_list_free(list);
  kevo_memtable_free(table);
  kevo_memtable_list_free(same);
  return 0;
}

int main(int argc, char **argv)
{
  kevo_memtable_list *list;

  CHECK(argc == 2 && KEVO_VERSION_NUMBER == 1000);
  CHECK(kevo_abi_check(KEVO_VERSION_NUMBER) == KEVO_OK && kevo_version_number() >= KEVO_VERSION_NUMBER);
  CHECK(kevo_version_string()[0] != '\0');
  return errors_are_told() || a_log_comes_back(argv[1], &list) || lookups_answer(list) || scans_go_both_ways(list) ||
         an_export_wants_a_directory_of_its_own(list, argv[1]) || writes_show(list);
}
