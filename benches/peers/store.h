/* What measure.c asks of a store. A measuring program is measure.c with one of kevo.c, leveldb.cpp and rocksdb.cpp. */

#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct options {
  /* How many threads recovery may use, where a store lets one say; 0 is its default. */
  size_t threads;
  /* Size from which on a memtable is full, in bytes, if there is to be more than one; 0 is one table. */
  uint64_t table_size;
  /* Whether puts go into memtables alone, as kevo_memtable_list_put does it, and not into a log. */
  int without_log;
};

struct slice {
  const char *data;
  size_t len;
};

/* What a scan or lookups came across. */
struct tally {
  uint64_t entries;
  uint64_t bytes;
  /* Of all bytes, if they are to be read; so that reading them cannot be left out. */
  uint64_t sum;
};

const char *store_version(void);

/* Recovers what is in a directory; makes a store where nothing is. Nothing is flushed, now or later. */
void store_open(const char *directory, const struct options *options);
void store_close(void);

/* Puts are by one thread, all else by any number. */
void store_put(struct slice key, struct slice value);
/* Whether the key is there. The value is good until this thread asks for the next. */
int store_get(struct slice key, struct slice *value);
/* Goes through all entries in the order of their keys; each is given to `count`. */
void store_scan(int read, struct tally *tally);

/* Ends the program. */
void fail(const char *what, const char *why);

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
