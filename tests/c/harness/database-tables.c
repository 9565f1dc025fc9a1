/* Which tables a database has. */
#include "harness.h"

static const char *below_database(const char *path)
{
  size_t length = strlen(database_path());

  return path != NULL && strncmp(path, database_path(), length) == 0 ? path + length : "(another path)";
}

static void check_table(const kevo_table_list *tables, size_t index, uint64_t entries, uint64_t tombstones)
{
  uint64_t bytes = kevo_table_list_stat(tables, index, KEVO_LISTED_TABLE_BYTES);
  const char *path = kevo_table_list_path(tables, index);
  kevo_table *table = NULL;

  CHECK(strncmp(below_database(path), "/sst/+", 6) == 0);
  CHECK_NUMBER(kevo_table_list_stat(tables, index, KEVO_LISTED_TABLE_ENTRIES), entries);
  CHECK_NUMBER(kevo_table_list_stat(tables, index, KEVO_LISTED_TABLE_TOMBSTONES), tombstones);
  CHECK_NUMBER(kevo_table_list_stat(tables, index, KEVO_LISTED_TABLE_FOREIGN), 0);
  OK(kevo_table_open(path, &table, NULL));
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_ENTRIES), entries);
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_BYTES), bytes);
  kevo_table_free(table);
}

static void test_no_tables(const kevo_db *db)
{
  kevo_table_list *tables = NULL;
  kevo_error *error = NULL;

  OK(kevo_db_tables(db, &tables, &error));
  CHECK(error == NULL);
  CHECK(tables != NULL);
  CHECK_NUMBER(kevo_table_list_count(tables), 0);
  CHECK(kevo_table_list_path(tables, 0) == NULL);
  CHECK_NUMBER(kevo_table_list_stat(tables, 0, KEVO_LISTED_TABLE_ENTRIES), 0);
  kevo_table_list_free(tables);

  INVALID(kevo_db_tables(db, NULL, &error));
  check_error(error, KEVO_E_INVALID_ARGUMENT, "tables", __LINE__);
  tables = (kevo_table_list *)(uintptr_t)mark;
  INVALID(kevo_db_tables(NULL, &tables, NULL));
  CHECK(tables == NULL);
  CHECK_NUMBER(kevo_table_list_count(NULL), 0);
  CHECK(kevo_table_list_path(NULL, 0) == NULL);
  CHECK_NUMBER(kevo_table_list_stat(NULL, 0, KEVO_LISTED_TABLE_BYTES), 0);
  kevo_table_list_free(NULL);
}

void test_database_tables(void)
{
  kevo_db *db = new_database();
  kevo_table_list *tables = NULL, *later = NULL;

  test_no_tables(db);
  db_put(db, "a", "1");
  db_put(db, "b", "2");
  OK(kevo_db_flush(db, NULL));
  db_delete(db, "a");
  OK(kevo_db_flush(db, NULL));
  OK(kevo_db_tables(db, &tables, NULL));
  CHECK_NUMBER(kevo_table_list_count(tables), 2);
  check_table(tables, 0, 1, 1);
  check_table(tables, 1, 2, 0);
  CHECK(kevo_table_list_stat(tables, 0, KEVO_LISTED_TABLE_AGE) > kevo_table_list_stat(tables, 1, KEVO_LISTED_TABLE_AGE));
  CHECK_NUMBER(kevo_table_list_stat(tables, 0, KEVO_LISTED_TABLE_LEVEL), 0);
  CHECK(kevo_table_list_path(tables, 2) == NULL);
  CHECK_NUMBER(kevo_table_list_stat(tables, 2, KEVO_LISTED_TABLE_AGE), 0);
  CHECK_NUMBER(kevo_table_list_stat(tables, 0, 0), 0);

  OK(kevo_db_compact(db, NULL, 0, NULL, 0, NULL, NULL, NULL));
  OK(kevo_db_tables(db, &later, NULL));
  CHECK_NUMBER(kevo_table_list_count(later), 1);
  check_table(later, 0, 1, 0);
  end_database(db);
  CHECK_NUMBER(kevo_table_list_count(tables), 2);
  CHECK_NUMBER(kevo_table_list_stat(tables, 1, KEVO_LISTED_TABLE_ENTRIES), 2);
  kevo_table_list_free(later);
  kevo_table_list_free(tables);
}
