/* The workloads of bench, by the names that they have in db_bench of LevelDB and RocksDB. */
#ifndef TOOL_WORKLOAD_H
#define TOOL_WORKLOAD_H

#include <pthread.h>
#include <stddef.h>

#include "histogram.h"
#include "kevo.h"

#define BENCH_KEY 16 /* bytes of a key: a number in decimal digits */

/* What all threads of a workload share. */
struct bench {
  kevo_db *db;
  uint64_t keys;       /* there are so many different ones */
  uint64_t operations; /* of each thread */
  const char *values;  /* random bytes, from which values are taken */
  size_t value_size;
  size_t values_size;   /* at least twice `value_size` */
  pthread_mutex_t lock; /* of is_over */
  int is_over;          /* the threads that are measured have ended */
};

/* One thread. */
struct worker {
  struct bench *bench;
  uint64_t random;
  uint64_t last; /* when the last operation ended, in nanoseconds of a clock */
  uint64_t done; /* operations */
  uint64_t bytes;
  uint64_t found;
  struct histogram histogram;
  size_t value_at;
  int code;
  kevo_error *error;
};

enum {
  WORKLOAD_WRITES = 1, /* it writes */
  WORKLOAD_FRESH = 2,  /* it begins with an empty database, if the database is one that bench has made */
  WORKLOAD_FINDS = 4   /* it counts what it finds */
};

struct workload {
  const char *name;
  int flags;
  uint64_t divisor; /* of the number of operations */
  int (*run)(struct worker *worker);
  int (*beside)(struct worker *worker); /* what one more thread does meanwhile; NULL for nothing */
};

/* NULL if there is none of this name, which has so many characters. */
const struct workload *workload_named(const char *name, size_t length);

/* The one with this index; NULL after the last. */
const struct workload *workload_at(size_t index);

/* Says whether the threads that are measured have ended. */
void bench_set_over(struct bench *bench, int is_over);

/* In nanoseconds. */
uint64_t bench_clock(void);

#endif
