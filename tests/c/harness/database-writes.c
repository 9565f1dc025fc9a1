/* Databases: batches, and what writes take and refuse. */
#include "harness.h"

static void test_batch(void)
{
  kevo_batch *batch = kevo_batch_new(), *other = kevo_batch_new();
  kevo_entry entry;

  CHECK(batch != NULL && other != NULL);
  CHECK_NUMBER(kevo_batch_count(batch), 0);
  CHECK_NUMBER(kevo_batch_size(batch), 0);
  OK(kevo_batch_put(batch, "a", 1, "first", 5));
  OK(kevo_batch_delete(batch, "b", 1));
  OK(kevo_batch_put(batch, NULL, 0, NULL, 0));
  CHECK_NUMBER(kevo_batch_count(batch), 3);
  CHECK(kevo_batch_size(batch) > 9);

  OK(kevo_batch_entry(batch, 0, &entry));
  CHECK_SLICE(entry.key, "a");
  CHECK_SLICE(entry.value, "first");
  CHECK(entry.op == KEVO_OP_PUT && entry.sequence == 0 && entry.reserved == 0);
  OK(kevo_batch_entry(batch, 1, &entry));
  CHECK_SLICE(entry.key, "b");
  CHECK(entry.op == KEVO_OP_DELETE && entry.value.data == NULL && entry.value.len == 0);
  OK(kevo_batch_entry(batch, 2, &entry));
  CHECK(entry.op == KEVO_OP_PUT && entry.key.len == 0 && entry.value.len == 0);
  entry.sequence = MARKED_NUMBER;
  INVALID(kevo_batch_entry(batch, 3, &entry));
  CHECK_NUMBER(entry.sequence, MARKED_NUMBER);

  OK(kevo_batch_append(other, batch));
  OK(kevo_batch_append(other, other));
  CHECK_NUMBER(kevo_batch_count(other), 6);
  OK(kevo_batch_entry(other, 4, &entry));
  CHECK_SLICE(entry.key, "b");
  OK(kevo_batch_entry(other, 3, &entry));
  CHECK_SLICE(entry.value, "first");
  CHECK_CODE(kevo_batch_put(batch, "k", ((size_t)16 << 20) + 1, "", 0), KEVO_E_TOO_LARGE);
  CHECK_CODE(kevo_batch_delete(batch, "k", ((size_t)16 << 20) + 1), KEVO_E_TOO_LARGE);
  CHECK_CODE(kevo_batch_put(batch, "k", 1, "v", ((size_t)1 << 30) + 1), KEVO_E_TOO_LARGE);
  CHECK_NUMBER(kevo_batch_count(batch), 3);
  {
    const struct refusal refusals[] = {
        REFUSAL(kevo_batch_put(NULL, "k", 1, "v", 1)),   REFUSAL(kevo_batch_put(batch, NULL, 1, "v", 1)),
        REFUSAL(kevo_batch_put(batch, "k", 1, NULL, 1)), REFUSAL(kevo_batch_put(batch, "k", SIZE_MAX, "v", 1)),
        REFUSAL(kevo_batch_delete(NULL, "k", 1)),        REFUSAL(kevo_batch_delete(batch, NULL, 1)),
        REFUSAL(kevo_batch_append(NULL, batch)),         REFUSAL(kevo_batch_append(batch, NULL)),
        REFUSAL(kevo_batch_append(NULL, NULL)),          REFUSAL(kevo_batch_entry(NULL, 0, &entry)),
        REFUSAL(kevo_batch_entry(batch, 0, NULL)),       REFUSAL(kevo_batch_entry(batch, SIZE_MAX, &entry)),
    };

    CHECK_REFUSALS(refusals);
  }
  kevo_batch_clear(batch);
  CHECK_NUMBER(kevo_batch_count(batch), 0);
  INVALID(kevo_batch_entry(batch, 0, &entry));
  CHECK_NUMBER(kevo_batch_count(NULL), 0);
  CHECK_NUMBER(kevo_batch_size(NULL), 0);
  kevo_batch_clear(NULL);
  kevo_batch_free(NULL);
  kevo_batch_free(batch);
  kevo_batch_free(other);
}

static void test_write(void)
{
  kevo_db *db = new_database();
  kevo_batch *batch = kevo_batch_new();
  uint64_t sequence = MARKED_NUMBER;
  kevo_error *error = NULL;

  OK(kevo_db_write(db, batch, 0, &sequence, &error));
  CHECK(error == NULL);
  CHECK_NUMBER(sequence, 0);
  OK(kevo_batch_put(batch, "a", 1, "old", 3));
  OK(kevo_batch_put(batch, "b", 1, "there", 5));
  OK(kevo_batch_delete(batch, "b", 1));
  OK(kevo_batch_put(batch, "a", 1, "new", 3));
  OK(kevo_db_write(db, batch, 0, &sequence, NULL));
  CHECK_NUMBER(sequence, 4);
  CHECK_STRING(db_value(db, NULL, "a"), "new");
  CHECK_CODE(db_code(db, NULL, "b"), KEVO_DELETED);
  OK(kevo_db_write(db, batch, KEVO_WRITE_SYNC, NULL, NULL));
  CHECK_NUMBER(kevo_db_last_sequence(db), 8);
  INVALID(kevo_db_write(db, NULL, 0, &sequence, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "batch", __LINE__);
  CHECK_NUMBER(sequence, 4);

  OK(kevo_db_put(db, "k", 1, NULL, 0, KEVO_WRITE_SYNC, NULL));
  OK(kevo_db_put(db, NULL, 0, "empty", 5, KEVO_WRITE_NO_SYNC, NULL));
  OK(kevo_db_delete(db, "k", 1, KEVO_WRITE_SYNC | KEVO_WRITE_NO_WAIT, NULL));
  INVALID(kevo_db_put(db, "k", 1, "v", 1, KEVO_WRITE_SYNC | KEVO_WRITE_NO_SYNC, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "SYNC", __LINE__);
  {
    const struct refusal refusals[] = {
        REFUSAL(kevo_db_put(db, NULL, 1, "v", 1, 0, NULL)),
        REFUSAL(kevo_db_put(db, "k", 1, NULL, 1, 0, NULL)),
        REFUSAL(kevo_db_put(db, "k", 1, "v", 1, KEVO_WRITE_IN_PIECES, NULL)),
        REFUSAL(kevo_db_put(db, "k", 1, "v", 1, 16, NULL)),
        REFUSAL(kevo_db_put(db, "k", 1, "v", 1, UINT32_MAX, NULL)),
        REFUSAL(kevo_db_delete(db, NULL, 1, 0, NULL)),
        REFUSAL(kevo_db_delete(db, "k", 1, KEVO_WRITE_IN_PIECES, NULL)),
        REFUSAL(kevo_db_write(db, batch, KEVO_WRITE_IN_PIECES, NULL, NULL)),
        REFUSAL(kevo_db_write(db, batch, KEVO_WRITE_SYNC | KEVO_WRITE_NO_SYNC, NULL, NULL)),
    };

    CHECK_REFUSALS(refusals);
  }
  CHECK_CODE(kevo_db_put(db, "k", ((size_t)16 << 20) + 1, "v", 1, 0, &error), KEVO_E_TOO_LARGE);
  check_error(error, KEVO_E_TOO_LARGE, "16 MiB", __LINE__);
  CHECK_CODE(kevo_db_put(db, "k", 1, "v", ((size_t)1 << 30) + 1, 0, NULL), KEVO_E_TOO_LARGE);
  CHECK_NUMBER(kevo_db_last_sequence(db), 11);
  CHECK_STRING(db_value(db, NULL, ""), "empty");
  kevo_batch_free(batch);

  /* All of it is there again. */
  OK(kevo_db_close(db, NULL));
  db = open_database(NULL);
  CHECK_STRING(db_keys(db, NULL), " a");
  CHECK_NUMBER(kevo_db_last_sequence(db), 11);
  end_database(db);
}

static void test_delete_range(void)
{
  kevo_db *db = new_database();
  kevo_error *error = NULL;
  uint64_t count = MARKED_NUMBER;
  char key[200];
  int i;

  db_put(db, "a", "1");
  db_put(db, "b", "2");
  db_put(db, "c", "3");
  OK(kevo_db_flush(db, NULL));
  db_put(db, "d", "4");
  db_put(db, "e", "5");
  db_delete(db, "b");
  INVALID(kevo_db_delete_range(db, NULL, 0, NULL, 0, 0, NULL, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "count", __LINE__);
  INVALID(kevo_db_delete_range(db, NULL, 1, NULL, 0, 0, &count, NULL));
  INVALID(kevo_db_delete_range(db, NULL, 0, NULL, 1, 0, &count, NULL));
  INVALID(kevo_db_delete_range(db, NULL, 0, NULL, 0, 16, &count, NULL));
  CHECK_NUMBER(count, MARKED_NUMBER);
  OK(kevo_db_delete_range(db, "b", 1, "e", 1, 0, &count, &error));
  CHECK_NUMBER(count, 2);
  CHECK_STRING(db_keys(db, NULL), "a e");
  OK(kevo_db_delete_range(db, "c", 1, "b", 1, 0, &count, NULL));
  CHECK_NUMBER(count, 0);
  OK(kevo_db_delete_range(db, NULL, 0, "", 0, 0, &count, NULL)); /* up to the empty key */
  CHECK_NUMBER(count, 0);
  OK(kevo_db_delete_range(db, "b", 1, NULL, 0, KEVO_WRITE_SYNC, &count, NULL));
  CHECK_NUMBER(count, 1);
  CHECK_STRING(db_keys(db, NULL), "a");

  /* Enough for several pieces. */
  memset(key, 'k', sizeof key);
  for (i = 0; i < 12000; i++) {
    sprintf(key + 180, "%07d", i);
    OK(kevo_db_put(db, key, sizeof key, "v", 1, 0, NULL));
  }
  OK(kevo_db_delete_range(db, "b", 1, NULL, 0, KEVO_WRITE_IN_PIECES, &count, NULL));
  CHECK_NUMBER(count, 12000);
  CHECK_STRING(db_keys(db, NULL), "a");
  OK(kevo_db_delete_range(db, NULL, 0, NULL, 0, KEVO_WRITE_IN_PIECES, &count, NULL));
  CHECK_NUMBER(count, 1);
  end_database(db);
}

static void test_busy(void)
{
  kevo_db_options *options = fast_options();
  kevo_error *error = NULL;
  char value[1000] = {0};
  kevo_db *db;
  int i, code = KEVO_OK;

  OK(kevo_db_options_set_memtable_size(options, 10000));
  OK(kevo_db_options_set_max_memtables(options, 1));
  db = open_database(options);
  kevo_db_options_free(options);
  OK(kevo_db_pause_background(db, NULL));
  for (i = 0; i < 100 && code == KEVO_OK; i++)
    code = kevo_db_put(db, "k", 1, value, sizeof value, KEVO_WRITE_NO_WAIT, &error);
  CHECK_CODE(code, KEVO_E_BUSY);
  check_error(error, KEVO_E_BUSY, "wait", __LINE__);
  CHECK(i > 10 && i < 30);
  OK(kevo_db_continue_background(db, NULL));
  OK(kevo_db_put(db, "k", 1, "last", 4, 0, NULL));
  CHECK_STRING(db_value(db, NULL, "k"), "last");
  end_database(db);
}

void test_database_writes(void)
{
  test_batch();
  test_write();
  test_delete_range();
  test_busy();
}
