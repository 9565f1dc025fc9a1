/* The process that is killed: four writers, and a thread that flushes, compacts, syncs and reads meanwhile. */
#define _DEFAULT_SOURCE

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kill.h"

static kevo_db *db;
static const struct plan *plan;
static struct shared *shared;
static uint64_t opened_at_sequence;

void fail(const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  printf("  ");
  vprintf(format, arguments);
  printf("\n");
  va_end(arguments);
  fflush(stdout);
  _exit(EXIT_FAILURE);
}

uint64_t now_microseconds(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void check_code(int code, const kevo_error *error, const char *what)
{
  if (code != KEVO_OK)
    fail("%s: %d: %s", what, code, error != NULL ? kevo_error_message(error) : "no message");
}

/* ---- opening -------------------------------------------------------------------------------------------------- */

static kevo_db_options *options_of(const struct options *options, int read_only)
{
  kevo_recovery_options *recovery = kevo_recovery_options_new();
  kevo_db_options *made = kevo_db_options_new();

  OK(kevo_recovery_options_set_mode(recovery, options->mode), "mode");
  OK(kevo_db_options_set_recovery(made, recovery), "recovery");
  kevo_recovery_options_free(recovery);
  OK(kevo_db_options_set_read_only(made, read_only), "read_only");
  OK(kevo_db_options_set_sync(made, options->sync, options->sync_bytes), "sync");
  OK(kevo_db_options_set_compaction(made, options->compaction, options->threads), "compaction");
  OK(kevo_db_options_set_log_mapped(made, options->mapped), "log_mapped");
  OK(kevo_db_options_set_memtable_size(made, options->memtable_size), "memtable_size");
  OK(kevo_db_options_set_max_memtables(made, options->max_memtables), "max_memtables");
  OK(kevo_db_options_set_log_size(made, options->log_size), "log_size");
  OK(kevo_db_options_set_log_retention(made, options->log_retention), "log_retention");
  OK(kevo_db_options_set_table_size(made, options->table_size), "table_size");
  OK(kevo_db_options_set_block_size(made, options->block_size), "block_size");
  OK(kevo_db_options_set_cache_size(made, options->cache_size), "cache_size");
  OK(kevo_db_options_set_filter_bits(made, options->filter_bits), "filter_bits");
  OK(kevo_db_options_set_max_open_files(made, options->open_files), "max_open_files");
  return made;
}

static void check_report(const kevo_recovery_report *report)
{
  const char *path, *what;
  uint64_t offset, length;
  int kind;
  size_t i;

  for (i = 0; i < kevo_recovery_report_damage_count(report); i++) {
    OK(kevo_recovery_report_damage(report, i, &path, &offset, &length, &kind, &what), "damage");
    if (kind != KEVO_DAMAGE_TORN_TAIL)
      fail("damage of kind %d: %s, offset %" PRIu64 ", length %" PRIu64 ": %s", kind, path, offset, length, what);
  }
}

kevo_db *open_database(const char *path, const struct options *options, int read_only)
{
  kevo_db_options *made = options_of(options, read_only);
  kevo_recovery_report *report;
  kevo_error *error = NULL;
  kevo_db *opened;

  OK_OR_ERROR(kevo_db_open(path, made, &opened, &report, &error), read_only ? "opening read-only" : "opening");
  check_report(report);
  kevo_recovery_report_free(report);
  kevo_db_options_free(made);
  return opened;
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

static void raise_to(_Atomic uint64_t *number, uint64_t to)
{
  uint64_t old = atomic_load(number);

  while (old < to && !atomic_compare_exchange_weak(number, &old, to))
    ;
}

/* Everything that had been acknowledged before a sync began survives. */
static void note_acknowledged(uint64_t *acknowledged)
{
  unsigned i;

  for (i = 0; i < WRITERS; i++)
    acknowledged[i] = atomic_load(&shared->writers[i].acknowledged);
}

static void note_durable(const uint64_t *acknowledged)
{
  unsigned i;

  for (i = 0; i < WRITERS; i++)
    raise_to(&shared->writers[i].durable, acknowledged[i]);
}

/* A writer, and what it needs for a write. */
struct writer {
  unsigned number;
  struct state state; /* what its slots have now */
  kevo_batch *batch;
  kevo_pinned *pinned;
  struct key key, end;
  unsigned char value[LONGEST_VALUE];
};

static void add_to_batch(struct writer *writer, const struct item *item)
{
  key_of(writer->number, item->slot, &writer->key);
  value_of(writer->number, item->slot, item->version, writer->value, item->value_len);
  if (item->version != 0)
    OK(kevo_batch_put(writer->batch, writer->key.bytes, writer->key.len, writer->value, item->value_len), "batch");
  else
    OK(kevo_batch_delete(writer->batch, writer->key.bytes, writer->key.len), "batch");
}

static int write_batch(struct writer *writer, const struct write *write, uint32_t flags, uint64_t *sequence,
                       kevo_error **error)
{
  unsigned i;

  kevo_batch_clear(writer->batch);
  for (i = 0; i < write->count; i++)
    add_to_batch(writer, &write->items[i]);
  return kevo_db_write(db, writer->batch, flags, sequence, error);
}

static int add_to_transaction(kevo_transaction *transaction, struct writer *writer, const struct item *item,
                              kevo_error **error)
{
  key_of(writer->number, item->slot, &writer->key);
  value_of(writer->number, item->slot, item->version, writer->value, item->value_len);
  if (item->version != 0)
    return kevo_transaction_put(transaction, writer->key.bytes, writer->key.len, writer->value, item->value_len, error);
  return kevo_transaction_delete(transaction, writer->key.bytes, writer->key.len, error);
}

/* The same as a batch, in a transaction. Nobody else writes these keys, so it never conflicts. */
static int commit(struct writer *writer, const struct write *write, uint32_t flags, uint64_t *sequence,
                  kevo_error **error)
{
  kevo_transaction *transaction;
  unsigned i;
  int code = kevo_transaction_begin(db, 0, 0, &transaction, error);

  if (code != KEVO_OK)
    return code;
  for (i = 0; i < write->count && code == KEVO_OK; i++)
    code = add_to_transaction(transaction, writer, &write->items[i], error);
  if (code == KEVO_OK)
    code = kevo_transaction_commit(transaction, flags, sequence, error);
  kevo_transaction_free(transaction);
  return code;
}

static int delete_range(struct writer *writer, const struct write *write, uint32_t flags, kevo_error **error)
{
  uint64_t count = 0, expected = 0;
  unsigned i;
  int code;

  for (i = write->first; i < write->end; i++)
    expected += writer->state.versions[i] != 0 ? 1 : 0;
  key_of(writer->number, write->first, &writer->key);
  key_of(writer->number, write->end, &writer->end);
  /* The first key of the next group would have the keys of other writers before it. */
  if (write->end % SLOTS_A_GROUP == 0)
    writer->end.len = (size_t)sprintf(writer->end.bytes, "%u/%u0", (write->end - 1) / SLOTS_A_GROUP, writer->number);
  code = kevo_db_delete_range(db, writer->key.bytes, writer->key.len, writer->end.bytes, writer->end.len, flags, &count,
                              error);
  if (code == KEVO_OK && count != expected)
    fail("writer %u: delete_range of slots %u to %u deleted %" PRIu64 " keys of %" PRIu64, writer->number, write->first,
         write->end, count, expected);
  return code;
}

static int write_one(struct writer *writer, const struct write *write, uint32_t flags, uint64_t *sequence,
                     kevo_error **error)
{
  const struct item *item = &write->items[0];

  key_of(writer->number, item->slot, &writer->key);
  switch (write->kind) {
  case PUT:
    value_of(writer->number, item->slot, item->version, writer->value, item->value_len);
    return kevo_db_put(db, writer->key.bytes, writer->key.len, writer->value, item->value_len, flags, error);
  case DELETE:
    return kevo_db_delete(db, writer->key.bytes, writer->key.len, flags, error);
  case BATCH:
    return write->items[0].version % 3 == 0 ? commit(writer, write, flags, sequence, error)
                                            : write_batch(writer, write, flags, sequence, error);
  default:
    return write->first == write->end ? KEVO_OK : delete_range(writer, write, flags, error);
  }
}

/* A writer reads what it has written. */
static void check_slot(struct writer *writer, unsigned slot)
{
  const uint64_t version = writer->state.versions[slot];
  uint64_t found = 0;
  kevo_slice value;
  kevo_error *error = NULL;
  int code;

  key_of(writer->number, slot, &writer->key);
  code = kevo_db_get(db, NULL, writer->key.bytes, writer->key.len, writer->pinned, &value, &error);
  if (code != KEVO_OK && code != KEVO_NOT_FOUND && code != KEVO_DELETED)
    check_code(code, error, "get");
  if (code == KEVO_OK)
    memcpy(&found, value.data, value.len < sizeof found ? value.len : sizeof found);
  if (found != version)
    fail("writer %u reads version %" PRIx64 " of slot %u, and wrote %" PRIx64, writer->number, found, slot, version);
}

static void make_write(struct writer *writer, uint64_t number)
{
  struct progress *progress = &shared->writers[writer->number];
  uint64_t *known = &progress->sequences[number % MOST_WRITES], before[WRITERS], sequence = 0;
  kevo_error *error = NULL;
  struct write write;
  int code;

  write_of(plan->seed, writer->number, number, &write);
  note_acknowledged(before);
  *known = 0;
  atomic_store(&progress->begun, number);
  code = write_one(writer, &write, write.flags, &sequence, &error);
  if (code == KEVO_E_BUSY && write.flags == KEVO_WRITE_NO_WAIT) {
    kevo_error_free(error);
    code = write_one(writer, &write, 0, &sequence, &error);
  }
  check_code(code, error, "write");
  if (sequence != 0 && sequence <= opened_at_sequence)
    fail("writer %u gets number %" PRIu64 ", and there was %" PRIu64, writer->number, sequence, opened_at_sequence);
  *known = sequence;
  atomic_store(&progress->acknowledged, number);
  apply(&write, writer->number, &writer->state);
  /* A range in which nothing is deleted syncs nothing. */
  if (write.flags == KEVO_WRITE_SYNC && write.kind != DELETE_RANGE) {
    before[writer->number] = number;
    note_durable(before);
  }
}

static void *write_all(void *argument)
{
  const unsigned number = *(const unsigned *)argument;
  const uint64_t base = shared->writers[number].base;
  struct random random = random_of(plan->chance, 3, number);
  struct writer *writer = calloc(1, sizeof *writer);
  uint64_t i;

  if (writer == NULL)
    fail("no memory");
  writer->number = number;
  writer->state = shared->writers[number].state;
  writer->batch = kevo_batch_new();
  writer->pinned = kevo_pinned_new();
  for (i = 1; i < MOST_WRITES && atomic_load(&shared->order) == GO_ON; i++) {
    make_write(writer, base + i);
    if (below(&random, 4) == 0)
      check_slot(writer, (unsigned)below(&random, SLOTS));
  }
  kevo_pinned_free(writer->pinned);
  kevo_batch_free(writer->batch);
  free(writer);
  atomic_fetch_add(&shared->resting, 1);
  return NULL;
}

/* ---- what goes on meanwhile ----------------------------------------------------------------------------------- */

static void read_some(struct random *random)
{
  static kevo_snapshot *snapshot;
  kevo_iterator *iterator;
  kevo_error *error = NULL;
  unsigned i;

  if (snapshot == NULL)
    OK_OR_ERROR(kevo_db_snapshot(db, &snapshot, &error), "snapshot");
  OK_OR_ERROR(kevo_db_iterator(db, snapshot, NULL, &iterator, &error), "iterator");
  for (i = 0; i < 50 && kevo_iterator_next(iterator) == KEVO_OK; i++)
    ;
  if (kevo_iterator_error(iterator) != NULL)
    fail("an iterator: %s", kevo_error_message(kevo_iterator_error(iterator)));
  kevo_iterator_free(iterator);
  if (below(random, 3) == 0) {
    kevo_snapshot_free(snapshot);
    snapshot = NULL;
  }
}

static void maintain_once(struct random *random)
{
  uint64_t acknowledged[WRITERS];
  kevo_error *error = NULL;

  note_acknowledged(acknowledged);
  switch (below(random, 8)) {
  case 0:
  case 1:
    OK_OR_ERROR(kevo_db_flush(db, &error), "flush");
    note_durable(acknowledged);
    break;
  case 2:
    OK_OR_ERROR(kevo_db_sync(db, &error), "sync");
    note_durable(acknowledged);
    break;
  case 3:
    OK_OR_ERROR(kevo_db_compact(db, NULL, 0, NULL, 0, NULL, NULL, &error), "compaction");
    note_durable(acknowledged);
    break;
  case 4:
    OK_OR_ERROR(kevo_db_compact(db, "1", 1, "2", 1, NULL, NULL, &error), "compaction");
    break;
  default:
    read_some(random);
  }
}

static void *maintain(void *argument)
{
  struct random random = random_of(plan->chance, 4, 0);

  (void)argument;
  while (atomic_load(&shared->order) == GO_ON) {
    usleep((useconds_t)below(&random, 5000));
    atomic_store(&shared->flushes, kevo_db_stat(db, KEVO_DB_STAT_FLUSHES));
    atomic_store(&shared->compactions, kevo_db_stat(db, KEVO_DB_STAT_COMPACTIONS));
    maintain_once(&random);
  }
  return NULL;
}

/* ---- the process ---------------------------------------------------------------------------------------------- */

static void open_for_writing(const char *path)
{
  const uint64_t began = now_microseconds();

  db = open_database(path, &plan->writing, 0);
  atomic_store(&shared->open_microseconds, now_microseconds() - began);
  opened_at_sequence = kevo_db_last_sequence(db);
  if (opened_at_sequence < shared->last_sequence)
    fail("the last sequence number is %" PRIu64 ", and was %" PRIu64, opened_at_sequence, shared->last_sequence);
}

static void write_until_told(void)
{
  pthread_t threads[WRITERS + 1];
  unsigned numbers[WRITERS], i;

  for (i = 0; i < WRITERS; i++) {
    numbers[i] = i;
    if (pthread_create(&threads[i], NULL, write_all, &numbers[i]) != 0)
      fail("no thread");
  }
  if (pthread_create(&threads[WRITERS], NULL, maintain, NULL) != 0)
    fail("no thread");
  for (i = 0; i <= WRITERS; i++)
    pthread_join(threads[i], NULL);
}

void run_writers(const char *path, const struct plan *the_plan, struct shared *the_shared)
{
  uint64_t acknowledged[WRITERS];
  kevo_error *error = NULL;

  plan = the_plan;
  shared = the_shared;
  open_for_writing(path);
  atomic_store(&shared->phase, WRITING);
  write_until_told();
  while (atomic_load(&shared->order) == GO_ON || atomic_load(&shared->order) == REST)
    usleep(1000);
  if (atomic_load(&shared->order) == EXIT)
    exit(EXIT_SUCCESS);
  note_acknowledged(acknowledged);
  atomic_store(&shared->phase, CLOSING);
  OK_OR_ERROR(kevo_db_close(db, &error), "close");
  note_durable(acknowledged);
  _exit(EXIT_SUCCESS);
}
