/* LMDB: a B+ tree in a map, no log and no compaction. It has neither memtables, nor a cache or filters of its own. */

#include "store.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

/* Address space only: the file grows as it is filled. */
#define MAP ((size_t)64 << 30)

struct cursor {
  MDB_txn *txn;
  MDB_cursor *cursor;
};

static MDB_env *env;
static MDB_dbi dbi;
/* A thread reads what is there at each get: its transaction is renewed. */
static _Thread_local MDB_txn *reading;

const char *store_version(void) {
  static char version[32];
  snprintf(version, sizeof version, "%d.%d.%d", MDB_VERSION_MAJOR, MDB_VERSION_MINOR, MDB_VERSION_PATCH);
  return version;
}

static void check(const char *what, int code) {
  if (code) fail(what, mdb_strerror(code));
}

static MDB_val to_lmdb(struct slice bytes) { return (MDB_val){bytes.len, (void *)bytes.data}; }
static struct slice of_lmdb(MDB_val bytes) { return (struct slice){bytes.mv_data, bytes.mv_size}; }

static MDB_txn *begin(unsigned flags) {
  MDB_txn *txn;
  check("mdb_txn_begin", mdb_txn_begin(env, NULL, flags, &txn));
  return txn;
}

void store_open(const char *directory, const struct options *options) {
  MDB_txn *txn;
  check("mdb_env_create", mdb_env_create(&env));
  check("mdb_env_set_mapsize", mdb_env_set_mapsize(env, MAP));
  check("mdb_env_open", mdb_env_open(env, directory, options->sync ? 0 : MDB_NOSYNC, 0644));
  txn = begin(0);
  check("mdb_dbi_open", mdb_dbi_open(txn, NULL, 0, &dbi));
  check("mdb_txn_commit", mdb_txn_commit(txn));
}

void store_close(void) {
  store_leave();
  mdb_env_close(env);
}

void store_leave(void) {
  if (reading) mdb_txn_abort(reading);
  reading = NULL;
}

void store_batch(const struct entry *entries, size_t length) {
  MDB_txn *txn = begin(0);
  for (size_t i = 0; i < length; i++) {
    MDB_val key = to_lmdb(entries[i].key), value = to_lmdb(entries[i].value);
    check("mdb_put", mdb_put(txn, dbi, &key, &value, 0));
  }
  check("mdb_txn_commit", mdb_txn_commit(txn));
}

void store_put(struct slice key, struct slice value) {
  struct entry entry = {key, value};
  store_batch(&entry, 1);
}

void store_delete(struct slice key) {
  MDB_txn *txn = begin(0);
  MDB_val deleted = to_lmdb(key);
  int code = mdb_del(txn, dbi, &deleted, NULL);
  if (code != MDB_NOTFOUND) check("mdb_del", code);
  check("mdb_txn_commit", mdb_txn_commit(txn));
}

int store_get(struct slice key, struct slice *value) {
  MDB_val wanted = to_lmdb(key), found;
  int code;
  if (!reading)
    reading = begin(MDB_RDONLY);
  else {
    mdb_txn_reset(reading);
    check("mdb_txn_renew", mdb_txn_renew(reading));
  }
  code = mdb_get(reading, dbi, &wanted, &found);
  if (code == MDB_NOTFOUND) return 0;
  check("mdb_get", code);
  *value = of_lmdb(found);
  return 1;
}

struct cursor *store_cursor(void) {
  struct cursor *cursor = malloc(sizeof *cursor);
  if (!cursor) fail("store_cursor", "no memory");
  /* A thread can have only one transaction that reads. */
  store_leave();
  cursor->txn = begin(MDB_RDONLY);
  check("mdb_cursor_open", mdb_cursor_open(cursor->txn, dbi, &cursor->cursor));
  return cursor;
}

void store_cursor_free(struct cursor *cursor) {
  mdb_cursor_close(cursor->cursor);
  mdb_txn_abort(cursor->txn);
  free(cursor);
}

static int move(struct cursor *cursor, struct slice target, MDB_cursor_op move, struct entry *entry) {
  MDB_val key = to_lmdb(target), value;
  int code = mdb_cursor_get(cursor->cursor, &key, &value, move);
  if (code == MDB_NOTFOUND) return 0;
  check("mdb_cursor_get", code);
  entry->key = of_lmdb(key);
  entry->value = of_lmdb(value);
  return 1;
}

static const struct slice NONE = {NULL, 0};

int store_first(struct cursor *cursor, struct entry *entry) { return move(cursor, NONE, MDB_FIRST, entry); }
int store_next(struct cursor *cursor, struct entry *entry) { return move(cursor, NONE, MDB_NEXT, entry); }

int store_seek(struct cursor *cursor, struct slice key, struct entry *entry) {
  return move(cursor, key, MDB_SET_RANGE, entry);
}

void store_scan(struct tally *tally) {
  struct cursor *cursor = store_cursor();
  struct entry entry;
  for (int is_on = store_first(cursor, &entry); is_on; is_on = store_next(cursor, &entry))
    count(tally, entry.key, entry.value);
  store_cursor_free(cursor);
}

uint64_t store_bytes_mapped(void) { return 0; }
