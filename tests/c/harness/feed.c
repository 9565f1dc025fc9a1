/* The log as a feed: what it gives, from where, and how it waits. */
#include "harness.h"

static char wal[4096], at[4096];
static uint64_t place;

/* The next entry, as text; END if there is none. */
static const char *next(kevo_log_cursor *cursor)
{
  static char text[256];
  kevo_entry entry;
  const char *path = NULL;
  int last = MARKED_CODE;
  const int code = kevo_log_cursor_next(cursor, 0, &entry, &last, &path, &place, NULL);

  if (code != KEVO_OK)
    return code == KEVO_END ? "END" : kevo_strerror(code);
  snprintf(at, sizeof at, "%s", path);
  snprintf(text, sizeof text, "%.*s%c%lu%s", (int)entry.key.len, (const char *)entry.key.data,
           entry.op == KEVO_OP_DELETE ? '-' : '+', (unsigned long)entry.sequence, last ? "" : "...");
  return text;
}

void test_feed(void)
{
  kevo_db *db = new_database();
  kevo_batch *batch = kevo_batch_new();
  kevo_log_cursor *cursor = NULL, *other = NULL;
  kevo_error *error = NULL;
  kevo_entry entry;
  uint64_t after_first;
  char first[4096];

  snprintf(wal, sizeof wal, "%s/wal", database_path());
  OK(kevo_log_cursor_open(wal, 0, &cursor, &error));
  CHECK(error == NULL);
  CHECK_STRING(next(cursor), "END");
  db_put(db, "a", "1");
  OK(kevo_batch_put(batch, "b", 1, "2", 1));
  OK(kevo_batch_delete(batch, "a", 1));
  OK(kevo_db_write(db, batch, 0, NULL, NULL));
  CHECK_STRING(next(cursor), "a+1");
  after_first = place;
  snprintf(first, sizeof first, "%s", at);
  CHECK(strncmp(first, wal, strlen(wal)) == 0);
  CHECK_STRING(next(cursor), "b+2...");
  CHECK_NUMBER(place, after_first); /* in a batch: where the batch starts */
  CHECK_STRING(next(cursor), "a-3");
  CHECK(place > after_first);
  CHECK_STRING(next(cursor), "END");
  OK(kevo_log_cursor_open(wal, 1, &other, NULL));
  CHECK_STRING(next(other), "b+2...");
  kevo_log_cursor_free(other);
  OK(kevo_log_cursor_open_at(wal, first, after_first, &other, &error));
  CHECK_STRING(next(other), "b+2...");
  OK(kevo_log_cursor_next(other, 0, NULL, NULL, NULL, NULL, NULL));
  CHECK_CODE(kevo_log_cursor_next(other, 1, &entry, NULL, NULL, NULL, &error), KEVO_END);
  CHECK(error == NULL);
  OK(kevo_log_cursor_wake(other));
  CHECK_CODE(kevo_log_cursor_next(other, 100000, &entry, NULL, NULL, NULL, &error), KEVO_E_CANCELLED);
  check_error(error, KEVO_E_CANCELLED, NULL, __LINE__);
  kevo_log_cursor_free(other);

  /* What was flushed is gone. */
  OK(kevo_db_flush(db, NULL));
  db_put(db, "c", "4");
  CHECK_STRING(next(cursor), "c+4");
  CHECK_CODE(kevo_log_cursor_open(wal, 1, &other, &error), KEVO_E_IO);
  CHECK(other == NULL);
  check_error(error, KEVO_E_IO, "gone", __LINE__);
  CHECK_CODE(kevo_log_cursor_open_at(wal, first, after_first, &other, &error), KEVO_E_IO);
  check_error(error, KEVO_E_IO, "gone", __LINE__);
  CHECK_CODE(kevo_log_cursor_open_at(wal, at, 1000000, &other, NULL), KEVO_E_INVALID_ARGUMENT);
  CHECK_CODE(kevo_log_cursor_open(path_of(scratch, "missing"), 0, &other, NULL), KEVO_E_IO);

  INVALID(kevo_log_cursor_open(NULL, 0, &other, NULL));
  INVALID(kevo_log_cursor_open(wal, 0, NULL, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "cursor", __LINE__);
  INVALID(kevo_log_cursor_open_at(NULL, at, 0, &other, NULL));
  INVALID(kevo_log_cursor_open_at(wal, NULL, 0, &other, NULL));
  INVALID(kevo_log_cursor_next(NULL, 0, &entry, NULL, NULL, NULL, NULL));
  INVALID(kevo_log_cursor_wake(NULL));
  kevo_log_cursor_free(NULL);
  end_database(db);
  kevo_log_cursor_free(cursor);
  kevo_batch_free(batch);
}
