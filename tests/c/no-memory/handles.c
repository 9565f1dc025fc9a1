/* The handles that calls use and make. */
#include <stdio.h>
#include <string.h>

#include "no-memory.h"

enum { MAX_PATH = 4096 };

struct handles given, made;
kevo_memtable_list *unread;
size_t key_count;
kevo_slice first_key;
char one_file[MAX_PATH], several_files[MAX_PATH], damaged[MAX_PATH], set_aside[MAX_PATH], missing[MAX_PATH],
    out_dir[MAX_PATH], table_file[MAX_PATH], damaged_table[MAX_PATH];

void need(int holds, const char *what)
{
  if (!holds)
    fail("fails with memory: %s", what);
}

static kevo_memtable_list *recovered(const char *wal_dir, const kevo_recovery_options *options)
{
  kevo_memtable_list *list = NULL;

  need(kevo_recover(wal_dir, options, &list, NULL, NULL) == KEVO_OK && list != NULL, wal_dir);
  return list;
}

static void set_paths(void)
{
  snprintf(one_file, MAX_PATH, "%s/tombstones/wal", fixtures);
  snprintf(several_files, MAX_PATH, "%s/multi-file/wal", fixtures);
  snprintf(damaged, MAX_PATH, "%s/dmg-flip-payload-mid/wal", fixtures);
  snprintf(set_aside, MAX_PATH, "%s/engine-set-aside/wal", fixtures);
  snprintf(missing, MAX_PATH, "%s/missing", fixtures);
  snprintf(out_dir, MAX_PATH, "%s/out", scratch);
  snprintf(table_file, MAX_PATH, "%s/../tables/damaged-bloom/db/sst/0_000001_01795647768090355090.sst", fixtures);
  snprintf(damaged_table, MAX_PATH, "%s/../tables/damaged-index/db/sst/0_000001_01795647767655483778.sst", fixtures);
}

void make_handles(void)
{
  kevo_memtable_list *none;
  kevo_entry entry;

  set_paths();
  given.options = kevo_recovery_options_new();
  need(kevo_recovery_options_set_threads(given.options, 1) == KEVO_OK, "threads");
  need(kevo_recovery_options_set_max_memtables(given.options, 100) == KEVO_OK, "max_memtables");
  need(kevo_recovery_options_set_memtable_size(given.options, 500) == KEVO_OK, "memtable_size");
  given.list = recovered(several_files, given.options);
  unread = recovered(several_files, given.options);
  need(kevo_memtable_list_table(given.list, kevo_memtable_list_count(given.list) - 1, &given.memtable) == KEVO_OK,
       "memtable");
  given.scan = kevo_scan_new();
  need(kevo_memtable_list_iterator(given.list, given.scan, &given.iterator) == KEVO_OK, "iterator");
  need(kevo_iterator_next(given.iterator) == KEVO_OK, "next");
  need(kevo_iterator_entry(given.iterator, &entry) == KEVO_OK, "entry");
  first_key = entry.key;
  key_count = entries_of(given.list);
  need(kevo_recover(damaged, NULL, &none, &given.report, &given.error) == KEVO_E_CORRUPT, damaged);
  need(kevo_table_open(table_file, &given.table, NULL) == KEVO_OK, table_file);
  given.pinned = kevo_pinned_new();
}

static void free_all(struct handles *handles)
{
  kevo_iterator_free(handles->iterator);
  kevo_pinned_free(handles->pinned);
  kevo_snapshot_free(handles->snapshot);
  kevo_transaction_free(handles->transaction);
  kevo_log_cursor_free(handles->cursor);
  kevo_table_list_free(handles->tables);
  kevo_batch_free(handles->batch);
  kevo_db_options_free(handles->db_options);
  if (handles->db != NULL)
    need(kevo_db_close(handles->db, NULL) == KEVO_OK, "close");
  kevo_table_free(handles->table);
  kevo_scan_free(handles->scan);
  kevo_memtable_free(handles->memtable);
  kevo_memtable_list_free(handles->list);
  kevo_recovery_options_free(handles->options);
  kevo_recovery_report_free(handles->report);
  kevo_error_free(handles->error);
  memset(handles, 0, sizeof *handles);
}

void free_handles(void)
{
  free_all(&made);
  free_all(&given);
  kevo_memtable_list_free(unread);
  unread = NULL;
}

size_t entries_of(const kevo_memtable_list *list)
{
  kevo_iterator *iterator = NULL;
  size_t count = 0;
  const int code = kevo_memtable_list_iterator(list, NULL, &iterator);

  if (code != KEVO_OK)
    fail("with memory, an iterator is %d", code);
  while (kevo_iterator_next(iterator) == KEVO_OK)
    count++;
  kevo_iterator_free(iterator);
  return count;
}
