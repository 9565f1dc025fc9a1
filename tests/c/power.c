/*
 * Writes to a database, and says what it does: a line before each call and one after it. tests/c_api/power.rs lets it
 * run under tests/c/recorder.c, and cuts the power at any place of what it did.
 *
 * usage: power DIRECTORY SEED always|none
 *
 *   put KEY VALUE, delete KEY, batch (KEY VALUE | KEY -)...   what is written
 *   sync                                                     a call that brings all that was written to disk
 *   ok                                                       that call has succeeded
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kevo.h"

enum { KEYS = 60, CALLS = 400 };

static unsigned long long state;

static unsigned below(unsigned limit)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned)((state >> 33) % limit);
}

/* One write for all of it: it is one line of the record. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
  char line[4000];
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (write(1, line, (size_t)length) != length)
    abort();
}

static void need(int code, kevo_error *error)
{
  if (code >= 0) {
    say("ok\n");
    return;
  }
  fprintf(stderr, "%s\n", error != NULL ? kevo_error_message(error) : kevo_strerror(code));
  exit(EXIT_FAILURE);
}

static void any_key(char *key)
{
  snprintf(key, 16, "key-%03u", below(KEYS));
}

/* No two values are the same. */
static void any_value(char *value, unsigned number)
{
  static const char filler[] = "................................................................................";
  snprintf(value, 120, "%u%.*s", number, (int)below(80), filler);
}

static void write_batch(kevo_db *db, unsigned number)
{
  kevo_batch *batch = kevo_batch_new();
  kevo_error *error;
  char line[2000] = "batch", key[16], value[120];
  const unsigned count = 2 + below(6);
  for (unsigned part = 0; part < count; part++) {
    any_key(key);
    any_value(value, number * 10 + part);
    strcat(strcat(line, " "), key);
    if (below(4) == 0) {
      kevo_batch_delete(batch, key, strlen(key));
      strcat(line, " -");
    } else {
      kevo_batch_put(batch, key, strlen(key), value, strlen(value));
      strcat(strcat(line, " "), value);
    }
  }
  say("%s\n", line);
  need(kevo_db_write(db, batch, 0, NULL, &error), error);
  kevo_batch_free(batch);
}

static kevo_db *open_database(const char *path, kevo_db_options *options)
{
  kevo_error *error;
  kevo_db *db;
  say("sync\n");
  need(kevo_db_open(path, options, &db, NULL, &error), error);
  return db;
}

static void close_database(kevo_db *db)
{
  kevo_error *error;
  say("sync\n");
  need(kevo_db_close(db, &error), error);
}

static void act(kevo_db *db, unsigned number)
{
  kevo_error *error;
  char key[16], value[120];
  switch (below(40)) {
  case 0:
    say("sync\n");
    need(kevo_db_flush(db, &error), error);
    break;
  case 1:
    say("sync\n");
    need(kevo_db_compact(db, NULL, 0, NULL, 0, NULL, NULL, &error), error);
    break;
  case 2:
    say("sync\n");
    need(kevo_db_sync(db, &error), error);
    break;
  case 3:
  case 4:
  case 5:
  case 6:
    write_batch(db, number);
    break;
  case 7:
  case 8:
  case 9:
  case 10:
  case 11:
    any_key(key);
    say("delete %s\n", key);
    need(kevo_db_delete(db, key, strlen(key), 0, &error), error);
    break;
  default:
    any_key(key);
    any_value(value, number * 10);
    say("put %s %s\n", key, value);
    need(kevo_db_put(db, key, strlen(key), value, strlen(value), 0, &error), error);
  }
}

int main(int argc, char **argv)
{
  kevo_db_options *options = kevo_db_options_new();
  kevo_db *db;
  if (argc != 4 || options == NULL)
    return 2;
  state = strtoull(argv[2], NULL, 10) * 0x9E3779B97F4A7C15ull | 1;
  kevo_db_options_set_sync(options, strcmp(argv[3], "always") == 0 ? KEVO_SYNC_ALWAYS : KEVO_SYNC_NONE, 0);
  kevo_db_options_set_memtable_size(options, 2000 + below(20000));
  kevo_db_options_set_log_size(options, 1000 + below(10000));
  kevo_db_options_set_table_size(options, 2000 + below(10000));
  kevo_db_options_set_block_size(options, 256);
  kevo_db_options_set_compaction(options, below(2) ? KEVO_COMPACTION_LEVELED : KEVO_COMPACTION_TIERED, 1);
  db = open_database(argv[1], options);
  for (unsigned number = 1; number <= CALLS; number++) {
    if (below(80) == 0) {
      close_database(db);
      db = open_database(argv[1], options);
    }
    act(db, number);
  }
  close_database(db);
  kevo_db_options_free(options);
  return 0;
}
