/* libkevo, through its C interface. */

#include "store.h"

#include <kevo.h>
#include <stdlib.h>

/* How many entries a scan asks for at a time. */
#define SCANNED 256

struct cursor {
  kevo_iterator *iterator;
};

static kevo_db *db;
static kevo_batch *batch;
static int is_mapped;
static _Thread_local kevo_pinned *pinned;

const char *store_version(void) { return kevo_version_string(); }

static void check(const char *what, int code, kevo_error *error) {
  if (code != KEVO_OK) fail(what, error ? kevo_error_message(error) : kevo_strerror(code));
}

static int sync_mode(const struct options *options) {
  if (options->sync) return KEVO_SYNC_ALWAYS;
  if (!options->variant || is_mapped) return KEVO_SYNC_NONE;
  if (strcmp(options->variant, "buffered")) fail(options->variant, "no such variant");
  return KEVO_SYNC_BUFFERED;
}

void store_open(const char *directory, const struct options *options) {
  kevo_db_options *settings = kevo_db_options_new();
  kevo_error *error;
  is_mapped = options->variant && !strcmp(options->variant, "mapped");
  kevo_db_options_set_memtable_size(settings, MEMTABLE);
  kevo_db_options_set_cache_size(settings, options->cache);
  kevo_db_options_set_filter_bits(settings, FILTER_BITS);
  kevo_db_options_set_log_mapped(settings, is_mapped);
  kevo_db_options_set_sync(settings, sync_mode(options), 0);
  check("kevo_db_open", kevo_db_open(directory, settings, &db, NULL, &error), error);
  kevo_db_options_free(settings);
  batch = kevo_batch_new();
}

void store_close(void) {
  kevo_error *error;
  store_leave();
  kevo_batch_free(batch);
  check("kevo_db_close", kevo_db_close(db, &error), error);
}

void store_leave(void) {
  kevo_pinned_free(pinned);
  pinned = NULL;
}

void store_put(struct slice key, struct slice value) {
  kevo_error *error;
  check("kevo_db_put", kevo_db_put(db, key.data, key.len, value.data, value.len, 0, &error), error);
}

void store_delete(struct slice key) {
  kevo_error *error;
  check("kevo_db_delete", kevo_db_delete(db, key.data, key.len, 0, &error), error);
}

void store_batch(const struct entry *entries, size_t length) {
  kevo_error *error;
  kevo_batch_clear(batch);
  for (size_t i = 0; i < length; i++) {
    struct slice key = entries[i].key, value = entries[i].value;
    check("kevo_batch_put", kevo_batch_put(batch, key.data, key.len, value.data, value.len), NULL);
  }
  check("kevo_db_write", kevo_db_write(db, batch, 0, NULL, &error), error);
}

int store_get(struct slice key, struct slice *value) {
  kevo_slice found;
  kevo_error *error;
  int code;
  if (!pinned) pinned = kevo_pinned_new();
  code = kevo_db_get(db, NULL, key.data, key.len, pinned, &found, &error);
  if (code == KEVO_NOT_FOUND || code == KEVO_DELETED) return 0;
  check("kevo_db_get", code, error);
  *value = (struct slice){found.data, found.len};
  return 1;
}

static kevo_iterator *iterator_over_all(void) {
  kevo_iterator *iterator;
  kevo_error *error;
  check("kevo_db_iterator", kevo_db_iterator(db, NULL, NULL, &iterator, &error), error);
  return iterator;
}

void store_scan(struct tally *tally) {
  kevo_iterator *iterator = iterator_over_all();
  kevo_entry entries[SCANNED];
  size_t length;
  int code;
  while ((code = kevo_iterator_next_batch(iterator, entries, SCANNED, &length)) == KEVO_OK)
    for (size_t i = 0; i < length; i++) {
      struct slice key = {entries[i].key.data, entries[i].key.len};
      struct slice value = {entries[i].value.data, entries[i].value.len};
      count(tally, key, value);
    }
  if (code != KEVO_END) fail("kevo_iterator_next_batch", kevo_strerror(code));
  kevo_iterator_free(iterator);
}

struct cursor *store_cursor(void) {
  struct cursor *cursor = malloc(sizeof *cursor);
  if (!cursor) fail("store_cursor", "no memory");
  cursor->iterator = iterator_over_all();
  return cursor;
}

void store_cursor_free(struct cursor *cursor) {
  kevo_iterator_free(cursor->iterator);
  free(cursor);
}

/* The entry that a cursor is on after a move that returned `code`. */
static int entry_after(struct cursor *cursor, int code, struct entry *entry) {
  kevo_entry found;
  if (code == KEVO_END) return 0;
  if (code == KEVO_OK) code = kevo_iterator_entry(cursor->iterator, &found);
  if (code != KEVO_OK) fail("kevo_iterator", kevo_strerror(code));
  entry->key = (struct slice){found.key.data, found.key.len};
  entry->value = (struct slice){found.value.data, found.value.len};
  return 1;
}

int store_first(struct cursor *cursor, struct entry *entry) {
  return entry_after(cursor, kevo_iterator_first(cursor->iterator), entry);
}

int store_next(struct cursor *cursor, struct entry *entry) {
  return entry_after(cursor, kevo_iterator_next(cursor->iterator), entry);
}

int store_seek(struct cursor *cursor, struct slice key, struct entry *entry) {
  return entry_after(cursor, kevo_iterator_seek(cursor->iterator, key.data, key.len), entry);
}

uint64_t store_bytes_mapped(void) { return is_mapped ? kevo_db_stat(db, KEVO_DB_STAT_BYTES_LOGGED) : 0; }
