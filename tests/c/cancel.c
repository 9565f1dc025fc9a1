/*
 * Threads that are cancelled, or exit, around calls of kevo.h. Driven by tests/c_api/cancellation.rs.
 *
 *   cancel pending WAL_DIR SCRATCH   a cancel is pending before every call
 *   cancel during WAL_DIR SCRATCH    a cancel comes while kevo_recover runs
 *   cancel exit WAL_DIR SCRATCH      the progress callback calls pthread_exit; the process must not come back
 */
#include <kevo.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* So many that what was recovered is sorted by several threads. */
#define WRITES 40000

static const char *wal_dir, *scratch;
static int has_finished, is_in_callback, was_cancelled;

static const char *below_scratch(const char *name)
{
  char *path = malloc(strlen(scratch) + strlen(name) + 2);
  CHECK(path != NULL);
  sprintf(path, "%s/%s", scratch, name);
  return path;
}

static kevo_recovery_options *options_with(kevo_progress_callback progress, void *user)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  CHECK(options != NULL);
  OK(kevo_recovery_options_set_threads(options, 4));
  OK(kevo_recovery_options_set_max_memtables(options, 1000));
  OK(kevo_recovery_options_set_progress(options, progress, user));
  return options;
}

static int is_cancellable(void)
{
  int state = -1;
  CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state) == 0);
  CHECK(pthread_setcancelstate(state, NULL) == 0);
  return state == PTHREAD_CANCEL_ENABLE;
}

static int callback(void *user, uint64_t done, uint64_t total)
{
  (void)user, (void)done, (void)total;
  pthread_testcancel();
  is_in_callback = 1;
  return 0;
}

static kevo_memtable_list *recovered(const char *directory)
{
  kevo_recovery_options *options = options_with(callback, NULL);
  kevo_recovery_report *report = NULL;
  kevo_memtable_list *list = NULL;
  kevo_error *error = NULL;
  OK(kevo_recover(directory, options, &list, &report, &error));
  kevo_recovery_options_free(options);
  kevo_recovery_report_free(report);
  return list;
}

static void write_much(kevo_memtable_list *list)
{
  unsigned long number;
  for (number = 0; number < WRITES; number++) {
    char key[32];
    sprintf(key, "%08lx", number * 2654435761ul % 0xfffffffful);
    OK(kevo_memtable_list_put(list, key, 8, "value", 5, number));
  }
  OK(kevo_memtable_list_delete(list, "00000000", 8, WRITES));
}

static void export_to(const kevo_memtable_list *list, const char *directory, uint32_t flags)
{
  OK(kevo_memtable_list_export(list, directory, flags, NULL, NULL, NULL));
}

/* The first lookup, iterator or export of the newest sorts, on several threads, so each is on a list of its own. */
static void read_all(const char *directory)
{
  kevo_memtable_list *list = recovered(directory);
  kevo_memtable *memtable = NULL;
  kevo_iterator *iterator = NULL;
  kevo_slice key = {"0", 1}, value;
  int code;
  CHECK(kevo_memtable_list_get(list, "0", 1, KEVO_SEQUENCE_LATEST, NULL, NULL) == KEVO_NOT_FOUND);
  CHECK(kevo_memtable_list_get(list, "00000000", 8, KEVO_SEQUENCE_LATEST, NULL, NULL) == KEVO_DELETED);
  kevo_memtable_list_free(list);

  list = recovered(directory);
  OK(kevo_memtable_list_multi_get(list, &key, 1, KEVO_SEQUENCE_LATEST, &value, &code));
  CHECK(code == KEVO_NOT_FOUND);
  kevo_memtable_list_free(list);

  list = recovered(directory);
  OK(kevo_memtable_list_table(list, 0, &memtable));
  CHECK(kevo_memtable_get(memtable, "0", 1, KEVO_SEQUENCE_LATEST, NULL, NULL) == KEVO_NOT_FOUND);
  OK(kevo_memtable_put(memtable, "1", 1, "", 0, 1));
  OK(kevo_memtable_set_immutable(memtable));
  kevo_memtable_free(memtable);
  kevo_memtable_list_free(list);

  list = recovered(directory);
  OK(kevo_memtable_list_table(list, 0, &memtable));
  OK(kevo_memtable_iterator(memtable, NULL, &iterator));
  OK(kevo_iterator_first(iterator));
  kevo_iterator_free(iterator);
  kevo_memtable_free(memtable);
  kevo_memtable_list_free(list);

  list = recovered(directory);
  OK(kevo_memtable_list_iterator(list, NULL, &iterator));
  OK(kevo_iterator_first(iterator));
  while (kevo_iterator_next(iterator) == KEVO_OK)
    ;
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);

  list = recovered(directory);
  export_to(list, below_scratch("newest"), KEVO_EXPORT_NEWEST_ONLY);
  kevo_memtable_list_free(list);
}

/* A table is read when it is opened, asked and gone through. */
static void read_table(void)
{
  char path[4096];
  kevo_table *table = NULL;
  kevo_pinned *pinned = kevo_pinned_new();
  kevo_recovery_report *report = NULL;
  kevo_iterator *iterator = NULL;
  kevo_slice value;

  CHECK(snprintf(path, sizeof path, "%s/../../../tables/empty-values/db/sst/0_000001_01795647723430410075.sst",
                 wal_dir) < (int)sizeof path);
  OK(kevo_table_open(path, &table, NULL));
  OK(kevo_table_get(table, "f", 1, pinned, &value, NULL, NULL));
  OK(kevo_table_verify(table, NULL));
  OK(kevo_table_damage(table, &report, NULL));
  OK(kevo_table_iterator(table, NULL, &iterator, NULL));
  kevo_table_free(table);
  while (kevo_iterator_next(iterator) == KEVO_OK)
    ;
  kevo_iterator_free(iterator);
  kevo_recovery_report_free(report);
  kevo_pinned_reset(pinned);
  kevo_pinned_free(pinned);
}

/* No call ends the thread, and none leaves it other than it was. */
static void *call_with_a_cancel_pending(void *own)
{
  kevo_memtable_list *list = NULL;
  kevo_recovery_report *report = NULL;
  kevo_error *error = NULL;
  const char *all = below_scratch("all");
  (void)own;
  CHECK(pthread_cancel(pthread_self()) == 0);

  CHECK(kevo_recover(all, NULL, &list, &report, &error) == KEVO_E_IO);
  CHECK(list == NULL && kevo_error_message(error) != NULL);
  kevo_error_free(error);
  kevo_recovery_report_free(report);
  list = recovered(wal_dir);
  CHECK(is_in_callback);
  write_much(list);
  export_to(list, all, 0);
  CHECK(kevo_memtable_list_export(list, all, 0, NULL, NULL, &error) == KEVO_E_IO);
  kevo_error_free(error);
  kevo_memtable_list_free(list);
  read_all(all);
  read_table();
  CHECK(is_cancellable());

  has_finished = 1;
  pthread_testcancel();
  return NULL;
}

/* A thread that did not want to be cancelled does not want it afterwards either. */
static void *call_with_cancellation_off(void *own)
{
  (void)own;
  CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL) == 0);
  CHECK(pthread_cancel(pthread_self()) == 0);
  kevo_memtable_list_free(recovered(wal_dir));
  CHECK(!is_cancellable());
  return "not cancelled";
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void set(int *flag)
{
  pthread_mutex_lock(&mutex);
  *flag = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
}

static void wait_for(const int *flag)
{
  pthread_mutex_lock(&mutex);
  while (!*flag)
    pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
}

static int wait_to_be_cancelled(void *user, uint64_t done, uint64_t total)
{
  (void)user, (void)done, (void)total;
  set(&is_in_callback);
  wait_for(&was_cancelled);
  return 0;
}

static void *recover_while_cancelled(void *own)
{
  kevo_recovery_options *options = options_with(wait_to_be_cancelled, NULL);
  kevo_memtable_list *list = NULL;
  (void)own;
  OK(kevo_recover(wal_dir, options, &list, NULL, NULL));
  kevo_recovery_options_free(options);
  kevo_memtable_list_free(list);
  has_finished = 1;
  pthread_testcancel();
  return NULL;
}

static int exit_thread(void *user, uint64_t done, uint64_t total)
{
  (void)user, (void)done, (void)total;
  pthread_exit(NULL);
  return 0;
}

static void *recover_and_exit(void *own)
{
  kevo_memtable_list *list = NULL;
  (void)own;
  kevo_recover(wal_dir, options_with(exit_thread, NULL), &list, NULL, NULL);
  return NULL;
}

static pthread_t start(void *(*run)(void *))
{
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, run, NULL) == 0);
  return thread;
}

static void *result_of(pthread_t thread)
{
  void *result = NULL;
  CHECK(pthread_join(thread, &result) == 0);
  return result;
}

int main(int count, char **arguments)
{
  CHECK(count == 4);
  wal_dir = arguments[2];
  scratch = arguments[3];
  if (strcmp(arguments[1], "pending") == 0) {
    CHECK(result_of(start(call_with_a_cancel_pending)) == PTHREAD_CANCELED);
    CHECK(has_finished);
    CHECK(result_of(start(call_with_cancellation_off)) != PTHREAD_CANCELED);
  } else if (strcmp(arguments[1], "during") == 0) {
    pthread_t thread = start(recover_while_cancelled);
    wait_for(&is_in_callback);
    CHECK(pthread_cancel(thread) == 0);
    set(&was_cancelled);
    CHECK(result_of(thread) == PTHREAD_CANCELED);
    CHECK(has_finished);
  } else {
    result_of(start(recover_and_exit));
  }
  return 0;
}
