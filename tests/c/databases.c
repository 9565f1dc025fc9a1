/*
 * Databases that several threads and processes use: one that is closed while threads use it, one that is locked by
 * another process, which is killed, and one that a forked child holds a copy of. Meant to be run under a tool that
 * finds races, too.
 *
 * usage: databases FIXTURES SCRATCH (SCRATCH is an empty directory)
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kevo.h"

static char path[4096];
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

static kevo_db *open_database(int sync)
{
  kevo_db_options *options = kevo_db_options_new();
  kevo_error *error = NULL;
  kevo_db *db = NULL;

  OK(kevo_db_options_set_sync(options, sync, 0));
  OK(kevo_db_options_set_memtable_size(options, 40000));
  if (kevo_db_open(path, options, &db, NULL, &error) != KEVO_OK)
    need(0, kevo_error_message(error));
  kevo_db_options_free(options);
  return db;
}

static void end_database(kevo_db *db)
{
  OK(kevo_db_close(db, NULL));
  OK(kevo_db_destroy(path, NULL));
}

/* ---- closed while threads use it ---------------------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 12 };

static kevo_db *shared_db;
static atomic_uint acknowledged[THREADS]; /* each thread's puts have numbers from 0 on */

/* Closing may come between any two calls, or into one: its code is one of these. */
static int goes_on(int code)
{
  CHECK(code == KEVO_OK || code == KEVO_NOT_FOUND || code == KEVO_DELETED || code == KEVO_END || code == KEVO_E_CLOSED);
  return code != KEVO_E_CLOSED;
}

static int key_of(char *key, unsigned thread, unsigned number)
{
  return sprintf(key, "%u-%06u", thread, number);
}

static int read_some(const char *key, size_t len, kevo_pinned *pinned)
{
  kevo_snapshot *snapshot = NULL;
  kevo_iterator *iterator = NULL;
  kevo_slice value;
  int code = kevo_db_get(shared_db, NULL, key, len, pinned, &value, NULL);

  if (code == KEVO_OK)
    CHECK(value.len == len && memcmp(value.data, key, len) == 0);
  if (!goes_on(code) || !goes_on(kevo_db_snapshot(shared_db, &snapshot, NULL)))
    return 0;
  OK(kevo_snapshot_get(snapshot, key, len, pinned, NULL, NULL));
  code = kevo_db_iterator(shared_db, NULL, NULL, &iterator, NULL);
  if (goes_on(code)) {
    OK(kevo_iterator_seek(iterator, key, len));
    code = kevo_iterator_refresh(iterator, NULL);
    goes_on(code);
  }
  kevo_iterator_free(iterator);
  kevo_snapshot_free(snapshot);
  return code != KEVO_E_CLOSED;
}

static int maintain(unsigned thread, unsigned turn)
{
  uint64_t number;

  switch (thread * 3 + turn % 3) {
  case 0:
    return goes_on(kevo_db_compact(shared_db, NULL, 0, NULL, 0, NULL, NULL, NULL));
  case 1:
    return goes_on(kevo_db_flush(shared_db, NULL));
  case 2:
    return goes_on(kevo_db_delete_range(shared_db, "x", 1, NULL, 0, KEVO_WRITE_IN_PIECES, &number, NULL));
  case 3:
    return goes_on(kevo_db_sync(shared_db, NULL));
  case 4:
    return goes_on(kevo_db_resume(shared_db, NULL)) && goes_on(kevo_db_status(shared_db, NULL));
  case 5:
    return goes_on(kevo_db_approximate_size(shared_db, NULL, 0, NULL, 0, &number, NULL));
  case 6:
    return goes_on(kevo_db_pause_background(shared_db, NULL)) &&
           goes_on(kevo_db_continue_background(shared_db, NULL));
  default:
    (void)kevo_db_stat(shared_db, (int)thread);
    (void)kevo_db_last_sequence(shared_db);
    return 1;
  }
}

static void *use(void *argument)
{
  const unsigned thread = *(const unsigned *)argument;
  kevo_pinned *pinned = kevo_pinned_new();
  char key[32];
  int len;

  for (;;) {
    len = key_of(key, thread, atomic_load(&acknowledged[thread]));
    if (!goes_on(kevo_db_put(shared_db, key, (size_t)len, key, (size_t)len, 0, NULL)))
      break;
    if (!read_some(key, (size_t)len, pinned)) {
      atomic_fetch_add(&acknowledged[thread], 1);
      break;
    }
    if (atomic_fetch_add(&acknowledged[thread], 1) % 50 == 0 && !maintain(thread, acknowledged[thread] / 50))
      break;
  }
  kevo_pinned_free(pinned);
  return NULL;
}

static void check_acknowledged(const kevo_db *db)
{
  char key[32];
  unsigned thread, number;

  for (thread = 0; thread < THREADS; thread++) {
    for (number = 0; number < atomic_load(&acknowledged[thread]); number++) {
      const int len = key_of(key, thread, number);

      OK(kevo_db_get(db, NULL, key, (size_t)len, NULL, NULL, NULL));
    }
  }
}

static void test_close_while_threads_use_it(void)
{
  pthread_t threads[THREADS];
  unsigned numbers[THREADS], i, round;

  for (round = 0; round < ROUNDS; round++) {
    const struct timespec wait = {0, 2000000L * (long)(1 + round)};

    shared_db = open_database(round % 2 == 0 ? KEVO_SYNC_NONE : KEVO_SYNC_BUFFERED);
    for (i = 0; i < THREADS; i++) {
      numbers[i] = i;
      need(pthread_create(&threads[i], NULL, use, &numbers[i]) == 0, "no thread");
    }
    nanosleep(&wait, NULL);
    OK(kevo_db_close(shared_db, NULL));
    /* All of it is over: another opening gets the lock at once. */
    end_database(open_database(KEVO_SYNC_NONE));
    for (i = 0; i < THREADS; i++) {
      need(pthread_join(threads[i], NULL) == 0, "a thread cannot be joined");
      atomic_store(&acknowledged[i], 0);
    }
  }
}

/* The same, and what was acknowledged is looked for afterwards. */
static void test_what_was_acknowledged_is_there(void)
{
  pthread_t threads[THREADS];
  unsigned numbers[THREADS], i;
  const struct timespec wait = {0, 50000000L};
  kevo_db *db;

  shared_db = open_database(KEVO_SYNC_ALWAYS);
  for (i = 0; i < THREADS; i++) {
    numbers[i] = i;
    need(pthread_create(&threads[i], NULL, use, &numbers[i]) == 0, "no thread");
  }
  nanosleep(&wait, NULL);
  OK(kevo_db_close(shared_db, NULL));
  for (i = 0; i < THREADS; i++)
    need(pthread_join(threads[i], NULL) == 0, "a thread cannot be joined");
  db = open_database(KEVO_SYNC_NONE);
  check_acknowledged(db);
  end_database(db);
}

/* ---- other processes ---------------------------------------------------------------------------------------- */

static int status_of(pid_t child)
{
  int status = -1;

  need(waitpid(child, &status, 0) == child, "waitpid");
  return status;
}

/* A process that has it open is named. When it is killed the lock is gone, and what it wrote is there. */
static void test_locked_by_another_process(void)
{
  kevo_error *error = NULL;
  kevo_db *db = NULL;
  char number[32], byte;
  int ends[2];
  pid_t child;

  need(pipe(ends) == 0, "pipe");
  child = fork();
  need(child >= 0, "fork");
  if (child == 0) {
    db = open_database(KEVO_SYNC_ALWAYS);
    if (kevo_db_put(db, "key", 3, "value", 5, 0, NULL) == KEVO_OK && write(ends[1], "x", 1) == 1)
      pause();
    _exit(1);
  }
  need(read(ends[0], &byte, 1) == 1, "the child writes");
  CHECK(kevo_db_open(path, NULL, &db, NULL, &error) == KEVO_E_LOCKED && db == NULL);
  sprintf(number, "process %ld ", (long)child);
  CHECK(error != NULL && strstr(kevo_error_message(error), number) != NULL);
  kevo_error_free(error);
  CHECK(kevo_db_destroy(path, NULL) == KEVO_E_LOCKED);
  CHECK(kill(child, SIGKILL) == 0 && WIFSIGNALED(status_of(child)));
  close(ends[0]);
  close(ends[1]);

  db = open_database(KEVO_SYNC_NONE);
  OK(kevo_db_get(db, NULL, "key", 3, NULL, NULL, NULL));
  end_database(db);
}

static void use_in_child(kevo_db *db, kevo_snapshot *snapshot, kevo_iterator *iterator, kevo_pinned *pinned)
{
  const pid_t parent = getppid();
  kevo_iterator *other_iterator;
  kevo_snapshot *other_snapshot;
  kevo_db *other = NULL;
  kevo_error *error = NULL;
  kevo_entry entry;
  char number[32];
  uint64_t count;

  atomic_store(&failures, 0);
  CHECK(kevo_db_put(db, "k", 1, "v", 1, 0, NULL) == KEVO_E_CLOSED);
  CHECK(kevo_db_delete_range(db, NULL, 0, NULL, 0, 0, &count, NULL) == KEVO_E_CLOSED);
  CHECK(kevo_db_get(db, NULL, "a", 1, pinned, NULL, NULL) == KEVO_E_CLOSED);
  CHECK(kevo_db_get(db, snapshot, "a", 1, pinned, NULL, NULL) == KEVO_E_CLOSED);
  CHECK(kevo_db_snapshot(db, &other_snapshot, NULL) == KEVO_E_CLOSED && other_snapshot == NULL);
  CHECK(kevo_db_iterator(db, NULL, NULL, &other_iterator, NULL) == KEVO_E_CLOSED && other_iterator == NULL);
  CHECK(kevo_snapshot_get(snapshot, "a", 1, pinned, NULL, NULL) == KEVO_E_CLOSED);
  CHECK(kevo_snapshot_iterator(snapshot, NULL, &other_iterator, NULL) == KEVO_E_CLOSED);
  CHECK(kevo_iterator_next(iterator) == KEVO_E_CLOSED);
  CHECK(kevo_error_code(kevo_iterator_error(iterator)) == KEVO_E_CLOSED);
  CHECK(kevo_iterator_refresh(iterator, NULL) == KEVO_E_CLOSED);
  (void)kevo_iterator_entry(iterator, &entry);
  CHECK(kevo_db_sync(db, NULL) == KEVO_E_CLOSED && kevo_db_flush(db, NULL) == KEVO_E_CLOSED);
  CHECK(kevo_db_resume(db, NULL) == KEVO_E_CLOSED && kevo_db_status(db, NULL) == KEVO_E_CLOSED);
  CHECK(kevo_db_compact(db, NULL, 0, NULL, 0, NULL, NULL, NULL) == KEVO_E_CLOSED);
  CHECK(kevo_db_pause_background(db, NULL) == KEVO_E_CLOSED);
  CHECK(kevo_db_last_sequence(db) == 0 && kevo_db_stat(db, KEVO_DB_STAT_MEMTABLES) == 0);
  kevo_iterator_free(iterator);
  kevo_snapshot_free(snapshot);
  kevo_pinned_free(pinned);
  CHECK(kevo_db_close(db, NULL) == KEVO_E_CLOSED);
  /* The parent has the lock still. */
  CHECK(kevo_db_open(path, NULL, &other, NULL, &error) == KEVO_E_LOCKED);
  sprintf(number, "process %ld ", (long)parent);
  CHECK(error != NULL && strstr(kevo_error_message(error), number) != NULL);
  kevo_error_free(error);
  /* Another program says it, since valgrind would take for leaks what belongs to threads that are not here. */
  execlp(atomic_load(&failures) == 0 ? "true" : "false", "said", (char *)NULL);
  _exit(EXIT_FAILURE);
}

static void test_fork(void)
{
  kevo_db *db = open_database(KEVO_SYNC_NONE);
  kevo_pinned *pinned = kevo_pinned_new();
  kevo_snapshot *snapshot = NULL;
  kevo_iterator *iterator = NULL;
  kevo_slice value;
  pid_t child;

  OK(kevo_db_put(db, "a", 1, "old", 3, 0, NULL));
  OK(kevo_db_flush(db, NULL));
  OK(kevo_db_snapshot(db, &snapshot, NULL));
  OK(kevo_db_iterator(db, snapshot, NULL, &iterator, NULL));
  OK(kevo_iterator_next(iterator));
  OK(kevo_db_put(db, "a", 1, "new", 3, 0, NULL));
  OK(kevo_db_compact(db, NULL, 0, NULL, 0, NULL, NULL, NULL)); /* the snapshot has a table that was replaced */
  OK(kevo_db_get(db, snapshot, "a", 1, pinned, &value, NULL));
  fflush(stdout);
  child = fork();
  need(child >= 0, "fork");
  if (child == 0)
    use_in_child(db, snapshot, iterator, pinned);
  CHECK(status_of(child) == 0);

  OK(kevo_db_put(db, "b", 1, "after", 5, KEVO_WRITE_SYNC, NULL));
  CHECK(value.len == 3 && memcmp(value.data, "old", 3) == 0);
  OK(kevo_snapshot_get(snapshot, "a", 1, pinned, &value, NULL));
  CHECK(memcmp(value.data, "old", 3) == 0);
  CHECK(kevo_iterator_next(iterator) == KEVO_END);
  kevo_iterator_free(iterator);
  kevo_snapshot_free(snapshot);
  kevo_pinned_free(pinned);
  end_database(db);
}

/* A handle is used again only after many others: what was closed is not another database. */
static void test_handles(void)
{
  kevo_db *old = open_database(KEVO_SYNC_NONE), *db;
  int i;

  OK(kevo_db_close(old, NULL));
  for (i = 0; i < 60; i++) {
    db = open_database(KEVO_SYNC_NONE);
    CHECK(db != old);
    CHECK(kevo_db_put(old, "k", 1, "v", 1, 0, NULL) == KEVO_E_CLOSED);
    OK(kevo_db_close(db, NULL));
  }
  OK(kevo_db_destroy(path, NULL));
}

int main(int argc, char **argv)
{
  if (argc != 3) {
    fprintf(stderr, "usage: databases FIXTURES SCRATCH\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  snprintf(path, sizeof path, "%s/database", argv[2]);
  test_fork();
  test_locked_by_another_process();
  test_handles();
  test_close_while_threads_use_it();
  test_what_was_acknowledged_is_there();
  return atomic_load(&failures) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
