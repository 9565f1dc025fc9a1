/* The process that opens what a kill left, and looks whether all is there that must be, and nothing else. */
#define _DEFAULT_SOURCE

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kill.h"

/* What KEVO_SYNC_BUFFERED may keep back. */
enum { KEPT_BACK = 64 << 10 };

/* What all slots have. */
struct found {
  struct state states[WRITERS];
};

/* Which write of a writer may have been its last, by what is there: a write that changed nothing leaves that open. */
struct last {
  uint64_t lowest, highest;
};

/* ---- reading all ---------------------------------------------------------------------------------------------- */

static uint64_t version_there(const struct plan *plan, unsigned writer, unsigned slot, kevo_slice value)
{
  const uint64_t version = version_of(plan->seed, writer, slot, value.data, value.len);
  uint64_t start = 0;

  if (version != 0)
    return version;
  memcpy(&start, value.data, value.len < sizeof start ? value.len : sizeof start);
  fail("writer %u never gave slot %u the value that is there: %zu bytes, which begin with version %" PRIx64, writer,
       slot, value.len, start);
}

static void take_entry(const struct plan *plan, const kevo_entry *entry, struct found *found)
{
  unsigned writer;
  const unsigned slot = slot_of(entry->key.data, entry->key.len, &writer);

  if (slot == SLOTS)
    fail("a key that nobody wrote: \"%.*s\"", (int)(entry->key.len < 30 ? entry->key.len : 30),
         (const char *)entry->key.data);
  if (found->states[writer].versions[slot] != 0)
    fail("slot %u of writer %u comes twice", slot, writer);
  found->states[writer].versions[slot] = version_there(plan, writer, slot, entry->value);
}

static int compare(kevo_slice a, kevo_slice b)
{
  const int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

  return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* A whole scan, in either direction. */
static void scan(const kevo_db *db, const struct plan *plan, int forward, struct found *found)
{
  static struct key last;
  kevo_slice before = {last.bytes, 0};
  kevo_iterator *iterator;
  kevo_entry entry;
  kevo_error *error = NULL;
  int code, is_first = 1;

  memset(found, 0, sizeof *found);
  OK_OR_ERROR(kevo_db_iterator(db, NULL, NULL, &iterator, &error), "iterator");
  code = forward ? kevo_iterator_first(iterator) : kevo_iterator_last(iterator);
  while (code == KEVO_OK) {
    OK(kevo_iterator_entry(iterator, &entry), "entry");
    take_entry(plan, &entry, found);
    if (!is_first && (compare(before, entry.key) < 0) != forward)
      fail("\"%.*s\" comes after \"%.*s\"", (int)entry.key.len, (const char *)entry.key.data, (int)before.len,
           last.bytes);
    is_first = 0;
    memcpy(last.bytes, entry.key.data, entry.key.len);
    before.len = entry.key.len;
    code = forward ? kevo_iterator_next(iterator) : kevo_iterator_prev(iterator);
  }
  if (code != KEVO_END)
    fail("a scan: %d: %s", code, kevo_error_message(kevo_iterator_error(iterator)));
  kevo_iterator_free(iterator);
}

/* A lookup of every key that writers have. */
static void get_all(const kevo_db *db, const struct plan *plan, struct found *found)
{
  static struct key key;
  kevo_pinned *pinned = kevo_pinned_new();
  unsigned writer, slot;
  kevo_slice value;
  kevo_error *error = NULL;
  int code;

  memset(found, 0, sizeof *found);
  for (writer = 0; writer < WRITERS; writer++) {
    for (slot = 0; slot < SLOTS; slot++) {
      key_of(writer, slot, &key);
      code = kevo_db_get(db, NULL, key.bytes, key.len, pinned, &value, &error);
      if (code == KEVO_OK)
        found->states[writer].versions[slot] = version_there(plan, writer, slot, value);
      else if (code != KEVO_NOT_FOUND && code != KEVO_DELETED)
        check_code(code, error, "get");
    }
  }
  kevo_pinned_free(pinned);
}

static void same(const struct found *found, const struct found *other, const char *what)
{
  unsigned writer, slot;

  for (writer = 0; writer < WRITERS; writer++) {
    for (slot = 0; slot < SLOTS; slot++) {
      const uint64_t a = found->states[writer].versions[slot], b = other->states[writer].versions[slot];

      if (a != b)
        fail("%s: slot %u of writer %u has version %" PRIx64 " and %" PRIx64, what, slot, writer, a, b);
    }
  }
}

static void read_all(const kevo_db *db, const struct plan *plan, struct found *found)
{
  static struct found other;

  scan(db, plan, 1, found);
  get_all(db, plan, &other);
  same(found, &other, "a scan and a get differ");
  scan(db, plan, 0, &other);
  same(found, &other, "a scan forward and one backward differ");
}

/* ---- what must be there --------------------------------------------------------------------------------------- */

static uint64_t lowest_allowed(const struct plan *plan, const struct progress *progress)
{
  if (plan->writing.sync != KEVO_SYNC_BUFFERED || plan->end == KILL_RESTING)
    return atomic_load(&progress->acknowledged);
  return atomic_load(&progress->durable);
}

static void show_difference(const struct state *expected, const struct state *found, uint64_t number)
{
  unsigned slot, shown = 0;

  printf("  after write %" PRIu64 " of it:", number);
  for (slot = 0; slot < SLOTS && shown < 10; slot++) {
    if (expected->versions[slot] != found->versions[slot]) {
      printf(" slot %u is %" PRIx64 ", expected %" PRIx64 ";", slot, found->versions[slot], expected->versions[slot]);
      shown++;
    }
  }
  printf("\n");
}

static _Noreturn void show_lost(const struct plan *plan, const struct progress *progress, unsigned writer,
                                const struct state *found, uint64_t low, uint64_t high)
{
  struct state state = progress->state;
  struct write write;
  uint64_t number;

  for (number = progress->base; number <= high; number++) {
    if (number > progress->base) {
      write_of(plan->seed, writer, number, &write);
      apply(&write, writer, &state);
    }
    if (memcmp(&state, found, sizeof state) == 0)
      printf("  it is what was there after write %" PRIu64 "\n", number);
    if (number == low || number == high)
      show_difference(&state, found, number);
  }
  fail("writer %u: what is there is not what any of its writes from %" PRIu64 " to %" PRIu64 " left; %" PRIu64
       " was acknowledged, %" PRIu64 " was the last before this round (a version is the write's number times 16 and "
       "its place in the write)",
       writer, low, high, atomic_load(&progress->acknowledged), progress->base);
}

/* Looks which write was the last of a writer. It must be one that may be: all that had to survive comes before it. */
static struct last find_last(const struct plan *plan, const struct progress *progress, unsigned writer,
                             const struct state *found)
{
  const uint64_t low = lowest_allowed(plan, progress), high = atomic_load(&progress->begun);
  struct state state = progress->state;
  struct last last = {0, 0};
  struct write write;
  uint64_t number;
  int is_found = 0;

  for (number = progress->base; number <= high; number++) {
    if (number > progress->base) {
      write_of(plan->seed, writer, number, &write);
      apply(&write, writer, &state);
    }
    if (number >= low && memcmp(&state, found, sizeof state) == 0) {
      last.lowest = is_found ? last.lowest : number;
      last.highest = number;
      is_found = 1;
    }
  }
  if (!is_found)
    show_lost(plan, progress, writer, found, low, high);
  return last;
}

/* Bytes of the writes of a writer that were acknowledged and are lost. */
static uint64_t lost_bytes(const struct plan *plan, const struct progress *progress, unsigned writer, uint64_t last)
{
  const uint64_t acknowledged = atomic_load(&progress->acknowledged);
  struct state state = progress->state;
  struct write write;
  uint64_t number, bytes, lost = 0;

  for (number = progress->base + 1; number <= acknowledged; number++) {
    write_of(plan->seed, writer, number, &write);
    bytes = apply(&write, writer, &state);
    lost += number > last ? bytes : 0;
  }
  return lost;
}

/* All writers together have a prefix of what was written, too. Returns the highest sequence number that is there. */
static uint64_t check_order(const struct shared *shared, const struct last *lasts)
{
  uint64_t kept = 0, lost = UINT64_MAX, number, sequence;
  unsigned writer;

  for (writer = 0; writer < WRITERS; writer++) {
    const struct progress *progress = &shared->writers[writer];

    for (number = progress->base + 1; number <= atomic_load(&progress->acknowledged); number++) {
      sequence = progress->sequences[number % MOST_WRITES];
      if (sequence != 0 && number <= lasts[writer].lowest && sequence > kept)
        kept = sequence;
      if (sequence != 0 && number > lasts[writer].highest && sequence < lost)
        lost = sequence;
    }
  }
  if (kept >= lost)
    fail("write %" PRIu64 " is there, and write %" PRIu64 " is lost", kept, lost);
  return kept;
}

static void check_history(const kevo_db *db, const struct plan *plan, const struct shared *shared,
                          const struct found *found)
{
  struct last lasts[WRITERS];
  uint64_t lost = 0, kept;
  unsigned writer;

  for (writer = 0; writer < WRITERS; writer++) {
    lasts[writer] = find_last(plan, &shared->writers[writer], writer, &found->states[writer]);
    lost += lost_bytes(plan, &shared->writers[writer], writer, lasts[writer].highest);
  }
  if (lost > KEPT_BACK)
    fail("%" PRIu64 " bytes are lost that were acknowledged", lost);
  kept = check_order(shared, lasts);
  if (kevo_db_last_sequence(db) < kept || kevo_db_last_sequence(db) < shared->last_sequence)
    fail("the last sequence number is %" PRIu64 ", and %" PRIu64 " is there, and was %" PRIu64,
         kevo_db_last_sequence(db), kept, shared->last_sequence);
}

/* ---- the process ---------------------------------------------------------------------------------------------- */

/* The next round goes on from what is there. Numbers of writes that are lost are not used again: nothing of them may
   come back. */
static void go_on_from(struct shared *shared, const struct found *found, uint64_t last_sequence)
{
  unsigned writer;

  for (writer = 0; writer < WRITERS; writer++) {
    struct progress *progress = &shared->writers[writer];

    progress->state = found->states[writer];
    progress->base = atomic_load(&progress->begun);
    atomic_store(&progress->acknowledged, progress->base);
    atomic_store(&progress->durable, progress->base);
  }
  shared->last_sequence = last_sequence;
}

/* Leveled compaction would begin to move tables of the one run to the next level at once. */
static void compact_all(kevo_db *db)
{
  kevo_error *error = NULL;

  OK_OR_ERROR(kevo_db_pause_background(db, &error), "pause");
  OK_OR_ERROR(kevo_db_compact(db, NULL, 0, NULL, 0, NULL, NULL, &error), "compaction");
  if (kevo_db_stat(db, KEVO_DB_STAT_TABLE_TOMBSTONES) != 0 || kevo_db_stat(db, KEVO_DB_STAT_RUNS) > 1)
    fail("a compaction of all left %" PRIu64 " tombstones and %" PRIu64 " runs",
         kevo_db_stat(db, KEVO_DB_STAT_TABLE_TOMBSTONES), kevo_db_stat(db, KEVO_DB_STAT_RUNS));
  OK_OR_ERROR(kevo_db_continue_background(db, &error), "continue");
}

static void close_database(kevo_db *db)
{
  kevo_error *error = NULL;

  OK_OR_ERROR(kevo_db_close(db, &error), "close");
}

/* Opens it, and finds the same once more. */
static kevo_db *open_again(const char *path, const struct plan *plan, const struct options *options, int read_only,
                           const struct found *found, const char *what)
{
  static struct found other;
  kevo_db *db = open_database(path, options, read_only);

  read_all(db, plan, &other);
  same(found, &other, what);
  return db;
}

/* Then there need not be a database yet. */
static int is_nothing_acknowledged(const struct shared *shared)
{
  unsigned writer;

  for (writer = 0; writer < WRITERS; writer++) {
    if (atomic_load(&shared->writers[writer].acknowledged) != 0)
      return 0;
  }
  return 1;
}

void run_checker(const char *path, const struct plan *plan, struct shared *shared)
{
  static struct found found, other;
  const int read_only_first = plan->read_only_first && !is_nothing_acknowledged(shared);
  kevo_db *db = open_database(path, &plan->checking, read_only_first);

  read_all(db, plan, &found);
  check_history(db, plan, shared, &found);
  if (read_only_first) {
    close_database(db);
    db = open_again(path, plan, &plan->checking, 0, &found, "read-only and for writing");
    check_history(db, plan, shared, &found);
  }
  if (plan->compact_all) {
    compact_all(db);
    read_all(db, plan, &other);
    same(&found, &other, "before and after a compaction");
    close_database(db);
    db = open_again(path, plan, &plan->writing, 0, &found, "before and after a close");
  }
  go_on_from(shared, &found, kevo_db_last_sequence(db));
  if (plan->close_after)
    close_database(db);
  _exit(EXIT_SUCCESS);
}
