/*
 * Stands between the tests of a binding and libkevo, and counts the handles that were made and are not freed yet.
 *
 * Linked to libkevo.so, it offers all of its functions; those that make or free a handle are counted on their way. The
 * counts, an int64_t for each kind of handle, are in the file $KEVO_LIVE_HANDLES/<process id>, which every language can
 * read: when all is freed, every byte of it is zero.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kevo.h"

enum kind {
  kevo_recovery_options_kind,
  kevo_memtable_list_kind,
  kevo_recovery_report_kind,
  kevo_error_kind,
  kevo_memtable_kind,
  kevo_scan_kind,
  kevo_iterator_kind,
  kevo_db_options_kind,
  kevo_db_kind,
  kevo_batch_kind,
  kevo_snapshot_kind,
  kevo_pinned_kind,
  kevo_transaction_kind,
  kevo_table_kind,
  kevo_table_list_kind,
  kevo_log_cursor_kind,
  KINDS
};

static int64_t *live;
static void *libkevo;

static void *or_exit(void *result, const char *what)
{
  if (result == NULL || result == MAP_FAILED) {
    perror(what);
    exit(EXIT_FAILURE);
  }
  return result;
}

__attribute__((constructor)) static void start(void)
{
  const char *directory = getenv("KEVO_LIVE_HANDLES");
  char path[4096];
  int file;

  snprintf(path, sizeof path, "%s/%ld", directory != NULL ? directory : "", (long)getpid());
  file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  or_exit(file >= 0 && ftruncate(file, KINDS * sizeof *live) == 0 ? path : NULL, path);
  live = or_exit(mmap(NULL, KINDS * sizeof *live, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), path);
  close(file);
  libkevo = or_exit(dlopen("libkevo.so.0", RTLD_NOW), "libkevo.so.0");
}

static void count_handle(enum kind kind, const void *handle, int by)
{
  if (handle != NULL)
    __atomic_add_fetch(&live[kind], by, __ATOMIC_SEQ_CST);
}

/* The function of libkevo that has the name of the one that calls it. */
#define LIBKEVO(function) ((__typeof__(&function))or_exit(dlsym(libkevo, #function), #function))

#define COUNTED_NEW(type)                                                                                              \
  type *type##_new(void)                                                                                               \
  {                                                                                                                    \
    type *handle = LIBKEVO(type##_new)();                                                                              \
    count_handle(type##_kind, handle, 1);                                                                              \
    return handle;                                                                                                     \
  }

#define COUNTED_FREE(type)                                                                                             \
  void type##_free(type *handle)                                                                                       \
  {                                                                                                                    \
    count_handle(type##_kind, handle, -1);                                                                             \
    LIBKEVO(type##_free)(handle);                                                                                      \
  }

COUNTED_NEW(kevo_recovery_options)
COUNTED_NEW(kevo_scan)
COUNTED_NEW(kevo_db_options)
COUNTED_NEW(kevo_batch)
COUNTED_NEW(kevo_pinned)
COUNTED_FREE(kevo_recovery_options)
COUNTED_FREE(kevo_memtable_list)
COUNTED_FREE(kevo_recovery_report)
COUNTED_FREE(kevo_error)
COUNTED_FREE(kevo_memtable)
COUNTED_FREE(kevo_scan)
COUNTED_FREE(kevo_iterator)
COUNTED_FREE(kevo_db_options)
COUNTED_FREE(kevo_batch)
COUNTED_FREE(kevo_snapshot)
COUNTED_FREE(kevo_pinned)
COUNTED_FREE(kevo_transaction)
COUNTED_FREE(kevo_table)
COUNTED_FREE(kevo_table_list)
COUNTED_FREE(kevo_log_cursor)

int kevo_recover(const char *wal_dir, const kevo_recovery_options *options, kevo_memtable_list **list,
                 kevo_recovery_report **report, kevo_error **error)
{
  int code = LIBKEVO(kevo_recover)(wal_dir, options, list, report, error);

  count_handle(kevo_memtable_list_kind, list != NULL ? *list : NULL, 1);
  count_handle(kevo_recovery_report_kind, report != NULL ? *report : NULL, 1);
  count_handle(kevo_error_kind, error != NULL ? *error : NULL, 1);
  return code;
}

int kevo_memtable_list_export(const kevo_memtable_list *list, const char *out_dir, uint32_t flags, uint64_t *entries,
                              uint64_t *memtable_size, kevo_error **error)
{
  int code = LIBKEVO(kevo_memtable_list_export)(list, out_dir, flags, entries, memtable_size, error);

  count_handle(kevo_error_kind, error != NULL ? *error : NULL, 1);
  return code;
}

kevo_memtable_list *kevo_memtable_list_ref(const kevo_memtable_list *list)
{
  kevo_memtable_list *handle = LIBKEVO(kevo_memtable_list_ref)(list);

  count_handle(kevo_memtable_list_kind, handle, 1);
  return handle;
}

int kevo_memtable_list_table(const kevo_memtable_list *list, size_t index, kevo_memtable **table)
{
  int code = LIBKEVO(kevo_memtable_list_table)(list, index, table);

  count_handle(kevo_memtable_kind, table != NULL ? *table : NULL, 1);
  return code;
}

int kevo_memtable_list_iterator(const kevo_memtable_list *list, const kevo_scan *scan, kevo_iterator **iterator)
{
  int code = LIBKEVO(kevo_memtable_list_iterator)(list, scan, iterator);

  count_handle(kevo_iterator_kind, iterator != NULL ? *iterator : NULL, 1);
  return code;
}

int kevo_memtable_iterator(const kevo_memtable *table, const kevo_scan *scan, kevo_iterator **iterator)
{
  int code = LIBKEVO(kevo_memtable_iterator)(table, scan, iterator);

  count_handle(kevo_iterator_kind, iterator != NULL ? *iterator : NULL, 1);
  return code;
}

/* The rest hand out what their parameters named `error`, `report` and so on point to. */
#define MADE(type, output) count_handle(type##_kind, (output) != NULL ? *(output) : NULL, 1);

#define COUNTED(function, parameters, arguments, made)                                                                 \
  int function parameters                                                                                              \
  {                                                                                                                    \
    int code = LIBKEVO(function) arguments;                                                                            \
    made return code;                                                                                                  \
  }

COUNTED(kevo_table_iterator,
        (const kevo_table *table, const kevo_scan *scan, kevo_iterator **iterator, kevo_error **error),
        (table, scan, iterator, error),
        MADE(kevo_iterator, iterator) MADE(kevo_error, error))

COUNTED(kevo_iterator_refresh,
        (kevo_iterator *iterator, kevo_error **error),
        (iterator, error),
        MADE(kevo_error, error))

COUNTED(kevo_table_open,
        (const char *path, kevo_table **table, kevo_error **error),
        (path, table, error),
        MADE(kevo_table, table) MADE(kevo_error, error))

COUNTED(kevo_table_open_mode,
        (const char *path, int mode, kevo_table **table, kevo_error **error),
        (path, mode, table, error),
        MADE(kevo_table, table) MADE(kevo_error, error))

COUNTED(kevo_table_get,
        (const kevo_table *table, const void *key, size_t key_len, kevo_pinned *pinned, kevo_slice *value,
         uint64_t *sequence, kevo_error **error),
        (table, key, key_len, pinned, value, sequence, error),
        MADE(kevo_error, error))

COUNTED(kevo_table_verify,
        (const kevo_table *table, kevo_error **error),
        (table, error),
        MADE(kevo_error, error))

COUNTED(kevo_table_damage,
        (const kevo_table *table, kevo_recovery_report **report, kevo_error **error),
        (table, report, error),
        MADE(kevo_recovery_report, report) MADE(kevo_error, error))

COUNTED(kevo_db_open,
        (const char *path, const kevo_db_options *options, kevo_db **db, kevo_recovery_report **report,
         kevo_error **error),
        (path, options, db, report, error),
        MADE(kevo_db, db) MADE(kevo_recovery_report, report) MADE(kevo_error, error))

COUNTED(kevo_db_destroy,
        (const char *path, kevo_error **error),
        (path, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_put,
        (kevo_db *db, const void *key, size_t key_len, const void *value, size_t value_len, uint32_t flags,
         kevo_error **error),
        (db, key, key_len, value, value_len, flags, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_delete,
        (kevo_db *db, const void *key, size_t key_len, uint32_t flags, kevo_error **error),
        (db, key, key_len, flags, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_write,
        (kevo_db *db, const kevo_batch *batch, uint32_t flags, uint64_t *sequence, kevo_error **error),
        (db, batch, flags, sequence, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_delete_range,
        (kevo_db *db, const void *begin, size_t begin_len, const void *end, size_t end_len, uint32_t flags,
         uint64_t *count, kevo_error **error),
        (db, begin, begin_len, end, end_len, flags, count, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_sync,
        (kevo_db *db, kevo_error **error),
        (db, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_resume,
        (kevo_db *db, kevo_error **error),
        (db, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_snapshot,
        (const kevo_db *db, kevo_snapshot **snapshot, kevo_error **error),
        (db, snapshot, error),
        MADE(kevo_snapshot, snapshot) MADE(kevo_error, error))

COUNTED(kevo_snapshot_get,
        (const kevo_snapshot *snapshot, const void *key, size_t key_len, kevo_pinned *pinned, kevo_slice *value,
         kevo_error **error),
        (snapshot, key, key_len, pinned, value, error),
        MADE(kevo_error, error))

COUNTED(kevo_snapshot_iterator,
        (const kevo_snapshot *snapshot, const kevo_scan *scan, kevo_iterator **iterator, kevo_error **error),
        (snapshot, scan, iterator, error),
        MADE(kevo_iterator, iterator) MADE(kevo_error, error))

COUNTED(kevo_db_get,
        (const kevo_db *db, const kevo_snapshot *snapshot, const void *key, size_t key_len, kevo_pinned *pinned,
         kevo_slice *value, kevo_error **error),
        (db, snapshot, key, key_len, pinned, value, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_get_copy,
        (const kevo_db *db, const kevo_snapshot *snapshot, const void *key, size_t key_len, void *buffer,
         size_t capacity, size_t *value_len, kevo_error **error),
        (db, snapshot, key, key_len, buffer, capacity, value_len, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_multi_get,
        (const kevo_db *db, const kevo_snapshot *snapshot, const kevo_slice *keys, size_t count, kevo_pinned *pinned,
         kevo_slice *values, int *codes, kevo_error **error),
        (db, snapshot, keys, count, pinned, values, codes, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_iterator,
        (const kevo_db *db, const kevo_snapshot *snapshot, const kevo_scan *scan, kevo_iterator **iterator,
         kevo_error **error),
        (db, snapshot, scan, iterator, error),
        MADE(kevo_iterator, iterator) MADE(kevo_error, error))

COUNTED(kevo_transaction_begin,
        (kevo_db *db, uint32_t flags, uint64_t timeout_ms, kevo_transaction **transaction, kevo_error **error),
        (db, flags, timeout_ms, transaction, error),
        MADE(kevo_transaction, transaction) MADE(kevo_error, error))

COUNTED(kevo_transaction_put,
        (kevo_transaction *transaction, const void *key, size_t key_len, const void *value, size_t value_len,
         kevo_error **error),
        (transaction, key, key_len, value, value_len, error),
        MADE(kevo_error, error))

COUNTED(kevo_transaction_delete,
        (kevo_transaction *transaction, const void *key, size_t key_len, kevo_error **error),
        (transaction, key, key_len, error),
        MADE(kevo_error, error))

COUNTED(kevo_transaction_get,
        (kevo_transaction *transaction, const void *key, size_t key_len, kevo_slice *value, kevo_error **error),
        (transaction, key, key_len, value, error),
        MADE(kevo_error, error))

COUNTED(kevo_transaction_delete_range,
        (kevo_transaction *transaction, const void *begin, size_t begin_len, const void *end, size_t end_len,
         uint64_t *count, kevo_error **error),
        (transaction, begin, begin_len, end, end_len, count, error),
        MADE(kevo_error, error))

COUNTED(kevo_transaction_iterator,
        (kevo_transaction *transaction, const kevo_scan *scan, kevo_iterator **iterator, kevo_error **error),
        (transaction, scan, iterator, error),
        MADE(kevo_iterator, iterator) MADE(kevo_error, error))

COUNTED(kevo_transaction_savepoint,
        (kevo_transaction *transaction, kevo_error **error),
        (transaction, error),
        MADE(kevo_error, error))

COUNTED(kevo_transaction_rollback_to_savepoint,
        (kevo_transaction *transaction, kevo_error **error),
        (transaction, error),
        MADE(kevo_error, error))

COUNTED(kevo_transaction_commit,
        (kevo_transaction *transaction, uint32_t flags, uint64_t *sequence, kevo_error **error),
        (transaction, flags, sequence, error),
        MADE(kevo_error, error))

COUNTED(kevo_transaction_rollback,
        (kevo_transaction *transaction, kevo_error **error),
        (transaction, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_flush,
        (kevo_db *db, kevo_error **error),
        (db, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_compact,
        (kevo_db *db, const void *begin, size_t begin_len, const void *end, size_t end_len,
         kevo_progress_callback progress, void *user, kevo_error **error),
        (db, begin, begin_len, end, end_len, progress, user, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_checkpoint,
        (kevo_db *db, const char *path, kevo_progress_callback progress, void *user, kevo_error **error),
        (db, path, progress, user, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_verify,
        (kevo_db *db, kevo_progress_callback progress, void *user, kevo_recovery_report **report, kevo_error **error),
        (db, progress, user, report, error),
        MADE(kevo_recovery_report, report) MADE(kevo_error, error))

COUNTED(kevo_db_approximate_size,
        (const kevo_db *db, const void *begin, size_t begin_len, const void *end, size_t end_len, uint64_t *bytes,
         kevo_error **error),
        (db, begin, begin_len, end, end_len, bytes, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_pause_background,
        (kevo_db *db, kevo_error **error),
        (db, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_continue_background,
        (kevo_db *db, kevo_error **error),
        (db, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_catch_up,
        (kevo_db *db, kevo_error **error),
        (db, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_status,
        (const kevo_db *db, kevo_error **error),
        (db, error),
        MADE(kevo_error, error))

COUNTED(kevo_db_salvage,
        (const char *path, const char *into, const kevo_recovery_options *options, kevo_recovery_report **report,
         kevo_error **error),
        (path, into, options, report, error),
        MADE(kevo_recovery_report, report) MADE(kevo_error, error))

COUNTED(kevo_db_tables,
        (const kevo_db *db, kevo_table_list **tables, kevo_error **error),
        (db, tables, error),
        MADE(kevo_table_list, tables) MADE(kevo_error, error))

COUNTED(kevo_log_cursor_open,
        (const char *wal_dir, uint64_t after_sequence, kevo_log_cursor **cursor, kevo_error **error),
        (wal_dir, after_sequence, cursor, error),
        MADE(kevo_log_cursor, cursor) MADE(kevo_error, error))

COUNTED(kevo_log_cursor_open_at,
        (const char *wal_dir, const char *path, uint64_t offset, kevo_log_cursor **cursor, kevo_error **error),
        (wal_dir, path, offset, cursor, error),
        MADE(kevo_log_cursor, cursor) MADE(kevo_error, error))

COUNTED(kevo_log_cursor_next,
        (kevo_log_cursor *cursor, uint64_t timeout_ms, kevo_entry *entry, int *last_of_batch, const char **path,
         uint64_t *offset, kevo_error **error),
        (cursor, timeout_ms, entry, last_of_batch, path, offset, error),
        MADE(kevo_error, error))

/* A handle that was closed already, or in the process that this one was forked from, is not freed once more. */
int kevo_db_close(kevo_db *db, kevo_error **error)
{
  int code = LIBKEVO(kevo_db_close)(db, error);

  if (code != KEVO_E_CLOSED)
    count_handle(kevo_db_kind, db, -1);
  MADE(kevo_error, error)
  return code;
}
