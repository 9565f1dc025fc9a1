#define _XOPEN_SOURCE 700

#include "workload.h"

#include <string.h>
#include <time.h>

/* Operations in a batch of fillbatch. */
#define BATCH 1000

uint64_t bench_clock(void)
{
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void bench_set_over(struct bench *bench, int is_over)
{
  pthread_mutex_lock(&bench->lock);
  bench->is_over = is_over;
  pthread_mutex_unlock(&bench->lock);
}

static int is_over(struct bench *bench)
{
  int answer;

  pthread_mutex_lock(&bench->lock);
  answer = bench->is_over;
  pthread_mutex_unlock(&bench->lock);
  return answer;
}

/* ---- keys and values ----------------------------------------------------------------------------------------- */

/* xorshift64* */
static uint64_t random_number(struct worker *worker)
{
  worker->random ^= worker->random >> 12;
  worker->random ^= worker->random << 25;
  worker->random ^= worker->random >> 27;
  return worker->random * 0x2545F4914F6CDD1Du;
}

static uint64_t random_key(struct worker *worker)
{
  return random_number(worker) % worker->bench->keys;
}

static void make_key(char *key, uint64_t number)
{
  size_t at = BENCH_KEY;

  while (at > 0) {
    key[--at] = (char)('0' + number % 10);
    number /= 10;
  }
}

static const char *next_value(struct worker *worker)
{
  const struct bench *bench = worker->bench;

  if (worker->value_at + bench->value_size > bench->values_size)
    worker->value_at = 0;
  worker->value_at += bench->value_size;
  return bench->values + worker->value_at - bench->value_size;
}

/* Counts operations that end now. */
static void count(struct worker *worker, uint64_t operations, uint64_t bytes)
{
  uint64_t now = bench_clock();

  histogram_add(&worker->histogram, now - worker->last);
  worker->last = now;
  worker->done += operations;
  worker->bytes += bytes;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static int put_number_of(struct worker *worker, uint64_t number, uint32_t flags)
{
  const struct bench *bench = worker->bench;
  char key[BENCH_KEY];
  int code;

  make_key(key, number);
  code = kevo_db_put(bench->db, key, BENCH_KEY, next_value(worker), bench->value_size, flags, &worker->error);
  if (code == KEVO_OK)
    count(worker, 1, BENCH_KEY + bench->value_size);
  return code;
}

static int fill_in_order(struct worker *worker)
{
  int code = KEVO_OK;
  uint64_t i;

  for (i = 0; i < worker->bench->operations && code == KEVO_OK; i++)
    code = put_number_of(worker, i, 0);
  return code;
}

static int fill_at_random(struct worker *worker)
{
  int code = KEVO_OK;
  uint64_t i;

  for (i = 0; i < worker->bench->operations && code == KEVO_OK; i++)
    code = put_number_of(worker, random_key(worker), 0);
  return code;
}

static int fill_synced(struct worker *worker)
{
  int code = KEVO_OK;
  uint64_t i;

  for (i = 0; i < worker->bench->operations && code == KEVO_OK; i++)
    code = put_number_of(worker, random_key(worker), KEVO_WRITE_SYNC);
  return code;
}

static int write_one_batch(struct worker *worker, kevo_batch *batch, uint64_t first, uint64_t operations)
{
  const struct bench *bench = worker->bench;
  int code = KEVO_OK;
  char key[BENCH_KEY];
  uint64_t i;

  kevo_batch_clear(batch);
  for (i = 0; i < operations && code == KEVO_OK; i++) {
    make_key(key, first + i);
    code = kevo_batch_put(batch, key, BENCH_KEY, next_value(worker), bench->value_size);
  }
  if (code == KEVO_OK)
    code = kevo_db_write(bench->db, batch, 0, NULL, &worker->error);
  if (code == KEVO_OK)
    count(worker, operations, operations * (BENCH_KEY + bench->value_size));
  return code;
}

static int fill_in_batches(struct worker *worker)
{
  kevo_batch *batch = kevo_batch_new();
  int code = batch != NULL ? KEVO_OK : KEVO_E_NO_MEMORY;
  uint64_t operations = worker->bench->operations, i;

  for (i = 0; i < operations && code == KEVO_OK; i += BATCH)
    code = write_one_batch(worker, batch, i, operations - i < BATCH ? operations - i : BATCH);
  kevo_batch_free(batch);
  return code;
}

static int delete_at_random(struct worker *worker)
{
  char key[BENCH_KEY];
  int code = KEVO_OK;
  uint64_t i;

  for (i = 0; i < worker->bench->operations && code == KEVO_OK; i++) {
    make_key(key, random_key(worker));
    code = kevo_db_delete(worker->bench->db, key, BENCH_KEY, 0, &worker->error);
    if (code == KEVO_OK)
      count(worker, 1, 0);
  }
  return code;
}

static int write_until_over(struct worker *worker)
{
  int code = KEVO_OK;

  while (code == KEVO_OK && !is_over(worker->bench))
    code = put_number_of(worker, random_key(worker), 0);
  return code;
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

/* With a byte after it a key is one that is not there. */
static int get_at_random(struct worker *worker, size_t key_length)
{
  kevo_pinned *pinned = kevo_pinned_new();
  char key[BENCH_KEY + 1] = {0};
  int code = pinned != NULL ? KEVO_OK : KEVO_E_NO_MEMORY;
  kevo_slice value;
  uint64_t i;

  for (i = 0; i < worker->bench->operations && code >= 0; i++) {
    make_key(key, random_key(worker));
    key[BENCH_KEY] = '.';
    code = kevo_db_get(worker->bench->db, NULL, key, key_length, pinned, &value, &worker->error);
    if (code == KEVO_OK) {
      worker->found++;
      worker->bytes += key_length + value.len;
    }
    if (code >= 0)
      count(worker, 1, 0);
  }
  kevo_pinned_free(pinned);
  return code >= 0 ? KEVO_OK : code;
}

static int read_at_random(struct worker *worker)
{
  return get_at_random(worker, BENCH_KEY);
}

static int read_missing(struct worker *worker)
{
  return get_at_random(worker, BENCH_KEY + 1);
}

static int read_in_order(struct worker *worker, int (*move)(kevo_iterator *), int (*first)(kevo_iterator *))
{
  kevo_iterator *iterator = NULL;
  int code = kevo_db_iterator(worker->bench->db, NULL, NULL, &iterator, &worker->error);
  kevo_entry entry;
  uint64_t i;

  if (code != KEVO_OK)
    return code;
  code = first(iterator);
  for (i = 0; i < worker->bench->operations && code == KEVO_OK; i++) {
    code = kevo_iterator_entry(iterator, &entry);
    if (code == KEVO_OK)
      count(worker, 1, entry.key.len + entry.value.len);
    if (code == KEVO_OK)
      code = move(iterator);
  }
  kevo_iterator_free(iterator);
  return code == KEVO_END ? KEVO_OK : code;
}

static int read_forwards(struct worker *worker)
{
  return read_in_order(worker, kevo_iterator_next, kevo_iterator_first);
}

static int read_backwards(struct worker *worker)
{
  return read_in_order(worker, kevo_iterator_prev, kevo_iterator_last);
}

static int seek_at_random(struct worker *worker)
{
  kevo_iterator *iterator = NULL;
  int code = kevo_db_iterator(worker->bench->db, NULL, NULL, &iterator, &worker->error);
  char key[BENCH_KEY];
  kevo_entry entry;
  uint64_t i;

  if (code != KEVO_OK)
    return code;
  for (i = 0; i < worker->bench->operations && code >= 0; i++) {
    make_key(key, random_key(worker));
    code = kevo_iterator_seek(iterator, key, BENCH_KEY);
    if (code == KEVO_OK && kevo_iterator_entry(iterator, &entry) == KEVO_OK)
      worker->found += entry.key.len == BENCH_KEY && memcmp(entry.key.data, key, BENCH_KEY) == 0;
    if (code >= 0)
      count(worker, 1, 0);
  }
  kevo_iterator_free(iterator);
  return code >= 0 ? KEVO_OK : code;
}

/* ---- all of them --------------------------------------------------------------------------------------------- */

static const struct workload workloads[] = {
    {"fillseq", WORKLOAD_WRITES | WORKLOAD_FRESH, 1, fill_in_order, NULL},
    {"fillrandom", WORKLOAD_WRITES | WORKLOAD_FRESH, 1, fill_at_random, NULL},
    {"overwrite", WORKLOAD_WRITES, 1, fill_at_random, NULL},
    {"readrandom", WORKLOAD_FINDS, 1, read_at_random, NULL},
    {"readmissing", WORKLOAD_FINDS, 1, read_missing, NULL},
    {"readseq", 0, 1, read_forwards, NULL},
    {"readreverse", 0, 1, read_backwards, NULL},
    {"seekrandom", WORKLOAD_FINDS, 1, seek_at_random, NULL},
    {"readwhilewriting", WORKLOAD_WRITES | WORKLOAD_FINDS, 1, read_at_random, write_until_over},
    {"deleterandom", WORKLOAD_WRITES, 1, delete_at_random, NULL},
    {"fillsync", WORKLOAD_WRITES | WORKLOAD_FRESH, 1000, fill_synced, NULL},
    {"fillbatch", WORKLOAD_WRITES | WORKLOAD_FRESH, 1, fill_in_batches, NULL}};

const struct workload *workload_at(size_t index)
{
  return index < sizeof workloads / sizeof workloads[0] ? &workloads[index] : NULL;
}

const struct workload *workload_named(const char *name, size_t length)
{
  const struct workload *workload;
  size_t i;

  for (i = 0; (workload = workload_at(i)) != NULL; i++) {
    if (strlen(workload->name) == length && memcmp(workload->name, name, length) == 0)
      break;
  }
  return workload;
}
