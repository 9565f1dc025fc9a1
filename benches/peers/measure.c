/*
 * Does the steps that its arguments name with a store, and prints what each step took:
 *
 *     measure [--threads N] [--memtable-size BYTES] [--without-log] DIRECTORY STEP[=ARGUMENT]...
 *     measure --version
 *
 * It prints a line for each step: its name, nanoseconds, entries, their bytes, page faults, and the most memory that
 * the process has had so far, in bytes.
 */

#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE

#include "process.h"
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Keys are read from a file a few at a time, so that they take neither memory nor cache from the store. */
#define BUFFER 65536

struct step {
  const char *name;
  void (*take)(const char *argument, struct tally *tally);
};

static const char *directory;
static struct options options;
static int is_open;
/* The time of the current step, without this program's own work, such as reading files. */
static uint64_t nanoseconds;

/* A file of entries. Each has its two lengths, 32 bits each, and the bytes of the key and the value. */
struct entries {
  int file;
  size_t length;
  size_t at;
  char buffer[BUFFER];
};

static struct entries *open_entries(const char *path) {
  struct entries *entries = malloc(sizeof *entries);
  if (!entries) fail(path, strerror(ENOMEM));
  entries->length = entries->at = 0;
  entries->file = open(path, O_RDONLY);
  if (entries->file < 0) fail(path, strerror(errno));
  return entries;
}

static void close_entries(struct entries *entries) {
  close(entries->file);
  free(entries);
}

/* Moves the rest of the buffer to its start, and fills it up. Returns whether there is anything. */
static int read_buffer(struct entries *entries) {
  ssize_t got = 1;
  if (entries->at == 0 && entries->length == BUFFER) fail("entries", "one is longer than the buffer");
  entries->length -= entries->at;
  memmove(entries->buffer, entries->buffer + entries->at, entries->length);
  entries->at = 0;
  while (got > 0 && entries->length < BUFFER) {
    got = read(entries->file, entries->buffer + entries->length, BUFFER - entries->length);
    if (got < 0) fail("entries", strerror(errno));
    entries->length += (size_t)got;
  }
  return entries->length > 0;
}

/* Gives the next entry that is completely in the buffer. */
static inline int next_entry(struct entries *entries, struct slice *key, struct slice *value) {
  uint32_t lengths[2];
  const char *start = entries->buffer + entries->at;
  size_t rest = entries->length - entries->at;
  if (rest < sizeof lengths) return 0;
  memcpy(lengths, start, sizeof lengths);
  if (rest - sizeof lengths < (size_t)lengths[0] + lengths[1]) return 0;
  *key = (struct slice){start + sizeof lengths, lengths[0]};
  *value = (struct slice){key->data + key->len, lengths[1]};
  entries->at += sizeof lengths + key->len + value->len;
  return 1;
}

static void open_step(const char *argument, struct tally *tally) {
  uint64_t start;
  (void)argument, (void)tally;
  if (is_open) store_close();
  start = now();
  store_open(directory, &options);
  nanoseconds += now() - start;
  is_open = 1;
}

static void put_step(const char *path, struct tally *tally) {
  struct entries *entries = open_entries(path);
  struct slice key, value;
  while (read_buffer(entries)) {
    uint64_t start = now();
    while (next_entry(entries, &key, &value)) {
      store_put(key, value);
      count(tally, key, value, 0);
    }
    nanoseconds += now() - start;
  }
  close_entries(entries);
}

/* Looks up all keys of a file, and returns how long that took. */
static uint64_t get_all(const char *path, int read, struct tally *tally) {
  struct entries *entries = open_entries(path);
  struct slice key, none, value;
  uint64_t took = 0;
  while (read_buffer(entries)) {
    uint64_t start = now();
    while (next_entry(entries, &key, &none))
      if (store_get(key, &value)) count(tally, key, value, read);
    took += now() - start;
  }
  close_entries(entries);
  return took;
}

static void get_step(const char *path, struct tally *tally) { nanoseconds += get_all(path, 0, tally); }

static void get_and_read_step(const char *path, struct tally *tally) { nanoseconds += get_all(path, 1, tally); }

struct reader {
  pthread_t thread;
  const char *path;
  struct tally tally;
  uint64_t took;
};

static void *reader_main(void *argument) {
  struct reader *reader = argument;
  reader->took = get_all(reader->path, 0, &reader->tally);
  return NULL;
}

/* Two threads look up all keys each. The time is that of the slower one. */
static void get_by_two_step(const char *path, struct tally *tally) {
  struct reader readers[2];
  for (int i = 0; i < 2; i++) {
    readers[i] = (struct reader){.path = path};
    if (pthread_create(&readers[i].thread, NULL, reader_main, &readers[i])) fail("pthread_create", "no thread");
  }
  for (int i = 0; i < 2; i++) {
    pthread_join(readers[i].thread, NULL);
    tally->entries += readers[i].tally.entries;
    tally->bytes += readers[i].tally.bytes;
    if (readers[i].took > nanoseconds) nanoseconds = readers[i].took;
  }
}

static void scan(const char *times, int read, struct tally *tally) {
  uint64_t start = now();
  for (long i = *times ? atol(times) : 1; i > 0; i--) store_scan(read, tally);
  nanoseconds += now() - start;
}

static void scan_step(const char *times, struct tally *tally) { scan(times, 0, tally); }

static void scan_and_read_step(const char *times, struct tally *tally) { scan(times, 1, tally); }

static const struct step STEPS[] = {
    {"open", open_step},
    {"put", put_step},
    {"get", get_step},
    {"get-and-read", get_and_read_step},
    {"get-by-two", get_by_two_step},
    {"scan", scan_step},
    {"scan-and-read", scan_and_read_step},
};

static const struct step *find(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
    if (strlen(STEPS[i].name) == length && !memcmp(STEPS[i].name, name, length)) return &STEPS[i];
  fail(name, "no such step");
  return NULL;
}

static void take(const char *argument) {
  static volatile uint64_t read;
  size_t length = strcspn(argument, "=");
  const struct step *step = find(argument, length);
  struct tally tally = {0, 0, 0};
  long faults = page_faults();
  nanoseconds = 0;
  step->take(argument + length + (argument[length] == '='), &tally);
  faults = page_faults() - faults;
  read += tally.sum;
  printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %ld %" PRIu64 "\n", step->name, nanoseconds, tally.entries,
         tally.bytes, faults, peak());
}

int main(int argc, char **argv) {
  int i = 1;
  for (; i < argc && !strncmp(argv[i], "--", 2); i++) {
    if (!strcmp(argv[i], "--version")) return puts(store_version()) < 0;
    if (!strcmp(argv[i], "--without-log"))
      options.without_log = 1;
    else if (!strcmp(argv[i], "--threads") && i + 1 < argc)
      options.threads = strtoull(argv[++i], NULL, 10);
    else if (!strcmp(argv[i], "--memtable-size") && i + 1 < argc)
      options.memtable_size = strtoull(argv[++i], NULL, 10);
    else
      fail(argv[i], "no such option");
  }
  if (i == argc) fail("measure", "which directory?");
  directory = argv[i++];
  for (; i < argc; i++) take(argv[i]);
  if (is_open) store_close();
  return 0;
}
