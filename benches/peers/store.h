/* The store that measure.c uses. Each program is measure.c with one of kevo.c, leveldb.cpp and rocksdb.cpp. */

#ifndef STORE_H
#define STORE_H

#include <stdint.h>
#include <string.h>

#include "slice.h"

#ifdef __cplusplus
extern "C" {
#endif

struct options {
  /* How many threads recovery may use, if the store has an option for it; 0 is its default. */
  size_t threads;
  /* The size in bytes at which a memtable is full and the next is started; 0 makes a single memtable. */
  uint64_t memtable_size;
  /* Whether puts go only into memtables, as with kevo_memtable_list_put, and not into a log. */
  int without_log;
};

/* What a scan or lookups found. */
struct tally {
  uint64_t entries;
  uint64_t bytes;
  /* The sum of all bytes, if they are to be read, so that the compiler cannot leave out the reading. */
  uint64_t sum;
};

const char *store_version(void);

/* Recovers what is in a directory, or makes a new store if it is empty. Nothing is flushed, now or later. */
void store_open(const char *directory, const struct options *options);
void store_close(void);

/* Only one thread puts. Any number of threads may call the other functions. */
void store_put(struct slice key, struct slice value);
/* Whether the key is there. The value is valid until the next call by this thread. */
int store_get(struct slice key, struct slice *value);
/* Goes through all entries in the order of their keys, and gives each to `count`. */
void store_scan(int read, struct tally *tally);

static inline uint64_t sum(struct slice bytes) {
  uint64_t sum = 0, word;
  size_t i = 0;
  for (; i + sizeof word <= bytes.len; i += sizeof word) {
    memcpy(&word, bytes.data + i, sizeof word);
    sum += word;
  }
  for (; i < bytes.len; i++) sum += (unsigned char)bytes.data[i];
  return sum;
}

static inline void count(struct tally *tally, struct slice key, struct slice value, int read) {
  tally->entries += 1;
  tally->bytes += key.len + value.len;
  if (read) tally->sum += sum(key) + sum(value);
}

#ifdef __cplusplus
}
#endif

#endif
