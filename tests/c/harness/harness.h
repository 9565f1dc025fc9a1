/*
 * What the files of the harness share: checks, logs to try things on, and entries as text.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the tests, by handle ----------------------------------------------------------------------------------- */

void test_version(void);
void test_error(void);
void test_options(void);
void test_recover(void);
void test_report(void);
void test_list(void);
void test_memtable(void);
void test_scan(void);
void test_iterator(void);
void test_batches(void);
void test_lifetimes(void);
void test_database(void);
void test_database_writes(void);
void test_database_reads(void);
void test_database_tables(void);
void test_transactions(void);
void test_feed(void);
void test_export(void);
void test_table(void);

/* ---- checks (check.c) --------------------------------------------------------------------------------------- */

extern unsigned long checks;
extern unsigned long failures;

int check(int holds, const char *file, int line, const char *text);
void check_number(uint64_t actual, uint64_t expected, const char *file, int line, const char *text);
void check_code(int actual, int expected, const char *file, int line, const char *text);
void check_bytes(const void *actual, size_t actual_len, const char *expected, const char *file, int line,
                 const char *text);
void check_string(const char *actual, const char *expected, const char *file, int line, const char *text);

#define CHECK(condition) check((condition) ? 1 : 0, __FILE__, __LINE__, #condition)
#define CHECK_NUMBER(actual, expected) check_number((actual), (expected), __FILE__, __LINE__, #actual)
#define CHECK_CODE(call, expected) check_code((call), (expected), __FILE__, __LINE__, #call)
#define CHECK_SLICE(slice, expected) check_bytes((slice).data, (slice).len, (expected), __FILE__, __LINE__, #slice)
#define CHECK_STRING(string, expected) check_string((string), (expected), __FILE__, __LINE__, #string)

#define OK(call) CHECK_CODE(call, KEVO_OK)
#define INVALID(call) CHECK_CODE(call, KEVO_E_INVALID_ARGUMENT)

/*
 * A table of calls that must be refused as wrong arguments:
 *
 *   const struct refusal refusals[] = {REFUSAL(kevo_iterator_first(NULL)), ...};
 *   CHECK_REFUSALS(refusals);
 *
 * C leaves open in which order the rows of a table are evaluated. Here it does not matter, because a call that is
 * refused changes nothing.
 */
struct refusal {
  const char *call;
  int line;
  int code;
};

void check_refusals(const struct refusal *refusals, size_t count, const char *file);

#define REFUSAL(call) {#call, __LINE__, (call)}
#define CHECK_REFUSALS(refusals) check_refusals((refusals), COUNT(refusals), __FILE__)

/*
 * Goes through a table of values for setters. A row has the members name, line, set, value and expected. A setter that
 * gets NULL as its handle refuses any value.
 */
#define SETTER(set) #set, __LINE__, set
#define CHECK_SETTERS(cases, handle)                                                                                   \
  do {                                                                                                                 \
    size_t row;                                                                                                        \
    for (row = 0; row < COUNT(cases); row++) {                                                                         \
      check_code((cases)[row].set((handle), (cases)[row].value), (cases)[row].expected, __FILE__, (cases)[row].line,   \
                 (cases)[row].name);                                                                                   \
      check_code((cases)[row].set(NULL, (cases)[row].value), KEVO_E_INVALID_ARGUMENT, __FILE__, (cases)[row].line,     \
                 (cases)[row].name);                                                                                   \
    }                                                                                                                  \
  } while (0)

/* ---- marks (check.c) ---------------------------------------------------------------------------------------- */

/* Put into outputs before a call, to see whether the call writes them. */
extern const char mark[];
#define MARKED_NUMBER 77777u
#define MARKED_CODE 7777

kevo_slice marked_slice(void);
int is_marked(kevo_slice slice);
kevo_slice slice_of(const char *string);

/* ---- logs and handles (logs.c) ------------------------------------------------------------------------------ */

/* The directory that holds the logs, and an empty one that may be written to: the arguments of the program. */
extern const char *fixtures;
extern const char *scratch;

/* Where a fixture has its log. The memory of the path is used again after 31 more calls; so is that of path_of. */
const char *fixture(const char *name);
const char *path_of(const char *directory, const char *below);

/* Each gives a handle that is never NULL: if it cannot be had, the program ends. */
kevo_memtable_list *recover(const char *wal_dir, const kevo_recovery_options *options);
kevo_memtable_list *empty_list(void);
kevo_memtable_list *empty_list_with(int order, uint64_t memtable_size);
kevo_memtable_list *letters(void); /* a c e g, each written once, but c twice; e is deleted at the end */
kevo_memtable *memtable_of(const kevo_memtable_list *list, size_t index);
kevo_iterator *iterator_of(const kevo_memtable_list *list, const kevo_scan *scan);
kevo_scan *scan_with(uint32_t flags, uint64_t max_sequence);

/* The flags with which a scan gives everything. */
#define EVERYTHING (KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES)

void put(kevo_memtable_list *list, const char *key, const char *value, uint64_t sequence);
void delete(kevo_memtable_list *list, const char *key, uint64_t sequence);
int get_code(const kevo_memtable_list *list, const char *key, uint64_t max_sequence);
kevo_slice value_of(const kevo_memtable_list *list, const char *key, uint64_t max_sequence);

/* ---- databases (database.c) --------------------------------------------------------------------------------- */

/* There is one database at a time, at this path. It ends with end_database, which closes and removes it. */
const char *database_path(void);
kevo_db *new_database(void);
kevo_db *open_database(const kevo_db_options *options);
void end_database(kevo_db *db);
kevo_db_options *fast_options(void); /* without syncs */

void db_put(kevo_db *db, const char *key, const char *value);
void db_delete(kevo_db *db, const char *key);
int db_code(const kevo_db *db, const kevo_snapshot *snapshot, const char *key);
/* A value that is not there is "(none)". The text lives until the function is called again, as that of all keys does. */
const char *db_value(const kevo_db *db, const kevo_snapshot *snapshot, const char *key);
const char *db_keys(const kevo_db *db, const kevo_snapshot *snapshot);

/* Checks the code of an error, and that its message has these words, and frees it. */
void check_error(kevo_error *error, int code, const char *in_message, int line);

/* ---- entries as text (entries.c) ---------------------------------------------------------------------------- */

/*
 * An entry as text is its key, + for a put or - for a delete, and its sequence number: "a+1". Several have a space
 * between them. The text that a function returns lives until that function is called again.
 */

/* The entry that the iterator is on, or "END". */
const char *entry_at(const kevo_iterator *iterator);

/* Everything that a step leads to, until it comes to an end. */
const char *all_entries(kevo_iterator *iterator, int (*step)(kevo_iterator *));

/* What a scan of the list gives. Checks that the way back gives the same in reverse. */
const char *scanned(const kevo_memtable_list *list, const kevo_scan *scan);

/* ---- tables of lookups (lookup.c) --------------------------------------------------------------------------- */

/* A key and a bound, and what a lookup should give. A row without a value or sequence number has NULL and 0 there. */
struct lookup {
  const char *key;
  size_t key_len;
  uint64_t max_sequence;
  int code;
  const char *value;
  uint64_t sequence;
};

#define KEY(string) string, sizeof(string) - 1

typedef int get_function(const void *handle, const void *key, size_t key_len, uint64_t max_sequence, kevo_slice *value,
                         uint64_t *sequence);

/* Does all lookups with both outputs, with either of them, and with none. */
void check_lookups(get_function *get, const void *handle, const struct lookup *lookups, size_t count,
                   const char *file, int line);

#define CHECK_LOOKUPS(get, handle, lookups)                                                                            \
  check_lookups((get), (handle), (lookups), COUNT(lookups), __FILE__, __LINE__)

/* ---- tables of moves (moves.c) ------------------------------------------------------------------------------ */

enum move { FIRST, LAST, NEXT, PREV, SEEK, SEEK_FOR_PREV };

/* A move of an iterator, its key if it has one, and the entry that it leads to: NULL if it comes to an end. */
struct step {
  enum move move;
  const char *key;
  const char *entry;
};

void check_steps(kevo_iterator *iterator, const struct step *steps, size_t count, const char *file, int line);

#define CHECK_STEPS(iterator, steps) check_steps((iterator), (steps), COUNT(steps), __FILE__, __LINE__)

#endif
