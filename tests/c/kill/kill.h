/*
 * What the files of this program share: what writers do, what the processes tell each other, and what a round is.
 */
#ifndef KILL_H
#define KILL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "kevo.h"

/* ---- numbers by chance (random.c) ----------------------------------------------------------------------------- */

struct random {
  uint64_t state;
};

struct random random_of(uint64_t seed, uint64_t first, uint64_t second);
uint64_t next_random(struct random *random);
uint64_t below(struct random *random, uint64_t end);

/* ---- what a writer does (history.c) --------------------------------------------------------------------------- */

/* Each writer has slots of its own, each with a key. The keys of all writers alternate, in GROUPS places. */
enum { WRITERS = 4, GROUPS = 4, SLOTS = 240, SLOTS_A_GROUP = SLOTS / GROUPS, MOST_ITEMS = 12 };
enum { LONGEST_KEY = 70000, LONGEST_VALUE = 120008 };

struct key {
  char bytes[LONGEST_KEY];
  size_t len;
};

/* A put or a delete. A put leaves its version in its slot, a delete 0. */
struct item {
  unsigned slot;
  uint64_t version;
  size_t value_len;
};

enum kind { PUT, DELETE, BATCH, DELETE_RANGE };

/* One write: its items, or the slots from `first` on and below `end`. Seed, writer and number say all of it. */
struct write {
  enum kind kind;
  unsigned count;
  struct item items[MOST_ITEMS];
  unsigned first, end;
  uint32_t flags;
};

/* The version that each slot of a writer has; 0 is a key that is not there. */
struct state {
  uint64_t versions[SLOTS];
};

void write_of(uint64_t seed, unsigned writer, uint64_t number, struct write *write);
void key_of(unsigned writer, unsigned slot, struct key *key);
void value_of(unsigned writer, unsigned slot, uint64_t version, unsigned char *value, size_t len);
/* Returns the bytes of keys and values that it took. */
uint64_t apply(const struct write *write, unsigned writer, struct state *state);
/* The slot of a key of the writers; sets the writer. Returns SLOTS if it is none. */
unsigned slot_of(const void *key, size_t len, unsigned *writer);
/* The version that a value has. Returns 0 if that write never gave that slot this value. */
uint64_t version_of(uint64_t seed, unsigned writer, unsigned slot, const void *value, size_t len);

/* ---- what processes tell each other --------------------------------------------------------------------------- */

enum { MOST_WRITES = 1 << 16 }; /* of one writer in one round */

enum phase { OPENING, WRITING, CLOSING };
enum order { GO_ON, REST, CLOSE, EXIT };

/* A writer stores here what has begun and what was acknowledged, so that a kill at any moment leaves the truth. */
struct progress {
  _Atomic uint64_t begun, acknowledged;
  _Atomic uint64_t durable;        /* survives a kill in every sync mode: a sync after it was acknowledged */
  uint64_t base;                   /* the number of the last write before this round */
  struct state state;              /* and what the slots had then */
  uint64_t sequences[MOST_WRITES]; /* of write `number` at `number % MOST_WRITES`; 0 is not known */
};

struct shared {
  _Atomic int phase, order;
  _Atomic unsigned resting;
  _Atomic uint64_t open_microseconds, flushes, compactions;
  uint64_t last_sequence; /* when it was last opened */
  struct progress writers[WRITERS];
};

/* ---- a round (plan.c) ----------------------------------------------------------------------------------------- */

struct options {
  int sync, compaction, mapped, mode;
  uint64_t sync_bytes, memtable_size, log_size, log_retention, table_size, cache_size;
  size_t max_memtables, block_size, threads, open_files;
  unsigned filter_bits;
};

enum end { KILL_OPENING, KILL_SOON, KILL_WRITING, KILL_CLOSING, KILL_RESTING, END_BY_CLOSE, END_BY_EXIT, ENDS };

struct plan {
  uint64_t seed;    /* of the writes: the same for the whole life of a directory */
  uint64_t chance;  /* of everything else in the round */
  struct options writing, checking;
  enum end end;
  uint64_t microseconds; /* until the end, or in parts of a thousand of what an opening takes */
  int read_only_first, compact_all, close_after;
};

void make_plan(uint64_t seed, uint64_t life, uint64_t round, struct plan *plan);
void print_plan(const struct plan *plan);
const char *name_of_end(enum end end);

/* ---- the processes (writer.c, checker.c) ---------------------------------------------------------------------- */

/* Says what is wrong, and ends the process. */
_Noreturn void fail(const char *format, ...);
void check_code(int code, const kevo_error *error, const char *what);
/* A call that must be KEVO_OK; the second is for calls that set the variable `error`, which is read only afterwards. */
#define OK(call, what) check_code((call), NULL, (what))
#define OK_OR_ERROR(call, what)                                                                                        \
  do {                                                                                                                 \
    const int returned = (call);                                                                                       \
    check_code(returned, error, (what));                                                                               \
  } while (0)
/* Opens a database. Nothing but torn tails may be damaged. */
kevo_db *open_database(const char *path, const struct options *options, int read_only);
uint64_t now_microseconds(void);

_Noreturn void run_writers(const char *path, const struct plan *plan, struct shared *shared);
_Noreturn void run_checker(const char *path, const struct plan *plan, struct shared *shared);

#endif
