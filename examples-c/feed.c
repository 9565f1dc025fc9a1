/*
 * A change feed: another store follows a database by its log, every write once, in its order, batches whole. It
 * remembers how far it has got, and goes on from there.
 *
 * usage: feed DIRECTORY (which is made if it is not there)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

static void need(int code, kevo_error *error)
{
  if (code >= 0)
    return;
  fprintf(stderr, "%s\n", error != NULL ? kevo_error_message(error) : kevo_strerror(code));
  exit(EXIT_FAILURE);
}

static void put(kevo_db *db, const char *key, const char *value)
{
  kevo_error *error;

  need(kevo_db_put(db, key, strlen(key), value, strlen(value), 0, &error), error);
}

/* Shows what has come, until nothing more does for a moment. Gives the last number: all up to it has been taken over. */
static uint64_t follow(kevo_log_cursor *cursor, uint64_t after)
{
  kevo_error *error;
  kevo_entry entry;
  int last_of_batch, code;

  while ((code = kevo_log_cursor_next(cursor, 20, &entry, &last_of_batch, NULL, NULL, &error)) == KEVO_OK) {
    printf("  %" PRIu64 ": %.*s", entry.sequence, (int)entry.key.len, (const char *)entry.key.data);
    if (entry.op == KEVO_OP_DELETE)
      printf(" is gone");
    else
      printf(" = %.*s", (int)entry.value.len, (const char *)entry.value.data);
    printf("%s\n", last_of_batch ? "" : ", and");
    if (last_of_batch)
      after = entry.sequence;
  }
  need(code, error); /* KEVO_END: nothing more for now */
  return after;
}

int main(int argc, char **argv)
{
  char wal[4096];
  kevo_db_options *options = kevo_db_options_new();
  kevo_batch *batch = kevo_batch_new();
  kevo_log_cursor *cursor;
  kevo_error *error;
  kevo_db *db;
  uint64_t after;

  if (argc != 2 || options == NULL || batch == NULL) {
    fprintf(stderr, "usage: feed DIRECTORY\n");
    return 2;
  }
  snprintf(wal, sizeof wal, "%s/wal", argv[1]);
  /* So much of the log stays for readers that are behind. */
  need(kevo_db_options_set_log_retention(options, 64 << 20), NULL);
  need(kevo_db_open(argv[1], options, &db, NULL, &error), error);

  need(kevo_log_cursor_open(wal, kevo_db_last_sequence(db), &cursor, &error), error);
  put(db, "apples", "3");
  need(kevo_batch_put(batch, "pears", 5, "5", 1), NULL);
  need(kevo_batch_delete(batch, "apples", 6), NULL);
  need(kevo_db_write(db, batch, 0, NULL, &error), error);
  printf("what has come:\n");
  after = follow(cursor, 0);
  kevo_log_cursor_free(cursor);

  /* Nobody reads for a while. The log is flushed, and kept. */
  put(db, "plums", "7");
  need(kevo_db_flush(db, &error), error);
  put(db, "pears", "4");
  printf("after %" PRIu64 ":\n", after);
  need(kevo_log_cursor_open(wal, after, &cursor, &error), error);
  follow(cursor, after);
  kevo_log_cursor_free(cursor);

  need(kevo_db_close(db, &error), error);
  kevo_batch_free(batch);
  kevo_db_options_free(options);
  return EXIT_SUCCESS;
}
