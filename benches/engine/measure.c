/*
 * Does the workloads that its arguments name with a store, and prints what each took:
 *
 *     measure [--entries N] [--lookups N] [--syncs N] [--cache MIB] [--variant NAME] [--sync] DIRECTORY WORKLOAD[=NUMBER]...
 *     measure --version
 *
 * It prints a line for each workload: its name, nanoseconds, entries, their bytes, page faults, and the most memory
 * that the process has had so far, in bytes; and what else a workload says, which stands with each below.
 *
 * What a store answers is checked: in the loop as far as that costs next to nothing, and after it.
 */

#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 700

#include "workload.h"
#include "ycsb.h"

#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#define BATCH 100
/* How many entries a seek reads after the one that it finds. */
#define NEXTS 10
/* How many answers are checked after a workload that writes. */
#define CHECKED 1000

struct workload {
  const char *name;
  void (*run)(uint64_t number, struct result *result);
};

static const char *directory;
static uint64_t syncs = 5000;

/* Some of the first `all` numbers, so many as are to be checked. */
#define SOME(i, all) (uint64_t i = 0; i < (all); i += (all) / CHECKED + 1)

static void fillseq(uint64_t number, struct result *result) {
  struct made made = {.at = 0};
  struct histogram times = {.all = 0};
  uint64_t start = now(), last = start;
  (void)number;
  for (uint64_t i = 0; i < entries; i++) {
    uint64_t done;
    store_put(make_key_in_order(&made, i), make_value(&made, i, 0));
    done = now();
    record(&times, done - last);
    last = done;
  }
  result->nanoseconds = last - start;
  result->tally.entries = entries;
  say_times(&times, result);
}

static void fillbatch(uint64_t number, struct result *result) {
  static struct made made[BATCH];
  struct entry batch[BATCH];
  uint64_t start = now();
  (void)number;
  for (uint64_t i = 0; i < entries;) {
    size_t length = 0;
    for (; length < BATCH && i < entries; length++, i++) {
      made[length].at = i * VALUE % POOL;
      batch[length] = (struct entry){make_key_in_order(&made[length], i), make_value(&made[length], i, 0)};
    }
    store_batch(batch, length);
  }
  result->nanoseconds = now() - start;
  result->tally.entries = entries;
}

/* How many puts a nanosecond the last fill made. */
static double filled;

/* Puts each entry, in the order of their numbers, which is no order of their keys; or as many entries at random. */
static void put_all(uint64_t version, struct result *result) {
  struct made made = {.at = 0};
  struct histogram times = {.all = 0};
  uint64_t start = now(), last = start;
  for (uint64_t i = 0; i < entries; i++) {
    uint64_t done, number = version ? pick(OVERWRITTEN, i) : i;
    store_put(make_key(&made, number), make_value(&made, number, version));
    done = now();
    record(&times, done - last);
    last = done;
  }
  result->nanoseconds = last - start;
  result->tally.entries = entries;
  filled = (double)entries / (double)result->nanoseconds;
  say_times(&times, result);
}

static void fillrandom(uint64_t number, struct result *result) {
  (void)number;
  put_all(0, result);
  for SOME(i, entries) expect(has(i, 0), "after fillrandom");
}

static void overwrite(uint64_t number, struct result *result) {
  (void)number;
  put_all(1, result);
  for SOME(i, entries) expect(has(pick(OVERWRITTEN, i), 1), "after overwrite");
}

static void deleterandom(uint64_t number, struct result *result) {
  struct made made;
  struct slice value;
  uint64_t start = now();
  (void)number;
  for (uint64_t i = 0; i < entries; i++) store_delete(make_key(&made, pick(DELETED, i)));
  result->nanoseconds = now() - start;
  result->tally.entries = entries;
  for SOME(i, entries) expect(!store_get(make_key(&made, pick(DELETED, i)), &value), "after deleterandom");
}

/* Overwrites entries for so many seconds, at nine tenths of the rate at which they were put. Each put has a time at which
   it is due, and takes what has passed since: one that waits for another is late, too. If a store cannot keep up, the
   next such workload begins with what is due. Says the times, and how many puts it made. */
static void paced(uint64_t seconds, struct result *result) {
  static uint64_t began, puts;
  struct made made = {.at = 0};
  struct histogram times = {.all = 0};
  double step = 1 / (0.9 * filled);
  uint64_t start = now(), until = (began ? (uint64_t)((double)puts * step) : 0) + seconds * 1000000000, first = puts;
  expect(filled > 0, "paced comes after fillrandom");
  if (!began) began = start;
  for (uint64_t due; (due = (uint64_t)((double)puts * step)) < until; puts++) {
    uint64_t number = pick(OVERWRITTEN, puts);
    while (now() - began < due) continue;
    store_put(make_key(&made, number), make_value(&made, number, 1));
    record(&times, now() - began - due);
  }
  result->nanoseconds = now() - start;
  say_times(&times, result);
  result->more[4] = puts - first;
  result->more_length = 5;
}

/* Reads entries at random; `versions` is how many each may have. */
static void read_random(uint64_t versions, struct result *result) {
  struct made made;
  uint64_t start = now(), wrong = 0;
  for (uint64_t i = 0; i < lookups; i++) {
    struct slice value = {NULL, 0};
    uint64_t number = pick(LOOKED_UP, i);
    if (!store_get(make_key(&made, number), &value) || value.len != VALUE)
      wrong++;
    else {
      uint64_t found = head_of(value);
      wrong += found != head(number, 0) && (versions == 1 || found != head(number, 1));
      result->tally.entries++;
    }
  }
  result->nanoseconds = now() - start;
  expect(!wrong, "to a get");
}

static void readrandom(uint64_t number, struct result *result) {
  (void)number;
  read_random(1, result);
}

static void readmissing(uint64_t number, struct result *result) {
  struct made made;
  struct slice value;
  uint64_t start = now(), found = 0;
  (void)number;
  for (uint64_t i = 0; i < lookups; i++) found += (uint64_t)store_get(make_key_from(&made, ABSENT, i), &value);
  result->nanoseconds = now() - start;
  expect(!found, "to a get of an absent key");
}

static void check_scan(const struct tally *tally, uint64_t times) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < entries; i++) sum ^= head(i, 0);
  expect(tally->entries == times * entries, "how many entries a scan gives");
  expect(tally->sum == (times % 2 ? sum : 0), "the values that a scan gives");
}

/* Scans so many times, by the store's best way. */
static void readseq(uint64_t times, struct result *result) {
  uint64_t start = now();
  for (uint64_t i = 0; i < times; i++) store_scan(&result->tally);
  result->nanoseconds = now() - start;
  check_scan(&result->tally, times);
}

/* Scans so many times, with a cursor that gives one entry after the other. */
static void readnext(uint64_t times, struct result *result) {
  uint64_t start = now();
  for (uint64_t i = 0; i < times; i++) {
    struct cursor *cursor = store_cursor();
    struct entry entry;
    for (int is_on = store_first(cursor, &entry); is_on; is_on = store_next(cursor, &entry))
      count(&result->tally, entry.key, entry.value);
    store_cursor_free(cursor);
  }
  result->nanoseconds = now() - start;
  check_scan(&result->tally, times);
}

/* Reads NEXTS entries, or those that there are, and returns whether they are in order, after `last`. */
static int read_on(struct cursor *cursor, const char *last, struct tally *tally) {
  struct entry entry;
  char before[KEY];
  memcpy(before, last, KEY);
  for (int next = 0; next < NEXTS && store_next(cursor, &entry); next++) {
    if (entry.key.len != KEY || memcmp(before, entry.key.data, KEY) >= 0) return 0;
    memcpy(before, entry.key.data, KEY);
    count(tally, entry.key, entry.value);
  }
  return 1;
}

/* Seeks so many entries, and reads on from each. */
static void seekrandom(uint64_t times, struct result *result) {
  struct cursor *cursor = store_cursor();
  struct made made;
  struct entry entry;
  uint64_t start = now(), wrong = 0;
  for (uint64_t i = 0; i < times; i++) {
    uint64_t number = pick(SOUGHT, i);
    struct slice key = make_key(&made, number);
    if (!store_seek(cursor, key, &entry) || entry.key.len != KEY || memcmp(entry.key.data, key.data, KEY) ||
        head_of(entry.value) != head(number, 0) || !read_on(cursor, key.data, &result->tally))
      wrong++;
  }
  result->nanoseconds = now() - start;
  store_cursor_free(cursor);
  expect(!wrong, "to a seek");
}

static atomic_int is_reading, is_writing;

struct writer {
  uint64_t written;
  uint64_t took;
};

static void *write_meanwhile(void *argument) {
  struct writer *writer = argument;
  struct made made = {.at = 0};
  uint64_t start = now();
  for (; atomic_load_explicit(&is_reading, memory_order_relaxed); writer->written++) {
    uint64_t number = pick(WRITTEN_MEANWHILE, writer->written);
    store_put(make_key(&made, number), make_value(&made, number, 1));
    atomic_store_explicit(&is_writing, 1, memory_order_relaxed);
  }
  writer->took = now() - start;
  return NULL;
}

/* Says beside the reads how many were written meanwhile, and in what time. */
static void readwhilewriting(uint64_t number, struct result *result) {
  struct writer writer = {0, 0};
  pthread_t thread;
  (void)number;
  atomic_store(&is_reading, 1);
  if (pthread_create(&thread, NULL, write_meanwhile, &writer)) fail("pthread_create", "no thread");
  while (!atomic_load(&is_writing)) sched_yield();
  read_random(2, result);
  atomic_store(&is_reading, 0);
  pthread_join(thread, NULL);
  result->more[0] = writer.written;
  result->more[1] = writer.took;
  result->more_length = 2;
}

struct syncing {
  pthread_t thread;
  uint64_t begin, end;
};

static void *put_part(void *argument) {
  struct syncing *part = argument;
  struct made made = {.at = 0};
  for (uint64_t i = part->begin; i < part->end; i++) store_put(make_key(&made, i), make_value(&made, i, 0));
  return NULL;
}

/* Puts `syncs` entries by so many threads. It is for a store that was opened with --sync. */
static void fillsync(uint64_t threads, struct result *result) {
  struct syncing parts[64];
  uint64_t start = now();
  expect(options.sync && threads <= 64, "fillsync needs --sync, and at most 64 threads");
  for (uint64_t i = 0; i < threads; i++) {
    parts[i] = (struct syncing){.begin = syncs * i / threads, .end = syncs * (i + 1) / threads};
    if (pthread_create(&parts[i].thread, NULL, put_part, &parts[i])) fail("pthread_create", "no thread");
  }
  for (uint64_t i = 0; i < threads; i++) pthread_join(parts[i].thread, NULL);
  result->nanoseconds = now() - start;
  result->tally.entries = syncs;
  for SOME(i, syncs) expect(has(i, 0), "after fillsync");
}

static uint64_t bytes_written(void) { return number_of_process("/proc/self/io", "wchar:") + store_bytes_mapped(); }

static uint64_t processor_time(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
         (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* Waits until the store does and writes nothing for three seconds: some begin to tidy up only when they are idle,
   libkevo after two. Says how many bytes the process has written so far. */
static void settle(uint64_t number, struct result *result) {
  const struct timespec moment = {0, 100000000};
  uint64_t start = now(), written = bytes_written(), time = processor_time();
  (void)number;
  for (int quiet = 0; quiet < 30 && now() - start < UINT64_C(300000000000); quiet++) {
    nanosleep(&moment, NULL);
    /* The store may look around now and then: a hundredth of the time is nothing. */
    if (bytes_written() > written + 4096 || processor_time() > time + 2000) quiet = -1;
    written = bytes_written();
    time = processor_time();
  }
  result->nanoseconds = now() - start;
  result->more[0] = written;
  result->more_length = 1;
}

static uint64_t space;

static int add_space(const char *path, const struct stat *status, int type, struct FTW *place) {
  (void)path, (void)place;
  if (type == FTW_F) space += (uint64_t)status->st_blocks * 512;
  return 0;
}

/* Closes the store and opens it again, up to the first answer. Says how long closing took, and the space then. */
static void reopen(uint64_t number, struct result *result) {
  uint64_t start = now(), closed;
  int is_there;
  (void)number;
  store_close();
  closed = now();
  space = 0;
  if (nftw(directory, add_space, 16, FTW_PHYS)) fail(directory, strerror(errno));
  result->more[0] = closed - start;
  result->more[1] = space;
  result->more_length = 2;
  start = now();
  store_open(directory, &options);
  is_there = has(pick(OVERWRITTEN, 0), 0) || has(pick(OVERWRITTEN, 0), 1);
  result->nanoseconds = now() - start;
  expect(is_there, "after opening again");
}

static const struct workload WORKLOADS[] = {
    {"fillseq", fillseq},
    {"fillbatch", fillbatch},
    {"fillrandom", fillrandom},
    {"overwrite", overwrite},
    {"paced", paced},
    {"deleterandom", deleterandom},
    {"readrandom", readrandom},
    {"readmissing", readmissing},
    {"readseq", readseq},
    {"readnext", readnext},
    {"seekrandom", seekrandom},
    {"readwhilewriting", readwhilewriting},
    {"fillsync", fillsync},
    {"ycsba", ycsb_a},
    {"ycsbb", ycsb_b},
    {"ycsbc", ycsb_c},
    {"ycsbd", ycsb_d},
    {"ycsbe", ycsb_e},
    {"ycsbf", ycsb_f},
    {"settle", settle},
    {"reopen", reopen},
};

static const struct workload *find(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof WORKLOADS / sizeof *WORKLOADS; i++)
    if (strlen(WORKLOADS[i].name) == length && !memcmp(WORKLOADS[i].name, name, length)) return &WORKLOADS[i];
  fail(name, "no such workload");
  return NULL;
}

static void run(const char *argument) {
  size_t length = strcspn(argument, "=");
  const struct workload *workload = find(argument, length);
  struct result result = {.more_length = 0};
  long faults = page_faults();
  workload->run(argument[length] ? strtoull(argument + length + 1, NULL, 10) : 1, &result);
  /* What was read last would keep old pages or tables. */
  store_leave();
  printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %ld %" PRIu64, workload->name, result.nanoseconds,
         result.tally.entries, result.tally.bytes, page_faults() - faults, peak());
  for (int i = 0; i < result.more_length; i++) printf(" %" PRIu64, result.more[i]);
  puts("");
}

int main(int argc, char **argv) {
  int i = 1;
  for (; i < argc && !strncmp(argv[i], "--", 2); i++) {
    if (!strcmp(argv[i], "--version")) return puts(store_version()) < 0;
    if (!strcmp(argv[i], "--sync"))
      options.sync = 1;
    else if (!strcmp(argv[i], "--variant") && i + 1 < argc)
      options.variant = argv[++i];
    else if (!strcmp(argv[i], "--cache") && i + 1 < argc)
      options.cache = (size_t)strtoull(argv[++i], NULL, 10) << 20;
    else if (!strcmp(argv[i], "--entries") && i + 1 < argc)
      entries = strtoull(argv[++i], NULL, 10);
    else if (!strcmp(argv[i], "--lookups") && i + 1 < argc)
      lookups = strtoull(argv[++i], NULL, 10);
    else if (!strcmp(argv[i], "--syncs") && i + 1 < argc)
      syncs = strtoull(argv[++i], NULL, 10);
    else
      fail(argv[i], "no such option");
  }
  if (i == argc) fail("measure", "which directory?");
  fill_pool();
  directory = argv[i++];
  store_open(directory, &options);
  for (; i < argc; i++) run(argv[i]);
  store_close();
  return 0;
}
