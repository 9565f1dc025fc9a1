/*
 * The workloads A to F of YCSB (Cooper and others, "Benchmarking cloud serving systems with YCSB", 2010), on entries of
 * the size of all others here. They come after fillrandom. Which entry one is about follows Zipf's law with the exponent
 * 0.99: the most popular is wanted once in fifteen times or so. Popular entries lie anywhere among the keys, but in D,
 * which reads what was inserted last.
 */

#ifndef YCSB_H
#define YCSB_H

#include "workload.h"

#include <math.h>

#define EXPONENT 0.99
#define LONGEST_SCAN 100

/* Ranks from 0 up, as Gray and others draw them ("Quickly generating billion-record synthetic databases", 1994). */
struct zipf {
  double count, zeta, alpha, eta;
};

/* What an operation is: so many of a hundred are of each kind, and the others read. */
struct mix {
  unsigned updates, inserts, scans, rewrites;
  int reads_latest;
};

static uint64_t ycsb_drawn, ycsb_inserted;

static inline double ycsb_random(void) {
  return (double)(random_number(BEGIN(YCSB) + ycsb_drawn++) >> 11) / (double)(UINT64_C(1) << 53);
}

static struct zipf zipf_of(uint64_t count) {
  double zeta = 0, zeta_of_two = 1 + pow(0.5, EXPONENT);
  for (uint64_t i = 1; i <= count; i++) zeta += pow(1 / (double)i, EXPONENT);
  return (struct zipf){(double)count, zeta, 1 / (1 - EXPONENT),
                       (1 - pow(2 / (double)count, 1 - EXPONENT)) / (1 - zeta_of_two / zeta)};
}

static inline uint64_t zipf_rank(const struct zipf *zipf) {
  double random = ycsb_random(), scaled = random * zipf->zeta;
  if (scaled < 1) return 0;
  if (scaled < 1 + pow(0.5, EXPONENT)) return 1;
  uint64_t rank = (uint64_t)(zipf->count * pow(zipf->eta * random - zipf->eta + 1, zipf->alpha));
  return rank < (uint64_t)zipf->count ? rank : (uint64_t)zipf->count - 1;
}

static inline uint64_t ycsb_pick(const struct zipf *zipf, int latest) {
  uint64_t rank = zipf_rank(zipf);
  return latest ? entries + ycsb_inserted - 1 - rank : random_number(BEGIN(YCSB) / 2 + rank) % entries;
}

/* Whether the entry is there, with a value that it may have. */
static int ycsb_read(struct made *made, uint64_t number) {
  struct slice value;
  if (!store_get(make_key(made, number), &value) || value.len != VALUE) return 0;
  return head_of(value) == head(number, 0) || head_of(value) == head(number, 1);
}

/* Whether a scan from the entry on finds it first, and keys that ascend. */
static int ycsb_scan(struct made *made, uint64_t number, struct tally *tally) {
  uint64_t length = 1 + (uint64_t)(ycsb_random() * LONGEST_SCAN), seen = 0;
  struct cursor *cursor = store_cursor();
  struct entry entry;
  char before[KEY];
  int is_right = 1, is_on = store_seek(cursor, make_key(made, number), &entry);
  for (; is_on && seen < length; seen++, is_on = seen < length && store_next(cursor, &entry)) {
    int order = entry.key.len == KEY ? memcmp(entry.key.data, seen ? before : made->key, KEY) : -1;
    is_right &= seen ? order > 0 : !order;
    memcpy(before, entry.key.data, KEY);
    count(tally, entry.key, entry.value);
  }
  store_cursor_free(cursor);
  return is_right && seen > 0;
}

/* The last writes, of which the answers are checked afterwards: number and version. */
#define REMEMBERED 1000
static uint64_t ycsb_written[REMEMBERED][2], ycsb_writes;

static inline void ycsb_put(struct made *made, uint64_t number, uint64_t version) {
  store_put(make_key(made, number), make_value(made, number, version));
  ycsb_written[ycsb_writes % REMEMBERED][0] = number;
  ycsb_written[ycsb_writes++ % REMEMBERED][1] = version;
}

/* Says beside the time what scans have found, which all stores must say alike. */
static void ycsb(struct mix mix, uint64_t times, struct result *result) {
  struct zipf zipf = zipf_of(entries);
  struct made made = {.at = 0};
  uint64_t start = now(), wrong = 0;
  for (uint64_t i = 0; i < times; i++) {
    unsigned kind = (unsigned)(ycsb_random() * 100);
    if (kind < mix.inserts) {
      uint64_t number = entries + ycsb_inserted++;
      ycsb_put(&made, number, 0);
      continue;
    }
    uint64_t number = ycsb_pick(&zipf, mix.reads_latest);
    if ((kind -= mix.inserts) < mix.scans) {
      wrong += !ycsb_scan(&made, number, &result->tally);
    } else if ((kind -= mix.scans) < mix.updates) {
      ycsb_put(&made, number, 1);
    } else {
      wrong += !ycsb_read(&made, number);
      if (kind - mix.updates < mix.rewrites) ycsb_put(&made, number, 1);
    }
  }
  result->nanoseconds = now() - start;
  result->more[0] = result->tally.sum;
  result->more_length = 1;
  expect(!wrong, "in a workload of YCSB");
  for (uint64_t i = 0; i < REMEMBERED && i < ycsb_writes; i++)
    expect(has(ycsb_written[i][0], ycsb_written[i][1]), "after a workload of YCSB");
}

/* All of these do so many operations. */

static void ycsb_a(uint64_t times, struct result *result) { ycsb((struct mix){.updates = 50}, times, result); }

static void ycsb_b(uint64_t times, struct result *result) { ycsb((struct mix){.updates = 5}, times, result); }

static void ycsb_c(uint64_t times, struct result *result) { ycsb((struct mix){.updates = 0}, times, result); }

static void ycsb_d(uint64_t times, struct result *result) {
  ycsb((struct mix){.inserts = 5, .reads_latest = 1}, times, result);
}

static void ycsb_e(uint64_t times, struct result *result) {
  ycsb((struct mix){.inserts = 5, .scans = 95}, times, result);
}

static void ycsb_f(uint64_t times, struct result *result) { ycsb((struct mix){.rewrites = 50}, times, result); }

#endif
