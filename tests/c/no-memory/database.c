/* The calls of kevo.h on databases. Their threads are paused, so that the calls alone ask for memory. */
#include <stdio.h>
#include <string.h>

#include "no-memory.h"

static char database[4096];
static const char large_value[100000];

/* ---- databases to call functions on ------------------------------------------------------------------------- */

static void use_options(void)
{
  snprintf(database, sizeof database, "%s/database", scratch);
  given.db_options = kevo_db_options_new();
  given.batch = kevo_batch_new();
  need(given.db_options != NULL && given.batch != NULL, "handles");
  need(kevo_db_options_set_sync(given.db_options, KEVO_SYNC_NONE, 0) == KEVO_OK, "set_sync");
  need(kevo_db_options_set_compaction(given.db_options, KEVO_COMPACTION_NONE, 1) == KEVO_OK, "set_compaction");
  need(kevo_batch_put(given.batch, "a", 1, "new", 3) == KEVO_OK, "batch_put");
  need(kevo_batch_put(given.batch, "b", 1, large_value, sizeof large_value) == KEVO_OK, "batch_put");
}

static void put(const char *key)
{
  need(kevo_db_put(given.db, key, 1, "value", 5, 0, NULL) == KEVO_OK, "put");
}

/* a is in one table, b in another, c in the memtable. */
static void use_database(void)
{
  use_options();
  need(kevo_db_open(database, given.db_options, &given.db, NULL, NULL) == KEVO_OK, "open");
  put("a");
  need(kevo_db_flush(given.db, NULL) == KEVO_OK, "flush");
  put("b");
  need(kevo_db_flush(given.db, NULL) == KEVO_OK, "flush");
  put("c");
  need(kevo_db_pause_background(given.db, NULL) == KEVO_OK, "pause");
  need(kevo_db_snapshot(given.db, &given.snapshot, NULL) == KEVO_OK, "snapshot");
}

static void use_iterator(void)
{
  use_database();
  kevo_iterator_free(given.iterator);
  need(kevo_db_iterator(given.db, NULL, NULL, &given.iterator, NULL) == KEVO_OK, "iterator");
}

static void use_closed(void)
{
  use_database();
  need(kevo_db_close(given.db, NULL) == KEVO_OK, "close");
  given.db = NULL;
}

/* Read-only, and behind: another handle has written d to a log, and removed a table. */
static void use_read_only(void)
{
  kevo_db *writer = NULL;

  use_closed();
  need(kevo_db_options_set_read_only(given.db_options, 1) == KEVO_OK, "set_read_only");
  need(kevo_db_open(database, given.db_options, &given.db, NULL, NULL) == KEVO_OK, "open");
  need(kevo_db_options_set_read_only(given.db_options, 0) == KEVO_OK, "set_read_only");
  need(kevo_db_open(database, given.db_options, &writer, NULL, NULL) == KEVO_OK, "open");
  need(kevo_db_compact(writer, NULL, 0, NULL, 0, NULL, NULL, NULL) == KEVO_OK, "compact");
  need(kevo_db_put(writer, "d", 1, "value", 5, 0, NULL) == KEVO_OK, "put");
  need(kevo_db_close(writer, NULL) == KEVO_OK, "close");
}

/* The database answers, and has so many keys. */
static void need_keys(kevo_db *db, unsigned least)
{
  kevo_iterator *iterator = NULL;
  unsigned keys = 0;

  need(kevo_db_iterator(db, NULL, NULL, &iterator, NULL) == KEVO_OK, "iterator");
  while (kevo_iterator_next(iterator) == KEVO_OK)
    keys++;
  kevo_iterator_free(iterator);
  if (keys < least)
    fail("the database has %u keys", keys);
}

static void check_error_of(int code)
{
  if (made.error != NULL && kevo_error_code(made.error) != code)
    fail("the error has code %d", kevo_error_code(made.error));
}

/* A call that fails leaves the database as it was; one that poisons it can be taken back by resume. */
static void check_database(int code)
{
  check_error_of(code);
  need(kevo_db_resume(given.db, NULL) == KEVO_OK, "resume");
  put("d");
  need_keys(given.db, 1);
}

static void check_caught_up(int code)
{
  check_error_of(code);
  need_keys(given.db, code == KEVO_OK ? 4 : 3);
}

static void check_opened(int code)
{
  check_error_of(code);
  check_handle(made.db, code);
  if (made.db == NULL)
    need(kevo_db_open(database, given.db_options, &made.db, NULL, NULL) == KEVO_OK, "open");
  need_keys(made.db, given.snapshot != NULL ? 3 : 0);
}

/* Closed, whatever came of it: what was acknowledged is there. */
static void check_closed(int code)
{
  check_error_of(code);
  need(kevo_db_open(database, given.db_options, &made.db, NULL, NULL) == KEVO_OK, "open");
  need_keys(made.db, 3);
}

static void check_destroyed(int code)
{
  check_error_of(code);
  need(code == KEVO_OK || kevo_db_destroy(database, NULL) == KEVO_OK, "destroy");
}

static void check_snapshot(int code)
{
  check_error_of(code);
  check_handle(made.snapshot, code);
}

static void check_iterator_of_database(int code)
{
  check_error_of(code);
  check_handle(made.iterator, code);
}

static void check_batch(int code)
{
  const size_t before = 2;

  if (code == KEVO_E_NO_MEMORY && kevo_batch_count(given.batch) != before)
    fail("the batch has %zu operations", kevo_batch_count(given.batch));
}

/* ---- options ------------------------------------------------------------------------------------------------ */

static void log_nothing(void *user, int level, const char *message)
{
  (void)user;
  (void)level;
  (void)message;
}

HANDLE(db_options_new, db_options, kevo_db_options_new())
FREE(db_options_free, kevo_db_options_free, given.db_options)
CODE(set_create_if_missing, kevo_db_options_set_create_if_missing(given.db_options, 1))
CODE(set_error_if_exists, kevo_db_options_set_error_if_exists(given.db_options, 1))
CODE(set_read_only, kevo_db_options_set_read_only(given.db_options, 1))
CODE(set_recovery, kevo_db_options_set_recovery(given.db_options, given.options))
CODE(set_memtable_size, kevo_db_options_set_memtable_size(given.db_options, 1))
CODE(set_max_memtables, kevo_db_options_set_max_memtables(given.db_options, 1))
CODE(set_sync, kevo_db_options_set_sync(given.db_options, KEVO_SYNC_NONE, 0))
CODE(set_log_size, kevo_db_options_set_log_size(given.db_options, 1))
CODE(set_log_mapped, kevo_db_options_set_log_mapped(given.db_options, 1))
CODE(set_log_retention, kevo_db_options_set_log_retention(given.db_options, 1))
CODE(set_table_size, kevo_db_options_set_table_size(given.db_options, 1))
CODE(set_block_size, kevo_db_options_set_block_size(given.db_options, 1))
CODE(set_cache_size, kevo_db_options_set_cache_size(given.db_options, 1))
CODE(set_filter_bits, kevo_db_options_set_filter_bits(given.db_options, 1))
CODE(set_compaction, kevo_db_options_set_compaction(given.db_options, KEVO_COMPACTION_NONE, 1))
CODE(set_compaction_rate, kevo_db_options_set_compaction_rate(given.db_options, 1))
CODE(set_max_open_files, kevo_db_options_set_max_open_files(given.db_options, 1))
CODE(set_logger, kevo_db_options_set_logger(given.db_options, log_nothing, NULL))

/* ---- databases ---------------------------------------------------------------------------------------------- */

CODE(db_open, kevo_db_open(database, given.db_options, &made.db, &made.report, &made.error))

static int db_close(void)
{
  kevo_db *db = given.db;

  given.db = NULL;
  return kevo_db_close(db, &made.error);
}

CODE(db_destroy, kevo_db_destroy(database, &made.error))

/* Where a database is salvaged into. */
static const char *salvaged(void)
{
  static char path[sizeof database + sizeof "-salvaged"];

  snprintf(path, sizeof path, "%s-salvaged", database);
  return path;
}

CODE(db_salvage, kevo_db_salvage(database, salvaged(), NULL, &made.report, &made.error))

/* The new database is whole or not there. */
static void check_new(int code)
{
  kevo_db *db = NULL;

  check_error_of(code);
  if (code == KEVO_OK) {
    need(kevo_db_open(salvaged(), given.db_options, &db, NULL, NULL) == KEVO_OK, "open what was salvaged");
    need_keys(db, 3);
    need(kevo_db_close(db, NULL) == KEVO_OK && kevo_db_destroy(salvaged(), NULL) == KEVO_OK, "destroy");
  } else {
    need(kevo_db_destroy(salvaged(), NULL) == KEVO_E_NOT_A_DATABASE, "nothing is left");
  }
}

static void check_salvaged(int code)
{
  check_new(code);
  need(kevo_db_open(database, given.db_options, &made.db, NULL, NULL) == KEVO_OK, "open");
  need_keys(made.db, 3);
}

static void check_checkpoint(int code)
{
  check_new(code);
  check_database(code);
}
CODE(db_put, kevo_db_put(given.db, "new", 3, "value", 5, 0, &made.error))
CODE(db_put_large, kevo_db_put(given.db, "new", 3, large_value, sizeof large_value, 0, &made.error))
CODE(db_delete, kevo_db_delete(given.db, "a", 1, 0, &made.error))
CODE(db_write, kevo_db_write(given.db, given.batch, 0, NULL, &made.error))
CODE(db_sync, kevo_db_sync(given.db, &made.error))
CODE(db_resume, kevo_db_resume(given.db, &made.error))
CODE(db_snapshot, kevo_db_snapshot(given.db, &made.snapshot, &made.error))
CODE(db_iterator, kevo_db_iterator(given.db, NULL, given.scan, &made.iterator, &made.error))
CODE(db_flush, kevo_db_flush(given.db, &made.error))
CODE(db_compact, kevo_db_compact(given.db, NULL, 0, NULL, 0, NULL, NULL, &made.error))
CODE(db_pause, kevo_db_pause_background(given.db, &made.error))
CODE(db_continue, kevo_db_continue_background(given.db, &made.error))
static char stat_text[1 << 14];
static size_t stat_text_length;

CODE(db_status, kevo_db_status(given.db, &made.error))
ANSWER(db_last_sequence, kevo_db_last_sequence(given.db) == 3)
ANSWER(db_stat, kevo_db_stat(given.db, KEVO_DB_STAT_TABLES) == 2)
ANSWER(db_stat_name, kevo_db_stat_name(KEVO_DB_STAT_TABLES) != NULL)
ANSWER(db_stat_unit, kevo_db_stat_unit(KEVO_DB_STAT_TABLES) != NULL)
ANSWER(db_stat_meaning, kevo_db_stat_meaning(KEVO_DB_STAT_TABLES) != NULL)
ANSWER(db_stat_is_counter, kevo_db_stat_is_counter(KEVO_DB_STAT_FLUSHES))
CODE(db_stat_text, kevo_db_stat_text(given.db, stat_text, sizeof(stat_text), &stat_text_length, &made.error))

static int db_delete_range(void)
{
  uint64_t count;

  return kevo_db_delete_range(given.db, NULL, 0, NULL, 0, 0, &count, &made.error);
}

static int db_approximate_size(void)
{
  uint64_t bytes;

  return kevo_db_approximate_size(given.db, "a", 1, "b", 1, &bytes, &made.error);
}

static int db_get(void)
{
  kevo_slice value;

  return kevo_db_get(given.db, NULL, "a", 1, given.pinned, &value, &made.error);
}

static int db_get_copy(void)
{
  char value[5];
  size_t len;

  return kevo_db_get_copy(given.db, given.snapshot, "a", 1, value, sizeof value, &len, &made.error);
}

static int db_multi_get(void)
{
  kevo_slice keys[2] = {{"a", 1}, {"c", 1}}, values[2];
  int codes[2], code;

  code = kevo_db_multi_get(given.db, NULL, keys, 2, given.pinned, values, codes, &made.error);
  return code == KEVO_OK && codes[0] != KEVO_OK ? codes[0] : code;
}

static int snapshot_get(void)
{
  kevo_slice value;

  return kevo_snapshot_get(given.snapshot, "b", 1, given.pinned, &value, &made.error);
}

CODE(snapshot_iterator, kevo_snapshot_iterator(given.snapshot, given.scan, &made.iterator, &made.error))
ANSWER(snapshot_sequence, kevo_snapshot_sequence(given.snapshot) == 3)
FREE(snapshot_free, kevo_snapshot_free, given.snapshot)
CODE(iterator_refresh, kevo_iterator_refresh(given.iterator, &made.error))

/* ---- transactions ------------------------------------------------------------------------------------------- */

/* It has put d and read a, and has a savepoint. */
static void use_transaction(void)
{
  kevo_slice value;

  use_database();
  need(kevo_transaction_begin(given.db, 0, 0, &given.transaction, NULL) == KEVO_OK, "begin");
  need(kevo_transaction_put(given.transaction, "d", 1, "value", 5, NULL) == KEVO_OK, "put");
  need(kevo_transaction_get(given.transaction, "a", 1, &value, NULL) == KEVO_OK, "get");
  need(kevo_transaction_savepoint(given.transaction, NULL) == KEVO_OK, "savepoint");
}

static void check_begun(int code)
{
  check_error_of(code);
  check_handle(made.transaction, code);
}

/* A call that fails leaves the transaction as it was. */
static void check_transaction(int code)
{
  kevo_slice value;

  check_error_of(code);
  need(kevo_transaction_get(given.transaction, "d", 1, &value, NULL) == KEVO_OK, "get");
  need(kevo_transaction_commit(given.transaction, 0, NULL, NULL) == KEVO_OK, "commit");
  need_keys(given.db, 1);
}

static void check_committed(int code)
{
  check_error_of(code);
  need_keys(given.db, code == KEVO_OK ? 4 : 3);
}

static int transaction_get(void)
{
  kevo_slice value;

  return kevo_transaction_get(given.transaction, "b", 1, &value, &made.error);
}

static int transaction_delete_range(void)
{
  uint64_t count;

  return kevo_transaction_delete_range(given.transaction, "a", 1, "c", 1, &count, &made.error);
}

CODE(db_checkpoint, kevo_db_checkpoint(given.db, salvaged(), NULL, NULL, &made.error))
CODE(db_verify, kevo_db_verify(given.db, NULL, NULL, &made.report, &made.error))
CODE(db_catch_up, kevo_db_catch_up(given.db, &made.error))
CODE(transaction_begin, kevo_transaction_begin(given.db, 0, 0, &made.transaction, &made.error))
CODE(transaction_begin_timed, kevo_transaction_begin(given.db, KEVO_TRANSACTION_EXCLUSIVE, 3600000, &made.transaction, &made.error))
CODE(transaction_put, kevo_transaction_put(given.transaction, "k", 1, large_value, sizeof large_value, &made.error))
CODE(transaction_delete, kevo_transaction_delete(given.transaction, "a", 1, &made.error))
CODE(transaction_iterator, kevo_transaction_iterator(given.transaction, given.scan, &made.iterator, &made.error))
CODE(transaction_savepoint, kevo_transaction_savepoint(given.transaction, &made.error))
CODE(transaction_rollback_to, kevo_transaction_rollback_to_savepoint(given.transaction, &made.error))
CODE(transaction_commit, kevo_transaction_commit(given.transaction, 0, NULL, &made.error))
CODE(transaction_rollback, kevo_transaction_rollback(given.transaction, &made.error))
FREE(transaction_free, kevo_transaction_free, given.transaction)

/* ---- the feed ----------------------------------------------------------------------------------------------- */

static const char *wal_dir(void)
{
  static char path[sizeof database + 4];

  snprintf(path, sizeof path, "%s/wal", database);
  return path;
}

/* It has given the last entry. */
static void use_cursor(void)
{
  use_database();
  need(kevo_log_cursor_open(wal_dir(), 2, &given.cursor, NULL) == KEVO_OK, "open a cursor");
  need(kevo_log_cursor_next(given.cursor, 0, NULL, NULL, &given.log, &given.offset, NULL) == KEVO_OK, "next");
  need(kevo_db_put(given.db, "d", 1, large_value, sizeof large_value, 0, NULL) == KEVO_OK, "put");
}

static void check_cursor(int code)
{
  check_error_of(code);
  check_handle(made.cursor, code);
}

/* It gives the entry after a failure. */
static void check_fed(int code)
{
  check_error_of(code);
  if (code != KEVO_OK)
    need(kevo_log_cursor_next(given.cursor, 0, NULL, NULL, NULL, NULL, NULL) == KEVO_OK, "next");
}

CODE(log_cursor_open, kevo_log_cursor_open(wal_dir(), 2, &made.cursor, &made.error))
CODE(log_cursor_open_at, kevo_log_cursor_open_at(wal_dir(), given.log, given.offset, &made.cursor, &made.error))
CODE(log_cursor_next, kevo_log_cursor_next(given.cursor, 0, NULL, NULL, NULL, NULL, &made.error))
CODE(log_cursor_wake, kevo_log_cursor_wake(given.cursor))
FREE(log_cursor_free, kevo_log_cursor_free, given.cursor)

/* ---- lists of tables ---------------------------------------------------------------------------------------- */

static void use_tables(void)
{
  use_database();
  need(kevo_db_tables(given.db, &given.tables, NULL) == KEVO_OK, "tables");
}

static void check_tables(int code)
{
  check_error_of(code);
  check_handle(made.tables, code);
}

CODE(db_tables, kevo_db_tables(given.db, &made.tables, &made.error))
ANSWER(table_list_count, kevo_table_list_count(given.tables) == 2)
ANSWER(table_list_path, kevo_table_list_path(given.tables, 0) != NULL)
ANSWER(table_list_stat, kevo_table_list_stat(given.tables, 0, KEVO_LISTED_TABLE_ENTRIES) == 1)
FREE(table_list_free, kevo_table_list_free, given.tables)

/* ---- batches ------------------------------------------------------------------------------------------------ */

HANDLE(batch_new, batch, kevo_batch_new())
FREE(batch_free, kevo_batch_free, given.batch)
CODE(batch_put, kevo_batch_put(given.batch, "k", 1, large_value, sizeof large_value))
CODE(batch_delete, kevo_batch_delete(given.batch, "k", 1))
CODE(batch_append, kevo_batch_append(given.batch, given.batch))
ANSWER(batch_count, kevo_batch_count(given.batch) == 2)
ANSWER(batch_size, kevo_batch_size(given.batch) > 4)

static int batch_entry(void)
{
  kevo_entry entry;

  return kevo_batch_entry(given.batch, 0, &entry);
}

static int batch_clear(void)
{
  kevo_batch_clear(given.batch);
  return KEVO_OK;
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

const struct call database_calls[] = {
    {"db_options_new", db_options_new, NULL, NULL},
    {"db_options_free", db_options_free, NULL, use_options},
    {"db_options_set_create_if_missing", set_create_if_missing, NULL, use_options},
    {"db_options_set_error_if_exists", set_error_if_exists, NULL, use_options},
    {"db_options_set_read_only", set_read_only, NULL, use_options},
    {"db_options_set_recovery", set_recovery, NULL, use_options},
    {"db_options_set_memtable_size", set_memtable_size, NULL, use_options},
    {"db_options_set_max_memtables", set_max_memtables, NULL, use_options},
    {"db_options_set_sync", set_sync, NULL, use_options},
    {"db_options_set_log_size", set_log_size, NULL, use_options},
    {"db_options_set_log_mapped", set_log_mapped, NULL, use_options},
    {"db_options_set_log_retention", set_log_retention, NULL, use_options},
    {"db_options_set_table_size", set_table_size, NULL, use_options},
    {"db_options_set_block_size", set_block_size, NULL, use_options},
    {"db_options_set_cache_size", set_cache_size, NULL, use_options},
    {"db_options_set_filter_bits", set_filter_bits, NULL, use_options},
    {"db_options_set_compaction", set_compaction, NULL, use_options},
    {"db_options_set_compaction_rate", set_compaction_rate, NULL, use_options},
    {"db_options_set_max_open_files", set_max_open_files, NULL, use_options},
    {"db_options_set_logger", set_logger, NULL, use_options},

    {"db_open, a new one", db_open, check_opened, use_options},
    {"db_open", db_open, check_opened, use_closed},
    {"db_close", db_close, check_closed, use_database},
    {"db_destroy", db_destroy, check_destroyed, use_closed},
    {"db_salvage", db_salvage, check_salvaged, use_closed},
    {"db_put", db_put, check_database, use_database},
    {"db_put, large", db_put_large, check_database, use_database},
    {"db_delete", db_delete, check_database, use_database},
    {"db_write", db_write, check_database, use_database},
    {"db_delete_range", db_delete_range, check_database, use_database},
    {"db_sync", db_sync, check_database, use_database},
    {"db_resume", db_resume, check_database, use_database},
    {"db_get", db_get, check_database, use_database},
    {"db_get_copy", db_get_copy, check_database, use_database},
    {"db_multi_get", db_multi_get, check_error_of, use_database},
    {"db_snapshot", db_snapshot, check_snapshot, use_database},
    {"db_iterator", db_iterator, check_iterator_of_database, use_database},
    {"db_flush", db_flush, check_database, use_database},
    {"db_compact", db_compact, check_database, use_database},
    {"db_approximate_size", db_approximate_size, check_database, use_database},
    {"db_pause_background", db_pause, check_database, use_database},
    {"db_continue_background", db_continue, check_database, use_database},
    {"db_checkpoint", db_checkpoint, check_checkpoint, use_database},
    {"db_verify", db_verify, check_database, use_database},
    {"db_catch_up", db_catch_up, check_caught_up, use_read_only},
    {"db_status", db_status, check_database, use_database},
    {"db_last_sequence", db_last_sequence, NULL, use_database},
    {"db_stat", db_stat, NULL, use_database},
    {"db_stat_name", db_stat_name, NULL, NULL},
    {"db_stat_unit", db_stat_unit, NULL, NULL},
    {"db_stat_meaning", db_stat_meaning, NULL, NULL},
    {"db_stat_is_counter", db_stat_is_counter, NULL, NULL},
    {"db_stat_text", db_stat_text, NULL, use_database},

    {"snapshot_get", snapshot_get, check_error_of, use_database},
    {"snapshot_iterator", snapshot_iterator, check_iterator_of_database, use_database},
    {"snapshot_sequence", snapshot_sequence, NULL, use_database},
    {"snapshot_free", snapshot_free, NULL, use_database},
    {"iterator_refresh", iterator_refresh, check_error_of, use_iterator},

    {"transaction_begin", transaction_begin, check_begun, use_database},
    {"transaction_begin, with a time limit", transaction_begin_timed, check_begun, use_database},
    {"transaction_put", transaction_put, check_transaction, use_transaction},
    {"transaction_delete", transaction_delete, check_transaction, use_transaction},
    {"transaction_get", transaction_get, check_transaction, use_transaction},
    {"transaction_delete_range", transaction_delete_range, check_transaction, use_transaction},
    {"transaction_iterator", transaction_iterator, check_iterator_of_database, use_transaction},
    {"transaction_savepoint", transaction_savepoint, check_transaction, use_transaction},
    {"transaction_rollback_to_savepoint", transaction_rollback_to, check_transaction, use_transaction},
    {"transaction_commit", transaction_commit, check_committed, use_transaction},
    {"transaction_rollback", transaction_rollback, check_error_of, use_transaction},
    {"transaction_free", transaction_free, NULL, use_transaction},

    {"log_cursor_open", log_cursor_open, check_cursor, use_database},
    {"log_cursor_open_at", log_cursor_open_at, check_cursor, use_cursor},
    {"log_cursor_next", log_cursor_next, check_fed, use_cursor},
    {"log_cursor_wake", log_cursor_wake, NULL, use_cursor},
    {"log_cursor_free", log_cursor_free, NULL, use_cursor},

    {"db_tables", db_tables, check_tables, use_database},
    {"table_list_count", table_list_count, NULL, use_tables},
    {"table_list_path", table_list_path, NULL, use_tables},
    {"table_list_stat", table_list_stat, NULL, use_tables},
    {"table_list_free", table_list_free, NULL, use_tables},

    {"batch_new", batch_new, NULL, NULL},
    {"batch_put", batch_put, check_batch, use_options},
    {"batch_delete", batch_delete, check_batch, use_options},
    {"batch_append", batch_append, check_batch, use_options},
    {"batch_entry", batch_entry, NULL, use_options},
    {"batch_count", batch_count, NULL, use_options},
    {"batch_size", batch_size, NULL, use_options},
    {"batch_clear", batch_clear, NULL, use_options},
    {"batch_free", batch_free, NULL, use_options},
};

const size_t database_call_count = COUNT(database_calls);
