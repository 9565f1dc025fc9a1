/* Transactions: what they see, commits and conflicts, savepoints, time limits, and how long what they give lives. */
#include "harness.h"

static kevo_transaction *begun(kevo_db *db, uint32_t flags)
{
  kevo_transaction *transaction = NULL;
  kevo_error *error = NULL;

  OK(kevo_transaction_begin(db, flags, 0, &transaction, &error));
  CHECK(error == NULL && transaction != NULL);
  return transaction;
}

static void transaction_put(kevo_transaction *transaction, const char *key, const char *value)
{
  OK(kevo_transaction_put(transaction, key, strlen(key), value, strlen(value), NULL));
}

static int transaction_code(kevo_transaction *transaction, const char *key)
{
  return kevo_transaction_get(transaction, key, strlen(key), NULL, NULL);
}

static kevo_slice transaction_value(kevo_transaction *transaction, const char *key)
{
  kevo_slice value = slice_of("(none)");

  kevo_transaction_get(transaction, key, strlen(key), &value, NULL);
  return value;
}

static void test_commit(void)
{
  kevo_db *db = new_database();
  kevo_transaction *transaction = NULL;
  kevo_error *error = NULL;
  uint64_t sequence = MARKED_NUMBER;

  db_put(db, "a", "old");
  db_put(db, "b", "old");
  transaction = begun(db, 0);
  transaction_put(transaction, "a", "new");
  transaction_put(transaction, "c", "new");
  OK(kevo_transaction_delete(transaction, "b", 1, &error));
  CHECK_SLICE(transaction_value(transaction, "a"), "new");
  CHECK_CODE(transaction_code(transaction, "b"), KEVO_DELETED);
  CHECK_CODE(transaction_code(transaction, "x"), KEVO_NOT_FOUND);
  CHECK_STRING(db_keys(db, NULL), "a b");
  CHECK_STRING(db_value(db, NULL, "a"), "old");
  OK(kevo_transaction_commit(transaction, 0, &sequence, &error));
  CHECK(sequence == 5 && error == NULL);
  CHECK_STRING(db_keys(db, NULL), "a c");
  CHECK_STRING(db_value(db, NULL, "a"), "new");

  /* It is over. */
  INVALID(kevo_transaction_put(transaction, "a", 1, "", 0, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "over", __LINE__);
  INVALID(transaction_code(transaction, "a"));
  INVALID(kevo_transaction_commit(transaction, 0, NULL, NULL));
  INVALID(kevo_transaction_rollback(transaction, NULL));
  kevo_transaction_free(transaction);

  transaction = begun(db, 0);
  transaction_put(transaction, "d", "never");
  OK(kevo_transaction_rollback(transaction, &error));
  INVALID(kevo_transaction_savepoint(transaction, NULL));
  kevo_transaction_free(transaction);
  transaction = begun(db, 0);
  transaction_put(transaction, "d", "never");
  kevo_transaction_free(transaction);
  CHECK_STRING(db_keys(db, NULL), "a c");

  /* One that wrote nothing. */
  transaction = begun(db, 0);
  OK(transaction_code(transaction, "a"));
  db_put(db, "a", "newer");
  OK(kevo_transaction_commit(transaction, KEVO_WRITE_SYNC, &sequence, NULL));
  CHECK_NUMBER(sequence, 5);
  kevo_transaction_free(transaction);
  end_database(db);
}

static void test_conflicts(void)
{
  kevo_db *db = new_database();
  kevo_transaction *one, *other;
  kevo_error *error = NULL;
  uint64_t sequence = MARKED_NUMBER;

  db_put(db, "a", "0");
  one = begun(db, 0);
  other = begun(db, 0);
  OK(transaction_code(one, "a"));
  OK(transaction_code(other, "a"));
  transaction_put(one, "a", "1");
  transaction_put(other, "a", "2");
  OK(kevo_transaction_commit(one, 0, NULL, NULL));
  CHECK_CODE(kevo_transaction_commit(other, 0, &sequence, &error), KEVO_E_CONFLICT);
  CHECK_NUMBER(sequence, MARKED_NUMBER);
  check_error(error, KEVO_E_CONFLICT, "again", __LINE__);
  INVALID(kevo_transaction_commit(other, 0, NULL, NULL));
  kevo_transaction_free(one);
  kevo_transaction_free(other);
  CHECK_STRING(db_value(db, NULL, "a"), "1");

  /* Over different keys there is no conflict. */
  one = begun(db, 0);
  other = begun(db, 0);
  OK(transaction_code(one, "a"));
  transaction_put(one, "b", "1");
  CHECK_CODE(transaction_code(other, "c"), KEVO_NOT_FOUND);
  transaction_put(other, "c", "2");
  OK(kevo_transaction_commit(one, 0, NULL, NULL));
  OK(kevo_transaction_commit(other, 0, NULL, NULL));
  kevo_transaction_free(one);
  kevo_transaction_free(other);
  CHECK_STRING(db_keys(db, NULL), "a b c");

  /* A plain write conflicts, also where there was no key. */
  one = begun(db, 0);
  CHECK_CODE(transaction_code(one, "d"), KEVO_NOT_FOUND);
  transaction_put(one, "e", "1");
  db_put(db, "d", "2");
  CHECK_CODE(kevo_transaction_commit(one, 0, NULL, NULL), KEVO_E_CONFLICT);
  kevo_transaction_free(one);
  end_database(db);
}

static void test_ranges(void)
{
  kevo_db *db = new_database();
  kevo_transaction *transaction;
  kevo_iterator *iterator = NULL;
  kevo_scan *scan = kevo_scan_new();
  kevo_error *error = NULL;
  uint64_t count = MARKED_NUMBER;

  db_put(db, "a", "1");
  db_put(db, "c", "2");
  OK(kevo_db_flush(db, NULL));
  db_put(db, "e", "3");
  transaction = begun(db, 0);
  transaction_put(transaction, "b", "4");
  OK(kevo_transaction_delete(transaction, "c", 1, NULL));
  OK(kevo_transaction_iterator(transaction, NULL, &iterator, &error));
  transaction_put(transaction, "d", "later");
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "a+1 b+4 e+3");
  CHECK_STRING(all_entries(iterator, kevo_iterator_prev), "e+3 b+4 a+1");
  INVALID(kevo_iterator_refresh(iterator, NULL));
  kevo_iterator_free(iterator);
  OK(kevo_scan_set_lower(scan, "b", 1, 0));
  OK(kevo_transaction_iterator(transaction, scan, &iterator, NULL));
  INVALID(kevo_transaction_iterator(transaction, scan, NULL, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "iterator", __LINE__);

  INVALID(kevo_transaction_delete_range(transaction, "a", 1, "e", 1, NULL, NULL));
  INVALID(kevo_transaction_delete_range(transaction, NULL, 1, "e", 1, &count, NULL));
  CHECK_NUMBER(count, MARKED_NUMBER);
  OK(kevo_transaction_delete_range(transaction, "a", 1, "e", 1, &count, NULL));
  CHECK_NUMBER(count, 3);
  OK(kevo_transaction_delete_range(transaction, NULL, 0, NULL, 0, &count, NULL));
  CHECK_NUMBER(count, 1);
  OK(kevo_transaction_commit(transaction, 0, NULL, NULL));
  kevo_transaction_free(transaction);
  CHECK_STRING(db_keys(db, NULL), "");
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "d+6 e+3");
  kevo_iterator_free(iterator);

  /* What somebody else adds to a range that was read is a conflict. */
  transaction = begun(db, 0);
  OK(kevo_transaction_delete_range(transaction, "a", 1, "c", 1, &count, NULL));
  CHECK_NUMBER(count, 0);
  transaction_put(transaction, "x", "");
  db_put(db, "b", "between");
  CHECK_CODE(kevo_transaction_commit(transaction, 0, NULL, NULL), KEVO_E_CONFLICT);
  kevo_transaction_free(transaction);
  kevo_scan_free(scan);
  end_database(db);
}

static void test_savepoints(void)
{
  kevo_db *db = new_database();
  kevo_transaction *transaction = begun(db, 0);
  kevo_error *error = NULL;
  kevo_slice kept;

  CHECK_CODE(kevo_transaction_rollback_to_savepoint(transaction, &error), KEVO_NOT_FOUND);
  CHECK(error == NULL);
  transaction_put(transaction, "a", "1");
  kept = transaction_value(transaction, "a");
  OK(kevo_transaction_savepoint(transaction, &error));
  transaction_put(transaction, "a", "2");
  OK(kevo_transaction_savepoint(transaction, NULL));
  transaction_put(transaction, "b", "3");
  OK(kevo_transaction_rollback_to_savepoint(transaction, NULL));
  CHECK_CODE(transaction_code(transaction, "b"), KEVO_NOT_FOUND);
  CHECK_SLICE(transaction_value(transaction, "a"), "2");
  OK(kevo_transaction_rollback_to_savepoint(transaction, NULL));
  CHECK_SLICE(transaction_value(transaction, "a"), "1");
  CHECK_SLICE(kept, "1");
  CHECK_CODE(kevo_transaction_rollback_to_savepoint(transaction, NULL), KEVO_NOT_FOUND);
  OK(kevo_transaction_commit(transaction, 0, NULL, NULL));
  kevo_transaction_free(transaction);
  CHECK_STRING(db_value(db, NULL, "a"), "1");
  end_database(db);
}

/* Values in tables, small and large, in a memtable, and its own: all stay until it ends, whatever replaces them. */
static void test_slices(void)
{
  enum { LARGE = 100000 };
  kevo_db_options *options = fast_options();
  kevo_db *db;
  kevo_transaction *transaction;
  char *large = malloc(LARGE);
  kevo_slice in_table, is_large, again, written, own;
  int i;

  if (large == NULL)
    exit(EXIT_FAILURE);
  memset(large, 'v', LARGE);
  OK(kevo_db_options_set_cache_size(options, 0));
  db = open_database(options);
  kevo_db_options_free(options);
  db_put(db, "small", "in a table");
  for (i = 0; i < 100; i++) {
    char key[16];

    sprintf(key, "s%02d", i);
    db_put(db, key, "beside it");
  }
  OK(kevo_db_put(db, "large", 5, large, LARGE, 0, NULL));
  OK(kevo_db_flush(db, NULL));
  db_put(db, "written", "in a memtable");
  transaction = begun(db, 0);
  in_table = transaction_value(transaction, "small");
  is_large = transaction_value(transaction, "large");
  written = transaction_value(transaction, "written");
  transaction_put(transaction, "own", "its own");
  own = transaction_value(transaction, "own");
  transaction_put(transaction, "own", "another");
  again = transaction_value(transaction, "large");
  CHECK(again.data == is_large.data);
  db_put(db, "small", "replaced");
  db_put(db, "large", "replaced");
  db_put(db, "written", "replaced");
  OK(kevo_db_compact(db, NULL, 0, NULL, 0, NULL, NULL, NULL));
  end_database(db);
  CHECK_SLICE(in_table, "in a table");
  CHECK_SLICE(transaction_value(transaction, "small"), "in a table");
  CHECK(is_large.len == LARGE && memcmp(is_large.data, large, LARGE) == 0);
  CHECK_SLICE(written, "in a memtable");
  CHECK_SLICE(own, "its own");
  kevo_transaction_free(transaction);
  free(large);
}

static void test_flags(void)
{
  kevo_db_options *options = fast_options();
  kevo_db *db = new_database();
  kevo_transaction *transaction = NULL, *other = NULL;
  kevo_error *error = NULL;

  db_put(db, "a", "1");
  transaction = begun(db, KEVO_TRANSACTION_READ_ONLY);
  CHECK_SLICE(transaction_value(transaction, "a"), "1");
  CHECK_CODE(kevo_transaction_put(transaction, "a", 1, "2", 1, &error), KEVO_E_READ_ONLY);
  check_error(error, KEVO_E_READ_ONLY, NULL, __LINE__);
  CHECK_CODE(kevo_transaction_delete(transaction, "a", 1, NULL), KEVO_E_READ_ONLY);
  OK(kevo_transaction_commit(transaction, 0, NULL, NULL));
  kevo_transaction_free(transaction);

  /* Exclusive ones wait for each other. */
  transaction = begun(db, KEVO_TRANSACTION_EXCLUSIVE);
  CHECK_CODE(kevo_transaction_begin(db, KEVO_TRANSACTION_EXCLUSIVE, 1, &other, &error), KEVO_E_BUSY);
  check_error(error, KEVO_E_BUSY, "exclusive", __LINE__);
  CHECK(other == NULL);
  other = begun(db, 0);
  transaction_put(other, "b", "2");
  OK(kevo_transaction_commit(other, 0, NULL, NULL));
  kevo_transaction_free(other);
  kevo_transaction_free(transaction);
  transaction = begun(db, KEVO_TRANSACTION_EXCLUSIVE);
  transaction_put(transaction, "a", "3");

  /* After the close it can be read, and not be committed. */
  OK(kevo_db_close(db, NULL));
  CHECK_SLICE(transaction_value(transaction, "b"), "2");
  CHECK_CODE(kevo_transaction_commit(transaction, 0, NULL, &error), KEVO_E_CLOSED);
  check_error(error, KEVO_E_CLOSED, NULL, __LINE__);
  kevo_transaction_free(transaction);

  OK(kevo_db_options_set_read_only(options, 1));
  db = open_database(options);
  kevo_db_options_free(options);
  transaction = begun(db, 0);
  CHECK_SLICE(transaction_value(transaction, "a"), "1");
  CHECK_CODE(kevo_transaction_put(transaction, "a", 1, "2", 1, NULL), KEVO_E_READ_ONLY);
  kevo_transaction_free(transaction);
  end_database(db);
}

static void test_time_limit(void)
{
  kevo_db *db = new_database();
  kevo_transaction *transaction = NULL, *other = NULL;
  kevo_error *error = NULL;
  int code;

  OK(kevo_transaction_begin(db, KEVO_TRANSACTION_EXCLUSIVE, 1, &transaction, NULL));
  /* It releases what others wait for, though nobody uses it. */
  OK(kevo_transaction_begin(db, KEVO_TRANSACTION_EXCLUSIVE, 0, &other, NULL));
  code = kevo_transaction_put(transaction, "a", 1, "1", 1, &error);
  CHECK_CODE(code, KEVO_E_EXPIRED);
  check_error(error, KEVO_E_EXPIRED, NULL, __LINE__);
  CHECK_CODE(transaction_code(transaction, "a"), KEVO_E_EXPIRED);
  CHECK_CODE(kevo_transaction_commit(transaction, 0, NULL, NULL), KEVO_E_EXPIRED);
  CHECK_CODE(kevo_transaction_rollback(transaction, NULL), KEVO_E_EXPIRED);
  kevo_transaction_free(transaction);
  OK(kevo_transaction_commit(other, 0, NULL, NULL));
  kevo_transaction_free(other);
  end_database(db);
}

static void test_wrong_arguments(void)
{
  kevo_db *db = new_database();
  kevo_transaction *transaction = NULL;
  kevo_iterator *iterator = NULL;
  kevo_error *error = NULL;
  uint64_t number = MARKED_NUMBER;
  char huge = 0;

  INVALID(kevo_transaction_begin(NULL, 0, 0, &transaction, NULL));
  INVALID(kevo_transaction_begin(db, 0, 0, NULL, NULL));
  INVALID(kevo_transaction_begin(db, 4, 0, &transaction, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "flags", __LINE__);
  CHECK(transaction == NULL);
  INVALID(kevo_transaction_put(NULL, "a", 1, "b", 1, NULL));
  INVALID(kevo_transaction_delete(NULL, "a", 1, NULL));
  INVALID(kevo_transaction_get(NULL, "a", 1, NULL, NULL));
  INVALID(kevo_transaction_delete_range(NULL, "a", 1, "b", 1, &number, NULL));
  INVALID(kevo_transaction_iterator(NULL, NULL, &iterator, NULL));
  INVALID(kevo_transaction_savepoint(NULL, NULL));
  INVALID(kevo_transaction_rollback_to_savepoint(NULL, NULL));
  INVALID(kevo_transaction_commit(NULL, 0, &number, NULL));
  INVALID(kevo_transaction_rollback(NULL, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "transaction", __LINE__);
  kevo_transaction_free(NULL);
  CHECK_NUMBER(number, MARKED_NUMBER);

  transaction = begun(db, 0);
  INVALID(kevo_transaction_put(transaction, NULL, 1, "b", 1, NULL));
  INVALID(kevo_transaction_put(transaction, "a", 1, NULL, 1, NULL));
  INVALID(kevo_transaction_delete(transaction, NULL, 1, NULL));
  INVALID(kevo_transaction_get(transaction, NULL, 1, NULL, NULL));
  CHECK_CODE(kevo_transaction_put(transaction, &huge, ((size_t)1 << 24) + 1, NULL, 0, &error), KEVO_E_TOO_LARGE);
  check_error(error, KEVO_E_TOO_LARGE, NULL, __LINE__);
  OK(kevo_transaction_put(transaction, NULL, 0, NULL, 0, NULL));
  INVALID(kevo_transaction_commit(transaction, KEVO_WRITE_SYNC | KEVO_WRITE_NO_SYNC, &number, NULL));
  INVALID(transaction_code(transaction, "a"));
  kevo_transaction_free(transaction);
  CHECK_STRING(db_keys(db, NULL), "");
  end_database(db);
}

void test_transactions(void)
{
  test_commit();
  test_conflicts();
  test_ranges();
  test_savepoints();
  test_slices();
  test_flags();
  test_time_limit();
  test_wrong_arguments();
}
