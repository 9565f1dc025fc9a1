/*
 * Handles that are used by several threads: one list is read, written and made immutable by several, handles are freed
 * while other threads still use theirs, and several threads recover at once. Meant to be run under a tool that finds
 * races, too.
 *
 * usage: threads FIXTURES SCRATCH (SCRATCH is an empty directory)
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

static const char *fixtures;
static const char *scratch;

/* ---- checks and threads ------------------------------------------------------------------------------------- */

static atomic_ulong failures;

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      atomic_fetch_add(&failures, 1);                                                                                  \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                           \
    }                                                                                                                  \
  } while (0)

#define OK(call) CHECK((call) == KEVO_OK)

/* Ends the program if something is missing without which it cannot go on. */
static void need(int holds, const char *what)
{
  if (!holds) {
    printf("%s\n", what);
    exit(EXIT_FAILURE);
  }
}

enum { MOST_THREADS = 8 };

/* Starts all threads together, and waits until they end. */
static pthread_barrier_t start;

static void run(void *(*const *bodies)(void *), void *const *arguments, unsigned count)
{
  pthread_t threads[MOST_THREADS];
  unsigned i;

  need(count <= MOST_THREADS && pthread_barrier_init(&start, NULL, count) == 0, "no barrier");
  for (i = 0; i < count; i++)
    need(pthread_create(&threads[i], NULL, bodies[i], arguments[i]) == 0, "no thread");
  for (i = 0; i < count; i++)
    need(pthread_join(threads[i], NULL) == 0, "a thread cannot be joined");
  pthread_barrier_destroy(&start);
}

static void wait_for_start(void)
{
  pthread_barrier_wait(&start);
}

static kevo_memtable_list *recover(const char *directory, const kevo_recovery_options *options)
{
  kevo_memtable_list *list;

  need(kevo_recover(directory, options, &list, NULL, NULL) == KEVO_OK, directory);
  return list;
}

static kevo_memtable_list *empty_list(uint64_t memtable_size)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list;

  OK(kevo_recovery_options_set_memtable_size(options, memtable_size));
  list = recover(scratch, options);
  kevo_recovery_options_free(options);
  return list;
}

/* ---- a list that is read and written ------------------------------------------------------------------------ */

/* Writers are faster than readers, which check everything: they make WRITES_A_LOOK writes for each look of a reader. */
enum { WRITERS = 2, READERS = 3, WRITES = 1000, WRITES_A_LOOK = 10, KEYS = 50, SEALS = 10 };

/* What all threads share. */
static kevo_memtable_list *list;
static kevo_scan *scan;
static atomic_uint begun[WRITERS], ended[WRITERS], looks;

/* The sequence number of write number i of a writer; it tells both. Every fourth write is a delete. */
static uint64_t sequence_of(unsigned writer, unsigned i)
{
  return (uint64_t)i * WRITERS + writer;
}

static size_t key_of(uint64_t sequence, char *key)
{
  return (size_t)sprintf(key, "key%u", (unsigned)(sequence * 2654435761u % 1000003u % KEYS));
}

static size_t value_of(uint64_t sequence, char *value)
{
  return (size_t)sprintf(value, "value %" PRIu64, sequence);
}

static int is_delete(uint64_t sequence)
{
  return sequence / WRITERS % 4 == 3;
}

/* Checks that a value is the one that was written with its sequence number. */
static void check_value(const kevo_slice *value, uint64_t sequence)
{
  char expected[32];
  size_t len = value_of(sequence, expected);

  CHECK(value->len == len && memcmp(value->data, expected, len) == 0);
}

static void check_entry(const kevo_entry *entry)
{
  char key[16];
  size_t len = key_of(entry->sequence, key);

  CHECK(entry->key.len == len && memcmp(entry->key.data, key, len) == 0);
  CHECK((entry->op == KEVO_OP_DELETE) == is_delete(entry->sequence));
  if (entry->op == KEVO_OP_PUT)
    check_value(&entry->value, entry->sequence);
}

/* Every third write goes to the last table by its own handle, if that is not immutable. */
static void write_one(uint64_t sequence)
{
  char key[16], value[32];
  size_t key_len = key_of(sequence, key), value_len = value_of(sequence, value);
  kevo_memtable *table = NULL;
  int code = KEVO_E_IMMUTABLE;

  if (sequence % 3 == 0) {
    OK(kevo_memtable_list_table(list, kevo_memtable_list_count(list) - 1, &table));
    code = is_delete(sequence) ? kevo_memtable_delete(table, key, key_len, sequence)
                               : kevo_memtable_put(table, key, key_len, value, value_len, sequence);
    CHECK(code == KEVO_OK || code == KEVO_E_IMMUTABLE);
    kevo_memtable_free(table);
  }
  if (code == KEVO_E_IMMUTABLE)
    OK(is_delete(sequence) ? kevo_memtable_list_delete(list, key, key_len, sequence)
                           : kevo_memtable_list_put(list, key, key_len, value, value_len, sequence));
}

static void *write_all(void *argument)
{
  unsigned writer = *(const unsigned *)argument, i;
  kevo_slice old = {NULL, 0}, value;
  uint64_t old_sequence = 0, sequence;
  char key[16];
  int code;

  wait_for_start();
  for (i = 0; i < WRITES; i++) {
    while (atomic_load(&looks) < i / WRITES_A_LOOK)
      sched_yield();
    atomic_store(&begun[writer], i + 1);
    write_one(sequence_of(writer, i));
    atomic_store(&ended[writer], i + 1);
    CHECK(kevo_memtable_list_max_sequence(list) >= sequence_of(writer, i));

    /* What is found now may come from another writer, but is not older than what was just written. */
    code = kevo_memtable_list_get(list, key, key_of(sequence_of(writer, i), key), KEVO_SEQUENCE_LATEST, &value,
                                  &sequence);
    CHECK(code == KEVO_OK || code == KEVO_DELETED);
    if (sequence % WRITERS == writer)
      CHECK(sequence == sequence_of(writer, i));
    if (code == KEVO_OK)
      check_value(&value, sequence);
    if (code == KEVO_OK && i % 100 == 0) {
      old = value;
      old_sequence = sequence;
    }
    if (old.data != NULL)
      check_value(&old, old_sequence);
  }
  return NULL;
}

/* Goes through all versions, forward and back. Returns how many there are; sets how many are from each writer. */
static unsigned walk(kevo_iterator *iterator, unsigned *counts)
{
  kevo_entry entries[16];
  unsigned total = 0, back = 0;
  size_t count, i;

  memset(counts, 0, WRITERS * sizeof *counts);
  if (kevo_iterator_first(iterator) == KEVO_OK)
    (void)kevo_iterator_prev(iterator);
  while (kevo_iterator_next_batch(iterator, entries, 16, &count) == KEVO_OK) {
    for (i = 0; i < count; i++) {
      check_entry(&entries[i]);
      counts[entries[i].sequence % WRITERS]++;
    }
    total += (unsigned)count;
  }
  while (kevo_iterator_prev(iterator) == KEVO_OK) {
    OK(kevo_iterator_entry(iterator, &entries[0]));
    check_entry(&entries[0]);
    back++;
  }
  CHECK(back == total);
  return total;
}

static void read_once(void)
{
  unsigned before[WRITERS], after[WRITERS], counts[WRITERS], again[WRITERS], writer, total;
  kevo_iterator *iterator;

  for (writer = 0; writer < WRITERS; writer++)
    before[writer] = atomic_load(&ended[writer]);
  OK(kevo_memtable_list_iterator(list, scan, &iterator));
  for (writer = 0; writer < WRITERS; writer++)
    after[writer] = atomic_load(&begun[writer]);

  total = walk(iterator, counts);
  for (writer = 0; writer < WRITERS; writer++)
    CHECK(before[writer] <= counts[writer] && counts[writer] <= after[writer]);
  CHECK(walk(iterator, again) == total && memcmp(again, counts, sizeof counts) == 0);
  kevo_iterator_free(iterator);
}

static void get_many(void)
{
  char text[KEYS][16];
  kevo_slice keys[KEYS], values[KEYS];
  int codes[KEYS], i;

  for (i = 0; i < KEYS; i++) {
    keys[i].len = (size_t)sprintf(text[i], "key%d", i);
    keys[i].data = text[i];
  }
  OK(kevo_memtable_list_multi_get(list, keys, KEYS, KEVO_SEQUENCE_LATEST, values, codes));
  for (i = 0; i < KEYS; i++) {
    CHECK(codes[i] == KEVO_OK || codes[i] == KEVO_DELETED || codes[i] == KEVO_NOT_FOUND);
    CHECK(codes[i] != KEVO_OK || (values[i].len > 6 && memcmp(values[i].data, "value ", 6) == 0));
  }
}

static int writers_are_done(void)
{
  unsigned writer, done = 0;

  for (writer = 0; writer < WRITERS; writer++)
    done += atomic_load(&ended[writer]) == WRITES ? 1 : 0;
  return done == WRITERS;
}

static void *read_all(void *argument)
{
  int done;

  (void)argument;
  wait_for_start();
  do {
    done = writers_are_done();
    atomic_fetch_add(&looks, 1);
    read_once();
    get_many();
  } while (!done);
  return NULL;
}

/* Makes the last table immutable from time to time; after that it does not change. */
static void *seal(void *argument)
{
  kevo_memtable *tables[SEALS];
  uint64_t entries[SEALS], sizes[SEALS];
  int i;

  (void)argument;
  wait_for_start();
  for (i = 0; i < SEALS; i++) {
    while (atomic_load(&ended[0]) < (unsigned)i * (WRITES / SEALS))
      sched_yield();
    OK(kevo_memtable_list_table(list, kevo_memtable_list_count(list) - 1, &tables[i]));
    OK(kevo_memtable_set_immutable(tables[i]));
    entries[i] = kevo_memtable_entry_count(tables[i]);
    sizes[i] = kevo_memtable_approximate_size(tables[i]);
    CHECK(kevo_memtable_put(tables[i], "late", 4, "", 0, 0) == KEVO_E_IMMUTABLE);
  }
  for (i = 0; i < SEALS; i++) {
    CHECK(kevo_memtable_is_immutable(tables[i]));
    CHECK(kevo_memtable_entry_count(tables[i]) == entries[i]);
    CHECK(kevo_memtable_approximate_size(tables[i]) == sizes[i]);
    kevo_memtable_free(tables[i]);
  }
  return NULL;
}

static void test_readers_and_writers(void)
{
  static unsigned numbers[WRITERS];
  void *(*bodies[WRITERS + READERS + 1])(void *);
  void *arguments[WRITERS + READERS + 1];
  kevo_memtable *table;
  uint64_t entries = 0;
  unsigned i, counts[WRITERS];
  kevo_iterator *iterator;

  list = empty_list(5000);
  scan = kevo_scan_new();
  OK(kevo_scan_set_flags(scan, KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES));
  for (i = 0; i < WRITERS + READERS + 1; i++) {
    bodies[i] = i < WRITERS ? write_all : i < WRITERS + READERS ? read_all : seal;
    arguments[i] = NULL;
    if (i < WRITERS) {
      numbers[i] = i;
      arguments[i] = &numbers[i];
    }
  }
  run(bodies, arguments, WRITERS + READERS + 1);

  for (i = 0; i < kevo_memtable_list_count(list); i++) {
    OK(kevo_memtable_list_table(list, i, &table));
    entries += kevo_memtable_entry_count(table);
    kevo_memtable_free(table);
  }
  CHECK(kevo_memtable_list_count(list) > 5);
  CHECK(entries == WRITERS * WRITES);
  CHECK(kevo_memtable_list_max_sequence(list) == sequence_of(WRITERS - 1, WRITES - 1));
  OK(kevo_memtable_list_iterator(list, scan, &iterator));
  CHECK(walk(iterator, counts) == WRITERS * WRITES);
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* ---- freeing by others --------------------------------------------------------------------------------------- */

enum { LIST, REF, TABLE, ITERATOR, TABLE_ITERATOR, HANDLES, ROUNDS = 60 };

/* One thread's handle, and how often it uses it before it frees it. */
struct owner {
  int kind;
  unsigned uses;
  void *handle;
};

static kevo_slice use_iterator(kevo_iterator *iterator)
{
  kevo_entry entry;

  OK(kevo_iterator_first(iterator));
  OK(kevo_iterator_entry(iterator, &entry));
  CHECK(entry.sequence == 0);
  return entry.value;
}

static kevo_slice use(const struct owner *owner)
{
  char key[16];
  size_t key_len = key_of(0, key);
  kevo_slice value = {NULL, 0};

  switch (owner->kind) {
  case LIST:
  case REF:
    OK(kevo_memtable_list_get(owner->handle, key, key_len, 0, &value, NULL));
    OK(kevo_memtable_list_put(owner->handle, "z", 1, "", 0, 1));
    break;
  case TABLE:
    OK(kevo_memtable_get(owner->handle, key, key_len, 0, &value, NULL));
    break;
  default:
    value = use_iterator(owner->handle);
  }
  return value;
}

static void *use_and_free(void *argument)
{
  struct owner *owner = argument;
  kevo_slice value = {NULL, 0};
  unsigned i;

  wait_for_start();
  for (i = 0; i <= owner->uses; i++)
    value = use(owner);
  check_value(&value, 0);
  if (owner->kind <= REF)
    kevo_memtable_list_free(owner->handle);
  else if (owner->kind == TABLE)
    kevo_memtable_free(owner->handle);
  else
    kevo_iterator_free(owner->handle);
  return NULL;
}

static void share_among_owners(unsigned round)
{
  void *(*bodies[HANDLES])(void *);
  void *arguments[HANDLES];
  struct owner owners[HANDLES];
  kevo_memtable *table;
  kevo_iterator *iterators[2];
  int i;

  list = empty_list(1);
  write_one(0);
  write_one(WRITERS * KEYS); /* in a table of its own */
  OK(kevo_memtable_list_table(list, 0, &table));
  OK(kevo_memtable_list_iterator(list, NULL, &iterators[0]));
  OK(kevo_memtable_iterator(table, NULL, &iterators[1]));
  owners[LIST].handle = list;
  owners[REF].handle = kevo_memtable_list_ref(list);
  owners[TABLE].handle = table;
  owners[ITERATOR].handle = iterators[0];
  owners[TABLE_ITERATOR].handle = iterators[1];
  for (i = 0; i < HANDLES; i++) {
    owners[i].kind = i;
    owners[i].uses = (unsigned)i * 7 * round % 11;
    bodies[i] = use_and_free;
    arguments[i] = &owners[i];
  }
  run(bodies, arguments, HANDLES);
}

static void test_freeing_by_others(void)
{
  unsigned round;

  for (round = 0; round < ROUNDS; round++)
    share_among_owners(round);
}

/* ---- recovery ----------------------------------------------------------------------------------------------- */

enum { RECOVERERS = 4 };

static kevo_recovery_options *options;
static kevo_recovery_report *report;
static kevo_error *error;

static uint64_t count_entries(const char *name)
{
  char directory[4096];
  kevo_memtable_list *recovered;
  kevo_iterator *iterator;
  uint64_t count = 0;

  snprintf(directory, sizeof directory, "%s/%s/wal", fixtures, name);
  recovered = recover(directory, options);
  OK(kevo_memtable_list_iterator(recovered, scan, &iterator));
  while (kevo_iterator_next(iterator) == KEVO_OK)
    count++;
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(recovered);
  return count;
}

/* Odd threads begin with one directory and even ones with the other, and all read the same report and error. */
static void *recover_both(void *argument)
{
  unsigned turn, number = *(const unsigned *)argument;
  const char *path, *what;
  uint64_t offset, length;
  int kind;

  wait_for_start();
  for (turn = 0; turn < 4; turn++) {
    if ((number + turn) % 2 == 0)
      CHECK(count_entries("many-keys") == 5000);
    else
      CHECK(count_entries("dmg-flip-payload-mid") > 0);
    CHECK(kevo_recovery_report_stat(report, KEVO_STAT_FILES) == 1);
    CHECK(kevo_recovery_report_damage_count(report) == 1);
    OK(kevo_recovery_report_damage(report, 0, &path, &offset, &length, &kind, &what));
    CHECK(offset == 19200 && kevo_error_offset(error) == offset);
    CHECK(strcmp(kevo_error_path(error), path) == 0 && strstr(kevo_error_message(error), path) != NULL);
  }
  return NULL;
}

static void test_recovery(void)
{
  static unsigned numbers[RECOVERERS];
  void *(*bodies[RECOVERERS])(void *);
  void *arguments[RECOVERERS];
  kevo_memtable_list *none;
  char damaged[4096];
  unsigned i;

  snprintf(damaged, sizeof damaged, "%s/dmg-flip-payload-mid/wal", fixtures);
  CHECK(kevo_recover(damaged, NULL, &none, &report, &error) == KEVO_E_CORRUPT);
  options = kevo_recovery_options_new();
  OK(kevo_recovery_options_set_mode(options, KEVO_RECOVERY_SKIP_CORRUPTED));
  OK(kevo_recovery_options_set_threads(options, 3));
  scan = kevo_scan_new();
  OK(kevo_scan_set_flags(scan, KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES));
  for (i = 0; i < RECOVERERS; i++) {
    numbers[i] = i;
    bodies[i] = recover_both;
    arguments[i] = &numbers[i];
  }
  run(bodies, arguments, RECOVERERS);
  kevo_scan_free(scan);
  kevo_recovery_options_free(options);
  kevo_recovery_report_free(report);
  kevo_error_free(error);
}

/* ---- main --------------------------------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
  need(argc == 3, "usage: threads FIXTURES SCRATCH");
  fixtures = argv[1];
  scratch = argv[2];

  test_readers_and_writers();
  test_freeing_by_others();
  test_recovery();

  printf("%lu failures\n", atomic_load(&failures));
  return atomic_load(&failures) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
