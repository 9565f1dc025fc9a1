/* Databases: lookups, snapshots, iterators, and how long what they give lives. */
#include "harness.h"

static void test_get(void)
{
  kevo_db *db = new_database();
  kevo_pinned *pinned = kevo_pinned_new();
  kevo_slice value = marked_slice(), key;
  kevo_error *error = NULL;

  CHECK_CODE(kevo_db_get(db, NULL, "key", 3, pinned, &value, &error), KEVO_NOT_FOUND);
  CHECK(is_marked(value) && error == NULL);
  db_put(db, "key", "next");
  db_put(db, "next", "last");
  db_delete(db, "gone");
  OK(kevo_db_get(db, NULL, "key", 3, pinned, &value, NULL));
  CHECK_SLICE(value, "next");
  OK(kevo_db_get(db, NULL, value.data, value.len, pinned, &value, NULL)); /* the key is in the pin */
  CHECK_SLICE(value, "last");
  value = marked_slice();
  CHECK_CODE(kevo_db_get(db, NULL, "gone", 4, pinned, &value, NULL), KEVO_DELETED);
  CHECK(is_marked(value));
  OK(kevo_db_get(db, NULL, "key", 3, NULL, NULL, NULL));
  OK(kevo_db_get(db, NULL, "key", 3, pinned, NULL, NULL));
  INVALID(kevo_db_get(db, NULL, "key", 3, NULL, &value, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "pinned", __LINE__);
  INVALID(kevo_db_get(db, NULL, NULL, 3, pinned, &value, NULL));
  CHECK(is_marked(value));

  /* In a table; the next key is in the block that the pin holds. */
  OK(kevo_db_flush(db, NULL));
  OK(kevo_db_get(db, NULL, "key", 3, pinned, &value, NULL));
  key = value;
  OK(kevo_db_get(db, NULL, key.data, key.len, pinned, &value, NULL));
  CHECK_SLICE(value, "last");

  /* What is pinned outlives what replaces it, and the database. */
  db_put(db, "next", "other");
  OK(kevo_db_compact(db, NULL, 0, NULL, 0, NULL, NULL, NULL));
  CHECK_SLICE(value, "last");
  end_database(db);
  CHECK_SLICE(value, "last");
  kevo_pinned_reset(pinned);
  kevo_pinned_free(pinned);
}

static void test_get_copy(void)
{
  kevo_db *db = new_database();
  char buffer[8] = "-------";
  size_t len = MARKED_NUMBER;
  kevo_error *error = NULL;

  CHECK_CODE(kevo_db_get_copy(db, NULL, "key", 3, buffer, sizeof buffer, &len, &error), KEVO_NOT_FOUND);
  CHECK(len == MARKED_NUMBER && error == NULL);
  db_put(db, "key", "value");
  db_put(db, "empty", "");
  db_delete(db, "gone");
  CHECK_CODE(kevo_db_get_copy(db, NULL, "gone", 4, buffer, sizeof buffer, &len, NULL), KEVO_DELETED);
  CHECK_NUMBER(len, MARKED_NUMBER);
  OK(kevo_db_get_copy(db, NULL, "key", 3, NULL, 0, &len, &error));
  CHECK_NUMBER(len, 5);
  len = 0;
  CHECK_CODE(kevo_db_get_copy(db, NULL, "key", 3, buffer, 0, &len, NULL), KEVO_E_BUFFER_TOO_SMALL);
  CHECK_NUMBER(len, 5);
  len = 0;
  CHECK_CODE(kevo_db_get_copy(db, NULL, "key", 3, buffer, 4, &len, &error), KEVO_E_BUFFER_TOO_SMALL);
  check_error(error, KEVO_E_BUFFER_TOO_SMALL, "5 bytes", __LINE__);
  CHECK_NUMBER(len, 5);
  CHECK_STRING(buffer, "-------");
  OK(kevo_db_get_copy(db, NULL, "key", 3, buffer, 5, &len, NULL));
  CHECK_STRING(buffer, "value--");
  OK(kevo_db_get_copy(db, NULL, "empty", 5, NULL, 0, &len, NULL));
  CHECK_NUMBER(len, 0);
  INVALID(kevo_db_get_copy(db, NULL, "key", 3, buffer, sizeof buffer, NULL, NULL));
  INVALID(kevo_db_get_copy(db, NULL, "key", 3, NULL, 8, &len, NULL));
  INVALID(kevo_db_get_copy(db, NULL, NULL, 3, buffer, sizeof buffer, &len, NULL));
  CHECK_NUMBER(len, 0);
  end_database(db);
}

static void test_multi_get(void)
{
  kevo_db *db = new_database();
  kevo_pinned *pinned = kevo_pinned_new();
  kevo_slice keys[4], values[4];
  int codes[4] = {MARKED_CODE, MARKED_CODE, MARKED_CODE, MARKED_CODE};
  kevo_error *error = NULL;

  db_put(db, "a", "in a table");
  OK(kevo_db_flush(db, NULL));
  db_put(db, "b", "d");
  db_delete(db, "c");
  db_put(db, "d", "after b");
  keys[0] = slice_of("a");
  keys[1] = slice_of("b");
  keys[2] = slice_of("c");
  keys[3] = slice_of("x");
  values[2] = values[3] = marked_slice();
  OK(kevo_db_multi_get(db, NULL, keys, 4, pinned, values, codes, &error));
  CHECK_CODE(codes[0], KEVO_OK);
  CHECK_CODE(codes[1], KEVO_OK);
  CHECK_CODE(codes[2], KEVO_DELETED);
  CHECK_CODE(codes[3], KEVO_NOT_FOUND);
  CHECK_SLICE(values[0], "in a table");
  CHECK_SLICE(values[1], "d");
  CHECK(is_marked(values[2]) && is_marked(values[3]) && error == NULL);

  keys[0] = values[1]; /* in the pin */
  OK(kevo_db_multi_get(db, NULL, keys, 2, pinned, values, codes, NULL));
  CHECK_SLICE(values[0], "after b");
  OK(kevo_db_multi_get(db, NULL, keys, 4, NULL, NULL, codes, NULL));
  CHECK_CODE(codes[2], KEVO_DELETED);
  OK(kevo_db_multi_get(db, NULL, NULL, 0, NULL, NULL, NULL, NULL));
  OK(kevo_db_multi_get(db, NULL, NULL, 0, pinned, values, codes, NULL));

  codes[0] = MARKED_CODE;
  keys[1].data = NULL;
  keys[1].len = 1;
  INVALID(kevo_db_multi_get(db, NULL, keys, 4, pinned, values, codes, NULL));
  keys[1].len = 0;
  INVALID(kevo_db_multi_get(db, NULL, keys, 4, pinned, values, NULL, NULL));
  INVALID(kevo_db_multi_get(db, NULL, keys, 4, NULL, values, codes, NULL));
  INVALID(kevo_db_multi_get(db, NULL, NULL, 4, pinned, values, codes, NULL));
  CHECK_CODE(codes[0], MARKED_CODE);
  keys[0] = slice_of("a");
  OK(kevo_db_multi_get(db, NULL, keys, 4, pinned, values, codes, NULL));
  end_database(db);
  CHECK_SLICE(values[0], "in a table");
  kevo_pinned_free(pinned);
}

/* A byte of the table is changed: its key is an error, and the others are answered. */
static void test_damage(void)
{
  kevo_db_options *options = fast_options();
  kevo_db *db;
  kevo_slice keys[2];
  int codes[2] = {MARKED_CODE, MARKED_CODE};
  kevo_error *error = NULL;
  kevo_iterator *iterator = NULL;
  char value[1000];
  FILE *file;
  int i;

  OK(kevo_db_options_set_block_size(options, 1000));
  OK(kevo_db_options_set_cache_size(options, 0));
  db = open_database(options);
  memset(value, 'v', sizeof value);
  for (i = 0; i < 10; i++) {
    value[999] = (char)('0' + i);
    OK(kevo_db_put(db, value + 999, 1, value, sizeof value, 0, NULL));
  }
  OK(kevo_db_flush(db, NULL));
  OK(kevo_db_close(db, NULL));
  file = fopen(path_of(database_path(), "sst/+00000000000000001024-000001.sst"), "r+b");
  if (CHECK(file != NULL)) {
    CHECK(fseek(file, 500, SEEK_SET) == 0 && fputc('x', file) == 'x');
    fclose(file);
    db = open_database(options);
    CHECK_CODE(kevo_db_get(db, NULL, "0", 1, NULL, NULL, &error), KEVO_E_CORRUPT);
    check_error(error, KEVO_E_CORRUPT, ".sst", __LINE__);
    keys[0] = slice_of("0");
    keys[1] = slice_of("9");
    OK(kevo_db_multi_get(db, NULL, keys, 2, NULL, NULL, codes, &error));
    CHECK_CODE(codes[0], KEVO_E_CORRUPT);
    CHECK_CODE(codes[1], KEVO_OK);
    CHECK(error == NULL);
    OK(kevo_db_iterator(db, NULL, NULL, &iterator, NULL));
    CHECK_CODE(kevo_iterator_first(iterator), KEVO_E_CORRUPT);
    CHECK_CODE(kevo_error_code(kevo_iterator_error(iterator)), KEVO_E_CORRUPT);
    OK(kevo_iterator_last(iterator));
    CHECK(kevo_iterator_error(iterator) == NULL);
    kevo_iterator_free(iterator);
    OK(kevo_db_close(db, NULL));
  }
  kevo_db_options_free(options);
  OK(kevo_db_destroy(database_path(), NULL));
}

static void test_snapshot(void)
{
  kevo_db *db = new_database();
  kevo_snapshot *snapshot = NULL;
  kevo_iterator *iterator = NULL;
  kevo_pinned *pinned = kevo_pinned_new();
  kevo_slice keys[2], value;
  int codes[2];
  kevo_error *error = NULL;

  db_put(db, "a", "old");
  db_put(db, "b", "old");
  OK(kevo_db_snapshot(db, &snapshot, &error));
  CHECK_NUMBER(kevo_snapshot_sequence(snapshot), 2);
  db_put(db, "a", "new");
  db_delete(db, "b");
  db_put(db, "c", "new");
  OK(kevo_db_flush(db, NULL));
  OK(kevo_db_compact(db, NULL, 0, NULL, 0, NULL, NULL, NULL));
  CHECK_STRING(db_value(db, NULL, "a"), "new");
  CHECK_STRING(db_value(db, snapshot, "a"), "old");
  CHECK_CODE(db_code(db, NULL, "b"), KEVO_NOT_FOUND);
  OK(db_code(db, snapshot, "b"));
  CHECK_CODE(db_code(db, snapshot, "c"), KEVO_NOT_FOUND);
  keys[0] = slice_of("b");
  keys[1] = slice_of("c");
  OK(kevo_db_multi_get(db, snapshot, keys, 2, NULL, NULL, codes, NULL));
  CHECK(codes[0] == KEVO_OK && codes[1] == KEVO_NOT_FOUND);
  CHECK_STRING(db_keys(db, NULL), "a c");
  CHECK_STRING(db_keys(db, snapshot), "a b");
  INVALID(kevo_db_snapshot(db, NULL, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "snapshot", __LINE__);
  OK(kevo_db_iterator(db, snapshot, NULL, &iterator, NULL));
  INVALID(kevo_iterator_refresh(iterator, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "database", __LINE__);
  kevo_iterator_free(iterator);

  /* It can be read after the close. */
  end_database(db);
  OK(kevo_snapshot_get(snapshot, "a", 1, pinned, &value, &error));
  CHECK_SLICE(value, "old");
  CHECK_CODE(kevo_snapshot_get(snapshot, "c", 1, pinned, &value, &error), KEVO_NOT_FOUND);
  INVALID(kevo_snapshot_get(snapshot, "a", 1, NULL, &value, NULL));
  INVALID(kevo_snapshot_get(snapshot, NULL, 1, NULL, NULL, NULL));
  INVALID(kevo_snapshot_iterator(snapshot, NULL, NULL, NULL));
  OK(kevo_snapshot_iterator(snapshot, NULL, &iterator, &error));
  kevo_snapshot_free(snapshot);
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "a+1 b+2");
  INVALID(kevo_iterator_refresh(iterator, NULL));
  kevo_iterator_free(iterator);
  kevo_pinned_free(pinned);
}

static void test_iterator_of_database(void)
{
  kevo_db *db = new_database();
  kevo_scan *scan = kevo_scan_new();
  kevo_iterator *iterator = NULL, *of_list = NULL;
  kevo_memtable_list *list = empty_list();
  kevo_entry entries[10];
  kevo_error *error = NULL;
  size_t count = 0;

  db_put(db, "a", "1");
  db_put(db, "c", "2");
  OK(kevo_db_flush(db, NULL));
  db_put(db, "b", "3");
  db_delete(db, "c");
  OK(kevo_db_iterator(db, NULL, NULL, &iterator, &error));
  db_put(db, "d", "5");
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "a+1 b+3");
  CHECK_STRING(all_entries(iterator, kevo_iterator_prev), "b+3 a+1");
  OK(kevo_iterator_seek(iterator, "aa", 2));
  CHECK_STRING(entry_at(iterator), "b+3");
  OK(kevo_iterator_refresh(iterator, &error));
  CHECK(error == NULL);
  CHECK_STRING(entry_at(iterator), "END");
  OK(kevo_iterator_next_batch(iterator, entries, COUNT(entries), &count));
  CHECK_NUMBER(count, 3);
  CHECK_SLICE(entries[2].key, "d");
  kevo_iterator_free(iterator);

  OK(kevo_scan_set_flags(scan, KEVO_SCAN_TOMBSTONES));
  OK(kevo_scan_set_lower(scan, "a", 1, 0));
  OK(kevo_scan_set_upper(scan, "d", 1, 0));
  OK(kevo_db_iterator(db, NULL, scan, &iterator, NULL));
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "b+3 c-4");
  /* A refreshed one keeps its scan, of which it has a copy. */
  OK(kevo_scan_set_upper(scan, "b", 1, 0));
  db_put(db, "bb", "6");
  OK(kevo_iterator_refresh(iterator, NULL));
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "b+3 bb+6 c-4");

  OK(kevo_scan_set_flags(scan, KEVO_SCAN_ALL_VERSIONS));
  CHECK_CODE(kevo_db_iterator(db, NULL, scan, &of_list, &error), KEVO_E_INVALID_ARGUMENT);
  check_error(error, KEVO_E_INVALID_ARGUMENT, "versions", __LINE__);
  OK(kevo_scan_set_flags(scan, 0));
  OK(kevo_scan_set_max_sequence(scan, 3));
  INVALID(kevo_db_iterator(db, NULL, scan, &of_list, NULL));
  INVALID(kevo_db_iterator(db, NULL, NULL, NULL, NULL));
  OK(kevo_memtable_list_iterator(list, NULL, &of_list));
  INVALID(kevo_iterator_refresh(of_list, NULL));
  kevo_iterator_free(of_list);
  kevo_memtable_list_free(list);

  end_database(db);
  CHECK_STRING(all_entries(iterator, kevo_iterator_prev), "c-4 bb+6 b+3");
  CHECK_CODE(kevo_iterator_refresh(iterator, &error), KEVO_E_CLOSED);
  check_error(error, KEVO_E_CLOSED, "closed", __LINE__);
  OK(kevo_iterator_next(iterator));
  CHECK_STRING(entry_at(iterator), "b+3");
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
}

void test_database_reads(void)
{
  test_get();
  test_get_copy();
  test_multi_get();
  test_damage();
  test_snapshot();
  test_iterator_of_database();
}
