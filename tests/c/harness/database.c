/* Databases: options, opening, closing, removing. */
#include "harness.h"

/* ---- what the tests of databases share ---------------------------------------------------------------------- */

const char *database_path(void)
{
  return path_of(scratch, "database");
}

kevo_db *open_database(const kevo_db_options *options)
{
  kevo_db *db = NULL;
  kevo_error *error = NULL;

  if (kevo_db_open(database_path(), options, &db, NULL, &error) != KEVO_OK || db == NULL) {
    printf("%s: %s\n", database_path(), kevo_error_message(error));
    exit(EXIT_FAILURE);
  }
  return db;
}

kevo_db_options *fast_options(void)
{
  kevo_db_options *options = kevo_db_options_new();

  OK(kevo_db_options_set_sync(options, KEVO_SYNC_NONE, 0));
  return options;
}

kevo_db *new_database(void)
{
  kevo_db_options *options = fast_options();
  kevo_db *db;

  OK(kevo_db_options_set_error_if_exists(options, 1));
  db = open_database(options);
  kevo_db_options_free(options);
  return db;
}

void end_database(kevo_db *db)
{
  OK(kevo_db_close(db, NULL));
  OK(kevo_db_destroy(database_path(), NULL));
}

void db_put(kevo_db *db, const char *key, const char *value)
{
  OK(kevo_db_put(db, key, strlen(key), value, strlen(value), 0, NULL));
}

void db_delete(kevo_db *db, const char *key)
{
  OK(kevo_db_delete(db, key, strlen(key), 0, NULL));
}

int db_code(const kevo_db *db, const kevo_snapshot *snapshot, const char *key)
{
  return kevo_db_get(db, snapshot, key, strlen(key), NULL, NULL, NULL);
}

const char *db_value(const kevo_db *db, const kevo_snapshot *snapshot, const char *key)
{
  static char value[256];
  size_t len = 0;

  if (kevo_db_get_copy(db, snapshot, key, strlen(key), value, sizeof value - 1, &len, NULL) != KEVO_OK)
    return "(none)";
  value[len] = '\0';
  return value;
}

const char *db_keys(const kevo_db *db, const kevo_snapshot *snapshot)
{
  static char text[256];
  kevo_iterator *iterator = NULL;
  kevo_entry entry;
  size_t used = 0, count = 0;

  text[0] = '\0';
  OK(kevo_db_iterator(db, snapshot, NULL, &iterator, NULL));
  while (kevo_iterator_next(iterator) == KEVO_OK && kevo_iterator_entry(iterator, &entry) == KEVO_OK &&
         used + entry.key.len + 2 < sizeof text)
    used += (size_t)sprintf(text + used, "%s%.*s", count++ > 0 ? " " : "", (int)entry.key.len,
                            (const char *)entry.key.data);
  kevo_iterator_free(iterator);
  return text;
}

void check_error(kevo_error *error, int code, const char *in_message, int line)
{
  check_code(kevo_error_code(error), code, __FILE__, line, "the code of the error");
  if (error != NULL && in_message != NULL &&
      !check(strstr(kevo_error_message(error), in_message) != NULL, __FILE__, line, in_message))
    printf("  is not in \"%s\"\n", kevo_error_message(error));
  kevo_error_free(error);
}

/* ---- options ------------------------------------------------------------------------------------------------ */

static const struct {
  const char *name;
  int line;
  int (*set)(kevo_db_options *, int);
  int value;
  int expected;
} int_cases[] = {
    {SETTER(kevo_db_options_set_create_if_missing), 0, KEVO_OK},
    {SETTER(kevo_db_options_set_create_if_missing), 1, KEVO_OK},
    {SETTER(kevo_db_options_set_error_if_exists), INT_MIN, KEVO_OK},
    {SETTER(kevo_db_options_set_error_if_exists), 0, KEVO_OK},
    {SETTER(kevo_db_options_set_read_only), 1, KEVO_OK},
    {SETTER(kevo_db_options_set_read_only), 0, KEVO_OK},
    {SETTER(kevo_db_options_set_log_mapped), 1, KEVO_OK},
    {SETTER(kevo_db_options_set_log_mapped), 0, KEVO_OK},
};

static const struct {
  const char *name;
  int line;
  int (*set)(kevo_db_options *, uint64_t);
  uint64_t value;
  int expected;
} number_cases[] = {
    {SETTER(kevo_db_options_set_memtable_size), 0, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_db_options_set_memtable_size), 1 << 20, KEVO_OK},
    {SETTER(kevo_db_options_set_log_size), 0, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_db_options_set_log_size), 1 << 20, KEVO_OK},
    {SETTER(kevo_db_options_set_log_retention), 0, KEVO_OK},
    {SETTER(kevo_db_options_set_log_retention), UINT64_MAX, KEVO_OK},
    {SETTER(kevo_db_options_set_log_retention), 0, KEVO_OK},
    {SETTER(kevo_db_options_set_table_size), 0, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_db_options_set_table_size), 1 << 20, KEVO_OK},
    {SETTER(kevo_db_options_set_cache_size), 0, KEVO_OK},
    {SETTER(kevo_db_options_set_compaction_rate), 1 << 30, KEVO_OK},
    {SETTER(kevo_db_options_set_compaction_rate), 0, KEVO_OK},
};

static const struct {
  const char *name;
  int line;
  int (*set)(kevo_db_options *, size_t);
  size_t value;
  int expected;
} size_cases[] = {
    {SETTER(kevo_db_options_set_max_memtables), 0, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_db_options_set_max_memtables), 2, KEVO_OK},
    {SETTER(kevo_db_options_set_block_size), 0, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_db_options_set_block_size), SIZE_MAX, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_db_options_set_block_size), 256, KEVO_OK},
    {SETTER(kevo_db_options_set_max_open_files), 0, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_db_options_set_max_open_files), 10, KEVO_OK},
};

static unsigned long messages;

static void count_message(void *user, int level, const char *message)
{
  CHECK(user == &messages);
  CHECK(level >= KEVO_LOG_ERROR && level <= KEVO_LOG_INFO);
  CHECK(strlen(message) > 0);
  messages++;
}

static void test_options_of_database(void)
{
  kevo_db_options *options = kevo_db_options_new();
  kevo_recovery_options *recovery = kevo_recovery_options_new();
  kevo_db *db;

  kevo_db_options_free(NULL);
  CHECK_SETTERS(int_cases, options);
  CHECK_SETTERS(number_cases, options);
  CHECK_SETTERS(size_cases, options);

  /* All of it at once, in one database below. */
  OK(kevo_db_options_set_log_mapped(options, 0));
  OK(kevo_db_options_set_log_retention(options, 0));
  OK(kevo_db_options_set_log_size(options, 1000));
  OK(kevo_db_options_set_table_size(options, 1000));
  OK(kevo_db_options_set_compaction_rate(options, 1 << 20));
  OK(kevo_db_options_set_max_open_files(options, 1));
  OK(kevo_db_options_set_filter_bits(options, 0));
  INVALID(kevo_db_options_set_filter_bits(options, 65));
  INVALID(kevo_db_options_set_filter_bits(NULL, 10));
  OK(kevo_db_options_set_sync(options, KEVO_SYNC_NONE, 0));
  OK(kevo_db_options_set_sync(options, KEVO_SYNC_BYTES, 0));
  OK(kevo_db_options_set_sync(options, KEVO_SYNC_BUFFERED, 7));
  OK(kevo_db_options_set_sync(options, KEVO_SYNC_ALWAYS, 0));
  INVALID(kevo_db_options_set_sync(options, 4, 0));
  INVALID(kevo_db_options_set_sync(options, -1, 0));
  INVALID(kevo_db_options_set_sync(NULL, KEVO_SYNC_NONE, 0));
  OK(kevo_db_options_set_compaction(options, KEVO_COMPACTION_NONE, 0));
  OK(kevo_db_options_set_compaction(options, KEVO_COMPACTION_TIERED, SIZE_MAX));
  OK(kevo_db_options_set_compaction(options, KEVO_COMPACTION_LEVELED, 1));
  INVALID(kevo_db_options_set_compaction(options, 3, 1));
  INVALID(kevo_db_options_set_compaction(NULL, KEVO_COMPACTION_TIERED, 1));
  OK(kevo_db_options_set_logger(options, count_message, &messages));
  INVALID(kevo_db_options_set_logger(NULL, count_message, NULL));

  OK(kevo_db_options_set_recovery(options, recovery));
  INVALID(kevo_db_options_set_recovery(NULL, recovery));
  INVALID(kevo_db_options_set_recovery(options, NULL));
  OK(kevo_recovery_options_set_order(recovery, KEVO_ORDER_SEQUENCE));
  INVALID(kevo_db_options_set_recovery(options, recovery));
  OK(kevo_recovery_options_set_order(recovery, KEVO_ORDER_LOG));
  OK(kevo_recovery_options_set_max_sequence(recovery, 5));
  INVALID(kevo_db_options_set_recovery(options, recovery));

  /* All that was set works together; the options are copied. */
  OK(kevo_db_open(database_path(), options, &db, NULL, NULL));
  kevo_db_options_free(options);
  kevo_recovery_options_free(recovery);
  db_put(db, "key", "value");
  OK(kevo_db_flush(db, NULL));
  CHECK_STRING(db_value(db, NULL, "key"), "value");
  end_database(db);
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

static int cancel(void *user, uint64_t bytes_done, uint64_t bytes_total)
{
  CHECK(bytes_done <= bytes_total);
  ++*(unsigned *)user;
  return 1;
}

static void test_recovery_of_database(void)
{
  kevo_db_options *options = kevo_db_options_new();
  kevo_recovery_options *recovery = kevo_recovery_options_new();
  kevo_recovery_report *report = NULL;
  kevo_error *error = NULL;
  kevo_db *db = new_database();
  unsigned called = 0;

  db_put(db, "key", "value");
  OK(kevo_db_close(db, NULL));

  OK(kevo_recovery_options_set_progress(recovery, cancel, &called));
  OK(kevo_recovery_options_set_mode(recovery, KEVO_RECOVERY_ABSOLUTE));
  OK(kevo_recovery_options_set_threads(recovery, 1));
  OK(kevo_recovery_options_set_include_set_aside(recovery, 0));
  OK(kevo_db_options_set_recovery(options, recovery));
  CHECK_CODE(kevo_db_open(database_path(), options, &db, &report, &error), KEVO_E_CANCELLED);
  check_error(error, KEVO_E_CANCELLED, NULL, __LINE__);
  CHECK(db == NULL && report != NULL && called == 1);
  kevo_recovery_report_free(report);

  /* What is not set in other options stays: the callback, too, until it is taken away. */
  kevo_recovery_options_free(recovery);
  recovery = kevo_recovery_options_new();
  OK(kevo_db_options_set_recovery(options, recovery));
  CHECK_CODE(kevo_db_open(database_path(), options, &db, NULL, NULL), KEVO_E_CANCELLED);
  CHECK(called == 2);
  OK(kevo_recovery_options_set_progress(recovery, NULL, NULL));
  OK(kevo_db_options_set_recovery(options, recovery));
  OK(kevo_db_open(database_path(), options, &db, &report, &error));
  CHECK(report != NULL && error == NULL);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_FILES), 1);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_ENTRIES_APPLIED), 1);
  kevo_recovery_report_free(report);
  CHECK_STRING(db_value(db, NULL, "key"), "value");
  kevo_recovery_options_free(recovery);
  kevo_db_options_free(options);
  end_database(db);
}

static void write_file(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");

  if (CHECK(file != NULL)) {
    fputs(text, file);
    fclose(file);
  }
}

static void test_open(void)
{
  kevo_db_options *options = kevo_db_options_new();
  kevo_recovery_report *report = (kevo_recovery_report *)(void *)&report;
  kevo_db *db = (kevo_db *)(void *)&db, *other;
  kevo_error *error = NULL;

  INVALID(kevo_db_open(NULL, options, &db, &report, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "path", __LINE__);
  CHECK(db == NULL && report != NULL);
  kevo_recovery_report_free(report);
  INVALID(kevo_db_open(database_path(), options, NULL, NULL, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "db", __LINE__);

  /* Nothing is there. */
  OK(kevo_db_options_set_create_if_missing(options, 0));
  CHECK_CODE(kevo_db_open(database_path(), options, &db, NULL, &error), KEVO_E_NOT_A_DATABASE);
  CHECK_STRING(kevo_error_path(error), database_path());
  check_error(error, KEVO_E_NOT_A_DATABASE, "database", __LINE__);
  CHECK(db == NULL);
  OK(kevo_db_options_set_create_if_missing(options, 1));
  OK(kevo_db_options_set_read_only(options, 1));
  CHECK_CODE(kevo_db_open(database_path(), options, &db, NULL, NULL), KEVO_E_NOT_A_DATABASE);
  CHECK_CODE(kevo_db_destroy(database_path(), &error), KEVO_E_NOT_A_DATABASE);
  check_error(error, KEVO_E_NOT_A_DATABASE, database_path(), __LINE__);
  CHECK_CODE(kevo_db_open(path_of(scratch, "a/b"), NULL, &db, NULL, &error), KEVO_E_IO);
  check_error(error, KEVO_E_IO, "a/b", __LINE__);

  /* A file, and a directory of something else. */
  OK(kevo_db_options_set_read_only(options, 0));
  write_file(database_path(), "text");
  CHECK_CODE(kevo_db_open(database_path(), options, &db, NULL, NULL), KEVO_E_NOT_A_DATABASE);
  CHECK_CODE(kevo_db_destroy(database_path(), NULL), KEVO_E_NOT_A_DATABASE);
  CHECK_CODE(kevo_db_open(path_of(scratch, "."), options, &db, NULL, NULL), KEVO_E_NOT_A_DATABASE);
  CHECK_CODE(kevo_db_destroy(path_of(scratch, "."), NULL), KEVO_E_NOT_A_DATABASE);
  CHECK(remove(database_path()) == 0);

  /* A new one, which is there then, and locked. */
  db = new_database();
  db_put(db, "key", "value");
  CHECK_CODE(kevo_db_open(database_path(), options, &other, NULL, &error), KEVO_E_LOCKED);
  CHECK(other == NULL);
  check_error(error, KEVO_E_LOCKED, "process", __LINE__);
  CHECK_CODE(kevo_db_destroy(database_path(), &error), KEVO_E_LOCKED);
  check_error(error, KEVO_E_LOCKED, "process", __LINE__);

  /* It can be read meanwhile, but not written to. */
  OK(kevo_db_options_set_read_only(options, 1));
  OK(kevo_db_open(database_path(), options, &other, NULL, NULL));
  CHECK_STRING(db_value(other, NULL, "key"), "value");
  CHECK_CODE(kevo_db_put(other, "a", 1, "b", 1, 0, &error), KEVO_E_READ_ONLY);
  check_error(error, KEVO_E_READ_ONLY, "read-only", __LINE__);
  CHECK_CODE(kevo_db_delete(other, "a", 1, 0, NULL), KEVO_E_READ_ONLY);
  CHECK_CODE(kevo_db_flush(other, NULL), KEVO_E_READ_ONLY);
  CHECK_CODE(kevo_db_sync(other, NULL), KEVO_E_READ_ONLY);
  CHECK_CODE(kevo_db_resume(other, NULL), KEVO_E_READ_ONLY);
  CHECK_CODE(kevo_db_compact(other, NULL, 0, NULL, 0, NULL, NULL, NULL), KEVO_E_READ_ONLY);
  OK(kevo_db_status(other, NULL));
  db_put(db, "later", "seen");
  CHECK_CODE(db_code(other, NULL, "later"), KEVO_NOT_FOUND);
  OK(kevo_db_catch_up(other, &error));
  CHECK_STRING(db_value(other, NULL, "later"), "seen");
  OK(kevo_db_flush(db, NULL));
  OK(kevo_db_catch_up(other, NULL));
  CHECK_STRING(db_value(other, NULL, "later"), "seen");
  OK(kevo_db_catch_up(db, NULL)); /* it is never behind */
  db_delete(db, "later");
  OK(kevo_db_close(other, &error));
  CHECK(error == NULL);
  OK(kevo_db_close(db, NULL));

  OK(kevo_db_options_set_read_only(options, 0));
  OK(kevo_db_options_set_error_if_exists(options, 1));
  CHECK_CODE(kevo_db_open(database_path(), options, &db, NULL, &error), KEVO_E_EXISTS);
  check_error(error, KEVO_E_EXISTS, database_path(), __LINE__);

  /* Foreign files stay, and keep their directories. */
  write_file(path_of(database_path(), "sst/notes"), "text");
  OK(kevo_db_destroy(database_path(), &error));
  CHECK(error == NULL);
  CHECK_CODE(kevo_db_open(path_of(database_path(), "wal"), options, &db, NULL, NULL), KEVO_OK);
  OK(kevo_db_close(db, NULL));
  OK(kevo_db_destroy(path_of(database_path(), "wal"), NULL));
  CHECK(remove(path_of(database_path(), "sst/notes")) == 0);
  CHECK(remove(path_of(database_path(), "sst")) == 0);
  CHECK(remove(database_path()) == 0);
  kevo_db_options_free(options);
}

static void test_destroyed_is_gone(void)
{
  kevo_db *db = new_database();

  db_put(db, "key", "value");
  OK(kevo_db_flush(db, NULL));
  db_put(db, "key", "new");
  end_database(db);
  CHECK(remove(database_path()) != 0);
}

/* What is left of a database, in a new one. Nothing changes in the old one. */
static int never(void *user, uint64_t done, uint64_t total)
{
  CHECK(done <= total);
  (*(int *)user)++;
  return 1;
}

/* A second database, and what is found in a sound one and in a damaged one. */
static void test_checkpoint_and_verify(void)
{
  kevo_db *db = new_database(), *copy = NULL;
  kevo_recovery_report *report = NULL;
  kevo_error *error = NULL;
  kevo_table_list *tables = NULL;
  char path[4096], value[20000];
  int calls = 0;
  FILE *file;

  snprintf(path, sizeof path, "%s", path_of(scratch, "copy"));
  memset(value, 'v', sizeof value);
  OK(kevo_db_put(db, "large", 5, value, sizeof value, 0, NULL));
  OK(kevo_db_flush(db, NULL));
  db_put(db, "in the log", "value");
  INVALID(kevo_db_checkpoint(db, NULL, NULL, NULL, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "path", __LINE__);
  CHECK_CODE(kevo_db_checkpoint(db, path, never, &calls, NULL), KEVO_E_CANCELLED);
  CHECK(calls == 1);
  CHECK_CODE(kevo_db_checkpoint(db, path_of(scratch, "no/copy"), NULL, NULL, NULL), KEVO_E_IO);
  INVALID(kevo_db_checkpoint(db, path_of(database_path(), "copy"), NULL, NULL, NULL));
  OK(kevo_db_checkpoint(db, path, NULL, NULL, &error));
  CHECK(error == NULL);
  CHECK_CODE(kevo_db_checkpoint(db, path, NULL, NULL, &error), KEVO_E_EXISTS);
  check_error(error, KEVO_E_EXISTS, "copy", __LINE__);
  db_put(db, "later", "value");

  OK(kevo_db_verify(db, NULL, NULL, &report, &error));
  CHECK(error == NULL && report != NULL);
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 0);
  kevo_recovery_report_free(report);
  OK(kevo_db_verify(db, NULL, NULL, NULL, NULL));
  CHECK_CODE(kevo_db_verify(db, never, &calls, &report, NULL), KEVO_E_CANCELLED);
  kevo_recovery_report_free(report);

  OK(kevo_db_open(path, NULL, &copy, NULL, NULL));
  CHECK_STRING(db_keys(copy, NULL), "in the log large");
  OK(kevo_db_tables(db, &tables, NULL));
  file = fopen(kevo_table_list_path(tables, 1), "r+b");
  if (file == NULL)
    exit(EXIT_FAILURE);
  fseek(file, 10000, SEEK_SET);
  fputc('x', file);
  fclose(file);
  CHECK_CODE(kevo_db_verify(db, NULL, NULL, &report, &error), KEVO_E_CORRUPT);
  CHECK_STRING(kevo_error_path(error), kevo_table_list_path(tables, 1));
  kevo_error_free(error);
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 1);
  kevo_recovery_report_free(report);
  kevo_table_list_free(tables);
  OK(kevo_db_close(copy, NULL));
  OK(kevo_db_destroy(path, NULL));
  end_database(db);
}

static void test_salvage(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_recovery_report *report;
  kevo_error *error;
  kevo_db *db = new_database();
  char into[4096];

  snprintf(into, sizeof into, "%s", path_of(scratch, "salvaged"));
  db_put(db, "key", "value");
  OK(kevo_db_flush(db, NULL));
  db_put(db, "another", "value");
  CHECK_CODE(kevo_db_salvage(database_path(), into, NULL, NULL, &error), KEVO_E_LOCKED);
  check_error(error, KEVO_E_LOCKED, "process", __LINE__);
  OK(kevo_db_close(db, NULL));
  INVALID(kevo_db_salvage(NULL, into, NULL, NULL, NULL));
  CHECK_CODE(kevo_db_salvage(database_path(), NULL, NULL, &report, &error), KEVO_E_INVALID_ARGUMENT);
  check_error(error, KEVO_E_INVALID_ARGUMENT, "into", __LINE__);
  kevo_recovery_report_free(report);
  CHECK_CODE(kevo_db_salvage(database_path(), path_of(database_path(), "new"), NULL, NULL, NULL),
             KEVO_E_INVALID_ARGUMENT);
  CHECK_CODE(kevo_db_salvage(into, database_path(), NULL, NULL, NULL), KEVO_E_NOT_A_DATABASE);
  CHECK_CODE(kevo_db_salvage(database_path(), database_path(), NULL, NULL, NULL), KEVO_E_EXISTS);
  OK(kevo_recovery_options_set_order(options, KEVO_ORDER_SEQUENCE));
  CHECK_CODE(kevo_db_salvage(database_path(), into, options, NULL, NULL), KEVO_E_INVALID_ARGUMENT);
  OK(kevo_recovery_options_set_order(options, KEVO_ORDER_LOG));
  OK(kevo_recovery_options_set_threads(options, 2));

  CHECK(remove(path_of(database_path(), "VERSIONS")) == 0);
  OK(kevo_db_salvage(database_path(), into, options, &report, &error));
  CHECK(error == NULL);
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 1); /* VERSIONS was made anew */
  kevo_recovery_report_free(report);
  CHECK_CODE(kevo_db_salvage(database_path(), into, NULL, NULL, &error), KEVO_E_EXISTS);
  check_error(error, KEVO_E_EXISTS, into, __LINE__);
  OK(kevo_db_open(into, NULL, &db, NULL, NULL));
  CHECK_STRING(db_value(db, NULL, "key"), "value");
  CHECK_STRING(db_value(db, NULL, "another"), "value");
  CHECK_NUMBER(kevo_db_last_sequence(db), 2);
  OK(kevo_db_close(db, NULL));
  OK(kevo_db_destroy(into, NULL));
  OK(kevo_db_destroy(database_path(), NULL));
  kevo_recovery_options_free(options);
}

static void test_no_handle(void)
{
  kevo_snapshot *snapshot = (kevo_snapshot *)(void *)&snapshot;
  kevo_iterator *iterator = (kevo_iterator *)(void *)&iterator;
  kevo_error *error = NULL;
  uint64_t number = MARKED_NUMBER;
  size_t len = MARKED_NUMBER;

  INVALID(kevo_db_close(NULL, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "db", __LINE__);
  INVALID(kevo_db_snapshot(NULL, &snapshot, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "db", __LINE__);
  CHECK(snapshot == NULL);
  INVALID(kevo_db_iterator(NULL, NULL, NULL, &iterator, NULL));
  CHECK(iterator == NULL);
  {
    const struct refusal refusals[] = {
        REFUSAL(kevo_db_destroy(NULL, NULL)),
        REFUSAL(kevo_db_put(NULL, "k", 1, "v", 1, 0, NULL)),
        REFUSAL(kevo_db_delete(NULL, "k", 1, 0, NULL)),
        REFUSAL(kevo_db_write(NULL, NULL, 0, NULL, NULL)),
        REFUSAL(kevo_db_delete_range(NULL, NULL, 0, NULL, 0, 0, &number, NULL)),
        REFUSAL(kevo_db_sync(NULL, NULL)),
        REFUSAL(kevo_db_resume(NULL, NULL)),
        REFUSAL(kevo_db_get(NULL, NULL, "k", 1, NULL, NULL, NULL)),
        REFUSAL(kevo_db_get_copy(NULL, NULL, "k", 1, NULL, 0, &len, NULL)),
        REFUSAL(kevo_db_multi_get(NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL)),
        REFUSAL(kevo_db_flush(NULL, NULL)),
        REFUSAL(kevo_db_compact(NULL, NULL, 0, NULL, 0, NULL, NULL, NULL)),
        REFUSAL(kevo_db_approximate_size(NULL, NULL, 0, NULL, 0, &number, NULL)),
        REFUSAL(kevo_db_pause_background(NULL, NULL)),
        REFUSAL(kevo_db_continue_background(NULL, NULL)),
        REFUSAL(kevo_db_catch_up(NULL, NULL)),
        REFUSAL(kevo_db_checkpoint(NULL, "x", NULL, NULL, NULL)),
        REFUSAL(kevo_db_verify(NULL, NULL, NULL, NULL, NULL)),
        REFUSAL(kevo_db_status(NULL, NULL)),
        REFUSAL(kevo_iterator_refresh(NULL, NULL)),
        REFUSAL(kevo_snapshot_get(NULL, "k", 1, NULL, NULL, NULL)),
        REFUSAL(kevo_snapshot_iterator(NULL, NULL, &iterator, NULL)),
    };

    CHECK_REFUSALS(refusals);
  }
  CHECK(number == MARKED_NUMBER && len == MARKED_NUMBER);
  CHECK_NUMBER(kevo_db_last_sequence(NULL), 0);
  CHECK_NUMBER(kevo_db_stat(NULL, KEVO_DB_STAT_TABLES), 0);
  CHECK_NUMBER(kevo_snapshot_sequence(NULL), 0);
  kevo_snapshot_free(NULL);
  kevo_pinned_free(NULL);
  kevo_pinned_reset(NULL);
}

/* A handle stays one for a while after the close: calls that come too late are told so. */
static void test_closed(void)
{
  kevo_db *db = new_database();
  kevo_error *error = NULL;
  uint64_t number = MARKED_NUMBER;

  OK(kevo_db_close(db, NULL));
  CHECK_CODE(kevo_db_put(db, "k", 1, "v", 1, 0, &error), KEVO_E_CLOSED);
  check_error(error, KEVO_E_CLOSED, "closed", __LINE__);
  CHECK_CODE(kevo_db_get(db, NULL, "k", 1, NULL, NULL, NULL), KEVO_E_CLOSED);
  CHECK_CODE(kevo_db_status(db, NULL), KEVO_E_CLOSED);
  CHECK_CODE(kevo_db_approximate_size(db, NULL, 0, NULL, 0, &number, NULL), KEVO_E_CLOSED);
  CHECK_CODE(kevo_db_close(db, NULL), KEVO_E_CLOSED);
  CHECK_NUMBER(kevo_db_last_sequence(db), 0);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_MEMTABLES), 0);
  CHECK_NUMBER(number, MARKED_NUMBER);
  OK(kevo_db_destroy(database_path(), NULL));
}

/* ---- maintenance -------------------------------------------------------------------------------------------- */

/* Every statistic has a name, a unit and a meaning, and is in the text with them; the text fits as it is said to. */
static void test_statistics(void)
{
  static const char *const units[] = {"count", "bytes", "microseconds", "sequence-number"};
  static char text[1 << 15];
  kevo_db *db = open_database(NULL);
  kevo_error *error;
  size_t length, again;
  int stat;

  db_put(db, "key", "value");
  OK(kevo_db_flush(db, NULL));
  OK(kevo_db_stat_text(db, NULL, 0, &length, NULL));
  CHECK(length > 1000 && length < sizeof(text));
  CHECK_CODE(kevo_db_stat_text(db, text, 10, &again, &error), KEVO_E_BUFFER_TOO_SMALL);
  check_error(error, KEVO_E_BUFFER_TOO_SMALL, NULL, __LINE__);
  CHECK_CODE(kevo_db_stat_text(db, text, length, &again, NULL), KEVO_E_BUFFER_TOO_SMALL);
  OK(kevo_db_stat_text(db, text, length + 1, &again, &error));
  CHECK(error == NULL);
  CHECK_NUMBER(again, length);
  CHECK_NUMBER(strlen(text), length);
  INVALID(kevo_db_stat_text(NULL, text, sizeof(text), &length, NULL));
  INVALID(kevo_db_stat_text(db, NULL, 1, &length, NULL));
  INVALID(kevo_db_stat_text(db, text, sizeof(text), NULL, NULL));

  for (stat = 0; kevo_db_stat_name(stat) != NULL; stat++) {
    char line[100], *dash;
    size_t unit = 0;

    while (unit < sizeof(units) / sizeof(units[0]) && strcmp(kevo_db_stat_unit(stat), units[unit]) != 0)
      unit++;
    CHECK(unit < sizeof(units) / sizeof(units[0]));
    CHECK(strstr(text, kevo_db_stat_meaning(stat)) != NULL);
    sprintf(line, "\nkevo_%.40s%s %" PRIu64 "\n", kevo_db_stat_name(stat),
            kevo_db_stat_is_counter(stat) ? "_total" : "", kevo_db_stat(db, stat));
    for (dash = line; *dash != '\0'; dash++)
      if (*dash == '-')
        *dash = '_';
    CHECK(strstr(text, line) != NULL);
  }
  CHECK(stat > 30);
  CHECK(kevo_db_stat_unit(stat) == NULL && kevo_db_stat_meaning(stat) == NULL && !kevo_db_stat_is_counter(stat));
  CHECK(kevo_db_stat_unit(-1) == NULL && kevo_db_stat_meaning(-1) == NULL && !kevo_db_stat_is_counter(-1));
  CHECK(strstr(text, "\nkevo_flushes_total 1\n") != NULL);
  CHECK(strstr(text, "\nkevo_level_tables{level=\"0\"} 1\n") != NULL);
  end_database(db);
}

static int count_calls(void *user, uint64_t done, uint64_t total)
{
  CHECK(done <= total);
  ++*(unsigned *)user;
  return 0;
}

static void test_maintenance(void)
{
  kevo_db *db = new_database();
  kevo_snapshot *snapshot = NULL;
  kevo_error *error = NULL;
  uint64_t bytes = MARKED_NUMBER;
  unsigned called = 0;
  int i;

  OK(kevo_db_approximate_size(db, NULL, 0, NULL, 0, &bytes, &error));
  CHECK_NUMBER(bytes, 0);
  INVALID(kevo_db_approximate_size(db, NULL, 0, NULL, 0, NULL, NULL));
  INVALID(kevo_db_approximate_size(db, NULL, 1, NULL, 0, &bytes, NULL));
  INVALID(kevo_db_approximate_size(db, NULL, 0, NULL, 1, &bytes, NULL));
  INVALID(kevo_db_compact(db, NULL, 1, NULL, 0, NULL, NULL, NULL));
  for (i = 0; i < 3; i++) {
    db_put(db, "a", "first");
    db_put(db, "b", "second");
    db_delete(db, "c");
    OK(kevo_db_flush(db, NULL));
  }
  CHECK_NUMBER(kevo_db_last_sequence(db), 9);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_SEQUENCE), 9);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_FLUSHES), 3);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_OPERATIONS), 9);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_RUNS), 3);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_TABLES), 3);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_TABLE_ENTRIES), 9);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_TABLE_TOMBSTONES), 3);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_FOREIGN_TABLES), 0);
  CHECK(kevo_db_stat(db, KEVO_DB_STAT_BYTES_FLUSHED) == kevo_db_stat(db, KEVO_DB_STAT_TABLE_BYTES));
  OK(kevo_db_approximate_size(db, "a", 1, "z", 1, &bytes, NULL));
  CHECK(bytes > 0);

  CHECK_CODE(db_code(db, NULL, "absent"), KEVO_NOT_FOUND);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_FILTER_HITS) + kevo_db_stat(db, KEVO_DB_STAT_FILTER_MISSES), 3);
  CHECK(kevo_db_stat(db, KEVO_DB_STAT_FILTER_HITS) > 0);
  OK(kevo_db_snapshot(db, &snapshot, NULL));
  bytes = kevo_db_stat(db, KEVO_DB_STAT_TABLE_BYTES);

  OK(kevo_db_compact(db, NULL, 0, NULL, 0, count_calls, &called, &error));
  CHECK(error == NULL && called > 0);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_REPLACED_BYTES), bytes);
  kevo_snapshot_free(snapshot);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_REPLACED_BYTES), 0);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_RUNS), 1);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_TABLE_ENTRIES), 2);
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_TABLE_TOMBSTONES), 0);
  CHECK_CODE(db_code(db, NULL, "c"), KEVO_NOT_FOUND);
  db_put(db, "b", "third");
  called = 0;
  CHECK_CODE(kevo_db_compact(db, NULL, 0, NULL, 0, cancel, &called, &error), KEVO_E_CANCELLED);
  check_error(error, KEVO_E_CANCELLED, NULL, __LINE__);
  CHECK_STRING(db_value(db, NULL, "b"), "third");

  /* A flush that is asked for is made, paused or not. */
  INVALID(kevo_db_continue_background(db, NULL));
  OK(kevo_db_pause_background(db, NULL));
  OK(kevo_db_pause_background(db, &error));
  db_put(db, "a", "fourth");
  OK(kevo_db_flush(db, NULL));
  CHECK_NUMBER(kevo_db_stat(db, KEVO_DB_STAT_MEMTABLES), 1);
  OK(kevo_db_compact(db, "a", 1, "b", 1, NULL, NULL, NULL));
  OK(kevo_db_continue_background(db, NULL));
  OK(kevo_db_continue_background(db, NULL));
  INVALID(kevo_db_continue_background(db, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "paused", __LINE__);

  OK(kevo_db_sync(db, NULL));
  OK(kevo_db_resume(db, NULL));
  OK(kevo_db_status(db, &error));
  CHECK(error == NULL);
  end_database(db);
}

static void test_names_of_statistics(void)
{
  int stat, has_flushed = 0;

  for (stat = 0; kevo_db_stat_name(stat) != NULL; stat++)
    has_flushed += stat == KEVO_DB_STAT_BYTES_FLUSHED && strcmp(kevo_db_stat_name(stat), "bytes-flushed") == 0;
  CHECK(has_flushed == 1);
  CHECK(stat == KEVO_DB_STAT_FILTER_MISSES + 1);
  CHECK(kevo_db_stat_name(-1) == NULL && kevo_db_stat_name(INT_MAX) == NULL && kevo_db_stat_name(INT_MIN) == NULL);
}

void test_database(void)
{
  test_no_handle();
  test_options_of_database();
  test_recovery_of_database();
  test_open();
  test_destroyed_is_gone();
  test_checkpoint_and_verify();
  test_salvage();
  test_closed();
  test_statistics();
  test_maintenance();
  test_names_of_statistics();
}
