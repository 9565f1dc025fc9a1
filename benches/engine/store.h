/*
 * The store that measure.c uses. Each program is measure.c with one of kevo.c, leveldb.cpp, rocksdb.cpp and lmdb.c. All
 * have memtables of 32 MiB, the same block cache, filters of 10 bits a key and no compression, as far as they have such
 * things; everything else is as a user finds it.
 */

#ifndef STORE_H
#define STORE_H

#include <stdint.h>
#include <string.h>

#include "slice.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MEMTABLE ((size_t)32 << 20)
#define FILTER_BITS 10

struct options {
  /* Which way of writing the log, if the store has several; NULL is the usual one. */
  const char *variant;
  /* Whether a write is on disk before it returns. Otherwise the store never syncs for a write. */
  int sync;
  /* Of blocks, in bytes. */
  size_t cache;
};

struct entry {
  struct slice key;
  struct slice value;
};

/* What a scan or lookups found. */
struct tally {
  uint64_t entries;
  uint64_t bytes;
  /* The first eight bytes of all values, by exclusive or. */
  uint64_t sum;
};

struct cursor;

const char *store_version(void);

/* Opens the store in a directory, or makes a new one if it is empty. */
void store_open(const char *directory, const struct options *options);
void store_close(void);
/* The thread that calls it reads no more. */
void store_leave(void);

/* Any number of threads may call these. */
void store_put(struct slice key, struct slice value);
void store_delete(struct slice key);
/* Whether the key is there. The value is valid until the next call by this thread. */
int store_get(struct slice key, struct slice *value);

/* Puts all entries, or none. Only one thread calls it. */
void store_batch(const struct entry *entries, size_t length);

/* Goes through all entries in the order of their keys, by whatever is the store's best way, and gives each to `count`. */
void store_scan(struct tally *tally);

/* A cursor sees the store as it is when it is made. Whether a move finds an entry is returned. */
struct cursor *store_cursor(void);
void store_cursor_free(struct cursor *cursor);
int store_first(struct cursor *cursor, struct entry *entry);
int store_next(struct cursor *cursor, struct entry *entry);
int store_seek(struct cursor *cursor, struct slice key, struct entry *entry);

/* How many bytes went to files through a map: the system counts only those that were written by calls. */
uint64_t store_bytes_mapped(void);

static inline uint64_t head_of(struct slice bytes) {
  uint64_t head;
  memcpy(&head, bytes.data, sizeof head);
  return head;
}

static inline void count(struct tally *tally, struct slice key, struct slice value) {
  tally->entries += 1;
  tally->bytes += key.len + value.len;
  tally->sum ^= head_of(value);
}

#ifdef __cplusplus
}
#endif

#endif
