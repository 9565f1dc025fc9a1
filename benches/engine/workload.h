/* What workloads are made of: numbered entries, whose keys and values follow from their numbers, and times of calls. */

#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "process.h"
#include "store.h"

#include <inttypes.h>

#define KEY 16
#define VALUE 100
#define MORE 5
/* Values are taken from so many random bytes, one place after the other, behind their own first eight. */
#define POOL ((size_t)1 << 20)

/* The numbers of a sequence of random numbers begin here, so that no two sequences have one in common. */
enum sequence { KEYS, ABSENT, HEADS, OVERWRITTEN, DELETED, LOOKED_UP, SOUGHT, WRITTEN_MEANWHILE, BYTES, YCSB };
#define BEGIN(sequence) ((uint64_t)(sequence) << 48)

struct result {
  struct tally tally;
  uint64_t nanoseconds;
  uint64_t more[MORE];
  int more_length;
};

static struct options options = {.cache = (size_t)64 << 20};
static uint64_t entries = 500000;
static uint64_t lookups = 500000;
static char pool[POOL + VALUE];

/* splitmix64. No two seeds give the same. */
static inline uint64_t random_number(uint64_t seed) {
  uint64_t z = (seed + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static void fill_pool(void) {
  for (size_t i = 0; i + sizeof(uint64_t) <= sizeof pool; i += sizeof(uint64_t)) {
    uint64_t bytes = random_number(BEGIN(BYTES) + i);
    memcpy(pool + i, &bytes, sizeof bytes);
  }
}

/* An entry, and room for its bytes. */
struct made {
  char key[KEY];
  char value[VALUE];
  /* Where the next value begins in the pool. */
  size_t at;
};

static inline struct slice key_of(struct made *made) { return (struct slice){made->key, KEY}; }
static inline struct slice value_of(struct made *made) { return (struct slice){made->value, VALUE}; }

static inline struct slice make_key_from(struct made *made, enum sequence sequence, uint64_t number) {
  uint64_t words[2] = {random_number(BEGIN(sequence) + 2 * number), random_number(BEGIN(sequence) + 2 * number + 1)};
  memcpy(made->key, words, KEY);
  return key_of(made);
}

/* The key of an entry: random from its first byte on. */
static inline struct slice make_key(struct made *made, uint64_t number) { return make_key_from(made, KEYS, number); }

/* The keys of fillseq: as random as the others, but in order. */
static inline struct slice make_key_in_order(struct made *made, uint64_t number) {
  uint64_t step = UINT64_MAX / entries, low = random_number(BEGIN(KEYS) + number);
  uint64_t high = __builtin_bswap64(number * step + low % step);
  memcpy(made->key, &high, sizeof high);
  memcpy(made->key + sizeof high, &low, sizeof low);
  return key_of(made);
}

/* The first eight bytes of the value of an entry; `version` is 1 if it was overwritten. */
static inline uint64_t head(uint64_t number, uint64_t version) {
  return random_number(BEGIN(HEADS) + 2 * number + version);
}

static inline struct slice make_value(struct made *made, uint64_t number, uint64_t version) {
  uint64_t first = head(number, version);
  memcpy(made->value, pool + made->at, VALUE);
  memcpy(made->value, &first, sizeof first);
  made->at = (made->at + VALUE) % POOL;
  return value_of(made);
}

static inline uint64_t pick(enum sequence sequence, uint64_t i) { return random_number(BEGIN(sequence) + i) % entries; }

static void expect(int is_so, const char *what) {
  if (!is_so) fail("a wrong answer", what);
}

/* How long calls took. A bucket is a sixteenth of a power of two, or less. */
#define BUCKETS (64 * 16)
struct histogram {
  uint64_t counts[BUCKETS];
  uint64_t all;
  uint64_t most;
};

static inline void record(struct histogram *histogram, uint64_t took) {
  unsigned power = 63u - (unsigned)__builtin_clzll(took | 16);
  histogram->counts[(power - 4) * 16 + (took >> (power - 4))] += 1;
  histogram->all += 1;
  if (took > histogram->most) histogram->most = took;
}

/* The time that so many of a thousand calls took at most. */
static uint64_t percentile(const struct histogram *histogram, uint64_t of_thousand) {
  uint64_t wanted = histogram->all * of_thousand / 1000, seen = 0;
  unsigned bucket = 0;
  while (bucket + 1 < BUCKETS && (seen += histogram->counts[bucket]) < wanted) bucket++;
  return bucket < 32 ? bucket : (uint64_t)(bucket % 16 + 16 + 1) << (bucket / 16 - 1);
}

/* The times that half of the calls, 99 and 99.9 percent, and all took at most. */
static void say_times(const struct histogram *histogram, struct result *result) {
  result->more[0] = percentile(histogram, 500);
  result->more[1] = percentile(histogram, 990);
  result->more[2] = percentile(histogram, 999);
  result->more[3] = histogram->most;
  result->more_length = 4;
}

/* Whether the key of an entry is there, with the value of a version. */
static int has(uint64_t number, uint64_t version) {
  struct made made;
  struct slice value;
  return store_get(make_key(&made, number), &value) && value.len == VALUE && head_of(value) == head(number, version);
}

#endif
