/*
 * What the files of this program share: see main.c.
 */
#ifndef NO_MEMORY_H
#define NO_MEMORY_H

#include "kevo.h"

/* A call of kevo.h, made while memory is refused. */
struct call {
  const char *name;
  /* Makes the call. Returns its code; for a handle, KEVO_E_NO_MEMORY if it is NULL. */
  int (*make)(void);
  /* Checks, with memory again, what the call has done if it returned this code. May be NULL, as may prepare. */
  void (*check)(int code);
  /* What is done before, with memory. */
  void (*prepare)(void);
};

extern const struct call calls[], database_calls[];
extern const size_t call_count, database_call_count;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A call that gives a code; one that gives a handle; one that gives what is right or wrong; one that gives nothing. */
#define CODE(name, call)                                                                                               \
  static int name(void)                                                                                                \
  {                                                                                                                    \
    return (call);                                                                                                     \
  }
#define HANDLE(name, handle, call)                                                                                     \
  static int name(void)                                                                                                \
  {                                                                                                                    \
    made.handle = (call);                                                                                              \
    return made.handle != NULL ? KEVO_OK : KEVO_E_NO_MEMORY;                                                           \
  }
#define ANSWER(name, condition)                                                                                        \
  static int name(void)                                                                                                \
  {                                                                                                                    \
    return (condition) ? KEVO_OK : KEVO_E_PANIC;                                                                       \
  }
#define FREE(name, call, handle)                                                                                       \
  static int name(void)                                                                                                \
  {                                                                                                                    \
    call(handle);                                                                                                      \
    handle = NULL;                                                                                                     \
    return KEVO_OK;                                                                                                    \
  }

/* A handle output is set to a handle, and to NULL on failure. */
void check_handle(const void *handle, int code);

/* ---- main.c ------------------------------------------------------------------------------------------------- */

/* The directory of the logs, and one that may be written to and is empty whenever a call is made. */
extern const char *fixtures;
extern const char *scratch;

/* Ends the process, which is one of those that make a call: the outcome is wrong. */
void fail(const char *format, ...);

/* ---- handles.c ---------------------------------------------------------------------------------------------- */

struct handles {
  kevo_recovery_options *options;
  kevo_memtable_list *list;
  kevo_memtable *memtable;
  kevo_scan *scan;
  kevo_iterator *iterator;
  kevo_recovery_report *report;
  kevo_error *error;
  kevo_table *table;
  kevo_pinned *pinned;
  kevo_db_options *db_options;
  kevo_db *db;
  kevo_batch *batch;
  kevo_snapshot *snapshot;
  kevo_transaction *transaction;
  kevo_log_cursor *cursor;
  const char *log; /* the cursor's */
  uint64_t offset;
  kevo_table_list *tables;
};

/* Those that a call uses, and those that it makes. */
extern struct handles given, made;

/* A list of which nothing was read yet: what was recovered is not sorted. */
extern kevo_memtable_list *unread;

/* Both lists are of the same log. They show this many keys, of which this is the first one. */
extern size_t key_count;
extern kevo_slice first_key;

/* Paths of logs, and the path that an export writes to. */
extern char one_file[], several_files[], damaged[], set_aside[], missing[], out_dir[], table_file[], damaged_table[];

void make_handles(void);
void free_handles(void);

/* For what cannot fail because all memory is there. */
void need(int holds, const char *what);

/* How many entries a list shows. */
size_t entries_of(const kevo_memtable_list *list);

#endif
