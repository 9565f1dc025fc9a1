/* The calls of kevo.h, and what each does. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "no-memory.h"

/* A sequence number above all others, and a value for which a memtable needs memory of its own. */
#define SEQUENCE 1000000u
static const char large[3 << 20];

/* A handle output is set to a handle, and to NULL on failure. */
void check_handle(const void *handle, int code)
{
  if ((handle != NULL) != (code == KEVO_OK))
    fail("the handle is %p", handle);
}

/* Both lists answer as ever. */
static void check_lists(int code)
{
  const size_t entries = entries_of(given.list), of_unread = entries_of(unread);

  (void)code;
  if (entries != key_count || of_unread != key_count)
    fail("the lists have %zu and %zu entries", entries, of_unread);
}

/* ---- version and errors ------------------------------------------------------------------------------------- */

ANSWER(strerror_, kevo_strerror(KEVO_E_IO)[0] != '\0')
ANSWER(version_string, kevo_version_string()[0] != '\0')
ANSWER(version_number, kevo_version_number() == KEVO_VERSION_NUMBER)
CODE(abi_check, kevo_abi_check(KEVO_VERSION_NUMBER))
ANSWER(error_code, kevo_error_code(given.error) == KEVO_E_CORRUPT)
ANSWER(error_message, strstr(kevo_error_message(given.error), "19200") != NULL)
ANSWER(error_path, strstr(kevo_error_path(given.error), damaged) != NULL)
ANSWER(error_offset, kevo_error_offset(given.error) == 19200)
ANSWER(error_os_code, kevo_error_os_code(given.error) == 0)
FREE(error_free, kevo_error_free, given.error)

/* ---- options ------------------------------------------------------------------------------------------------ */

static int go_on(void *user, uint64_t bytes_done, uint64_t bytes_total)
{
  (void)user;
  return bytes_done > bytes_total;
}

static int stop(void *user, uint64_t bytes_done, uint64_t bytes_total)
{
  return !go_on(user, bytes_done, bytes_total);
}

HANDLE(options_new, options, kevo_recovery_options_new())
CODE(options_set_mode, kevo_recovery_options_set_mode(given.options, KEVO_RECOVERY_ABSOLUTE))
CODE(options_set_order, kevo_recovery_options_set_order(given.options, KEVO_ORDER_SEQUENCE))
CODE(options_set_max_sequence, kevo_recovery_options_set_max_sequence(given.options, 1))
CODE(options_set_max_memtables, kevo_recovery_options_set_max_memtables(given.options, 1))
CODE(options_set_memtable_size, kevo_recovery_options_set_memtable_size(given.options, 1))
CODE(options_set_include_set_aside, kevo_recovery_options_set_include_set_aside(given.options, 1))
CODE(options_set_threads, kevo_recovery_options_set_threads(given.options, 4))
CODE(options_set_progress, kevo_recovery_options_set_progress(given.options, go_on, NULL))
FREE(options_free, kevo_recovery_options_free, given.options)

/* ---- recovery ----------------------------------------------------------------------------------------------- */

static const char *wal_dir;

CODE(recover, kevo_recover(wal_dir, given.options, &made.list, &made.report, &made.error))
CODE(recover_list_alone, kevo_recover(wal_dir, given.options, &made.list, NULL, NULL))

static void check_recovered(int code)
{
  kevo_memtable_list *expected = NULL;

  check_handle(made.list, code);
  if (made.error != NULL && kevo_error_code(made.error) != code)
    fail("the error has code %d", kevo_error_code(made.error));
  if (code != KEVO_OK)
    return;
  need(kevo_recover(wal_dir, given.options, &expected, NULL, NULL) == KEVO_OK, wal_dir);
  if (entries_of(made.list) != entries_of(expected))
    fail("recovers %zu entries", entries_of(made.list));
  kevo_memtable_list_free(expected);
}

static void use_one_file(void)
{
  wal_dir = one_file;
}

static void use_damaged(void)
{
  wal_dir = damaged;
}

static void use_missing(void)
{
  wal_dir = missing;
}

static void use_nothing(void)
{
  wal_dir = NULL;
}

static void use_several_files(void)
{
  wal_dir = several_files;
}

static void use_several_threads(void)
{
  wal_dir = several_files;
  need(kevo_recovery_options_set_threads(given.options, 3) == KEVO_OK, "threads");
}

static void use_set_aside(void)
{
  wal_dir = set_aside;
  need(kevo_recovery_options_set_include_set_aside(given.options, 1) == KEVO_OK, "set aside");
}

static void use_skip_corrupted(void)
{
  wal_dir = damaged;
  need(kevo_recovery_options_set_mode(given.options, KEVO_RECOVERY_SKIP_CORRUPTED) == KEVO_OK, "mode");
}

static void use_order_of_sequence_numbers(void)
{
  wal_dir = several_files;
  need(kevo_recovery_options_set_order(given.options, KEVO_ORDER_SEQUENCE) == KEVO_OK, "order");
}

static void use_tiny_memtables(void)
{
  wal_dir = several_files;
  need(kevo_recovery_options_set_memtable_size(given.options, 1) == KEVO_OK, "size");
  need(kevo_recovery_options_set_max_memtables(given.options, 100) == KEVO_OK, "number");
}

static void use_too_few_memtables(void)
{
  wal_dir = several_files;
  need(kevo_recovery_options_set_max_memtables(given.options, 2) == KEVO_OK, "number");
}

static void use_progress(void)
{
  wal_dir = one_file;
  need(kevo_recovery_options_set_progress(given.options, go_on, NULL) == KEVO_OK, "progress");
}

static void use_cancel(void)
{
  wal_dir = one_file;
  need(kevo_recovery_options_set_progress(given.options, stop, NULL) == KEVO_OK, "progress");
}

/* ---- the report --------------------------------------------------------------------------------------------- */

static int report_damage(void)
{
  const char *path, *what;
  uint64_t offset, length;
  int kind;

  return kevo_recovery_report_damage(given.report, 0, &path, &offset, &length, &kind, &what);
}

ANSWER(report_stat, kevo_recovery_report_stat(given.report, KEVO_STAT_FILES) == 1)
ANSWER(report_damage_count, kevo_recovery_report_damage_count(given.report) == 1)
FREE(report_free, kevo_recovery_report_free, given.report)

/* ---- the list ----------------------------------------------------------------------------------------------- */

static int get(const kevo_memtable_list *list, kevo_slice key)
{
  return kevo_memtable_list_get(list, key.data, key.len, KEVO_SEQUENCE_LATEST, NULL, NULL);
}

static kevo_slice new_key(void)
{
  kevo_slice key = {"new", 3};

  return key;
}

static int multi_get(const kevo_memtable_list *list)
{
  kevo_slice keys[100], values[COUNT(keys)];
  int codes[COUNT(keys)], code;
  size_t i;

  for (i = 0; i < COUNT(keys); i++)
    keys[i] = first_key;
  code = kevo_memtable_list_multi_get(list, keys, COUNT(keys), KEVO_SEQUENCE_LATEST, values, codes);
  for (i = 0; code == KEVO_OK && i < COUNT(keys); i++)
    code = codes[i];
  return code;
}

HANDLE(list_ref, list, kevo_memtable_list_ref(given.list))
ANSWER(list_count, kevo_memtable_list_count(given.list) > 1)
ANSWER(list_max_sequence, kevo_memtable_list_max_sequence(given.list) > 1)
CODE(list_get, get(given.list, first_key))
CODE(list_get_of_unread, get(unread, first_key))
CODE(list_get_of_no_key, get(unread, new_key()))
CODE(list_multi_get, multi_get(given.list))
CODE(list_multi_get_of_unread, multi_get(unread))
CODE(list_table, kevo_memtable_list_table(given.list, 0, &made.memtable))
CODE(list_put, kevo_memtable_list_put(given.list, "new", 3, "", 0, SEQUENCE))
CODE(list_put_large, kevo_memtable_list_put(given.list, "new", 3, large, sizeof large, SEQUENCE))
CODE(list_delete, kevo_memtable_list_delete(given.list, first_key.data, first_key.len, SEQUENCE))
CODE(list_iterator, kevo_memtable_list_iterator(given.list, given.scan, &made.iterator))
CODE(list_iterator_of_unread, kevo_memtable_list_iterator(unread, NULL, &made.iterator))
FREE(list_free, kevo_memtable_list_free, given.list)

/* So that the next write to the list starts a memtable. */
static void end_memtable(void)
{
  need(kevo_memtable_set_immutable(given.memtable) == KEVO_OK, "set_immutable");
}

/* Many memtables, so that one more needs a longer list of them. */
static void end_many_memtables(void)
{
  int i;

  for (i = 0; i < 64; i++) {
    kevo_memtable *last = NULL;

    need(kevo_memtable_list_table(given.list, kevo_memtable_list_count(given.list) - 1, &last) == KEVO_OK, "memtable");
    need(kevo_memtable_set_immutable(last) == KEVO_OK, "set_immutable");
    kevo_memtable_free(last);
    if (i < 63)
      need(kevo_memtable_list_delete(given.list, "none", 4, 1) == KEVO_OK, "delete");
  }
}

/* The write is there, or nothing of it is; and the list can be written to again. */
static void check_put(int code)
{
  const int found = get(given.list, new_key());

  if (found != (code == KEVO_OK ? KEVO_OK : KEVO_NOT_FOUND))
    fail("then get returns %d", found);
  need(kevo_memtable_list_put(given.list, "later", 5, "", 0, SEQUENCE) == KEVO_OK, "put");
  if (entries_of(given.list) != key_count + 1 + (code == KEVO_OK ? 1 : 0))
    fail("then there are %zu entries", entries_of(given.list));
}

static void check_delete(int code)
{
  const int found = get(given.list, first_key);

  if (found != (code == KEVO_OK ? KEVO_DELETED : KEVO_OK))
    fail("then get returns %d", found);
}

static void check_list(int code)
{
  check_handle(made.list, code);
}

/* ---- memtables ---------------------------------------------------------------------------------------------- */

static int memtable_get(kevo_slice key)
{
  return kevo_memtable_get(given.memtable, key.data, key.len, KEVO_SEQUENCE_LATEST, NULL, NULL);
}

CODE(memtable_get_of_no_key, memtable_get(new_key()))
CODE(memtable_put, kevo_memtable_put(given.memtable, "new", 3, "", 0, SEQUENCE))
CODE(memtable_put_large, kevo_memtable_put(given.memtable, "new", 3, large, sizeof large, SEQUENCE))
CODE(memtable_delete, kevo_memtable_delete(given.memtable, first_key.data, first_key.len, SEQUENCE))
CODE(memtable_set_immutable, kevo_memtable_set_immutable(given.memtable))
ANSWER(memtable_is_immutable, !kevo_memtable_is_immutable(given.memtable))
ANSWER(memtable_approximate_size, kevo_memtable_approximate_size(given.memtable) > 0)
ANSWER(memtable_entry_count, kevo_memtable_entry_count(given.memtable) > 0)
ANSWER(memtable_next_sequence, kevo_memtable_next_sequence(given.memtable) > 1)
ANSWER(memtable_age_seconds, kevo_memtable_age_seconds(given.memtable) >= 0)
CODE(memtable_iterator, kevo_memtable_iterator(given.memtable, given.scan, &made.iterator))
FREE(memtable_free, kevo_memtable_free, given.memtable)

/* A memtable of a list of which nothing was read yet. */
static void use_unread_memtable(void)
{
  kevo_memtable_free(given.memtable);
  need(kevo_memtable_list_table(unread, 0, &given.memtable) == KEVO_OK, "memtable");
}

static void check_memtable(int code)
{
  check_handle(made.memtable, code);
  check_lists(code);
}

/* ---- scans and iterators ------------------------------------------------------------------------------------ */

static kevo_entry entries[100];
static unsigned char buffer[10000];
static size_t used, count;

HANDLE(scan_new, scan, kevo_scan_new())
CODE(scan_set_lower, kevo_scan_set_lower(given.scan, "a", 1, 1))
CODE(scan_set_upper, kevo_scan_set_upper(given.scan, "a", 1, 1))
CODE(scan_set_prefix, kevo_scan_set_prefix(given.scan, "a", 1))
CODE(scan_set_max_sequence, kevo_scan_set_max_sequence(given.scan, 1))
CODE(scan_set_flags, kevo_scan_set_flags(given.scan, KEVO_SCAN_TOMBSTONES))
FREE(scan_free, kevo_scan_free, given.scan)

CODE(iterator_first, kevo_iterator_first(given.iterator))
CODE(iterator_last, kevo_iterator_last(given.iterator))
CODE(iterator_next, kevo_iterator_next(given.iterator))
CODE(iterator_prev, kevo_iterator_prev(given.iterator))
CODE(iterator_seek, kevo_iterator_seek(given.iterator, first_key.data, first_key.len))
CODE(iterator_seek_for_prev, kevo_iterator_seek_for_prev(given.iterator, first_key.data, first_key.len))
CODE(iterator_entry, kevo_iterator_entry(given.iterator, entries))
CODE(iterator_next_batch, kevo_iterator_next_batch(given.iterator, entries, COUNT(entries), &count))
CODE(iterator_next_packed, kevo_iterator_next_packed(given.iterator, buffer, sizeof buffer, &used, &count))
FREE(iterator_free, kevo_iterator_free, given.iterator)

static void set_bounds(void)
{
  need(kevo_scan_set_lower(given.scan, first_key.data, first_key.len, 1) == KEVO_OK, "lower");
  need(kevo_scan_set_upper(given.scan, "\xff", 1, 0) == KEVO_OK, "upper");
  need(kevo_scan_set_prefix(given.scan, first_key.data, 1) == KEVO_OK, "prefix");
}

static void check_iterator(int code)
{
  check_handle(made.iterator, code);
  check_lists(code);
}

/* ---- export ------------------------------------------------------------------------------------------------- */

static int export(uint32_t flags)
{
  return kevo_memtable_list_export(given.list, out_dir, flags, NULL, NULL, &made.error);
}

CODE(export_all, export(0))
CODE(export_newest, export(KEVO_EXPORT_NEWEST_ONLY))

/* Options that are set as for recovery, of a list that is written to. */
static void recover_again(void)
{
  kevo_memtable_list_free(given.list);
  need(kevo_recover(wal_dir, given.options, &given.list, NULL, NULL) == KEVO_OK, wal_dir);
  need(kevo_memtable_list_put(given.list, "written", 7, "", 0, SEQUENCE) == KEVO_OK, "put");
}

static void export_in_order_of_the_log(void)
{
  use_several_files();
  recover_again();
}

static void export_in_order_of_sequence_numbers(void)
{
  use_order_of_sequence_numbers();
  recover_again();
}

/* How many entries the scratch directory has. */
static int files_left(void)
{
  DIR *directory = opendir(scratch);
  int files = 0;

  need(directory != NULL, scratch);
  while (readdir(directory) != NULL)
    files++;
  closedir(directory);
  return files - 2; /* . and .. */
}

/* The log is whole and alone, or nothing is left. */
static void check_export(int code)
{
  kevo_memtable_list *exported = NULL;

  if (made.error != NULL && kevo_error_code(made.error) != code)
    fail("the error has code %d", kevo_error_code(made.error));
  if (files_left() != (code == KEVO_OK ? 1 : 0))
    fail("leaves %d files", files_left());
  if (code != KEVO_OK)
    return;
  need(kevo_recover(out_dir, NULL, &exported, NULL, NULL) == KEVO_OK, out_dir);
  if (entries_of(exported) != key_count + 1)
    fail("exports %zu entries", entries_of(exported));
  kevo_memtable_list_free(exported);
}

/* ---- tables ------------------------------------------------------------------------------------------------- */

static int table_part(void)
{
  uint64_t offset, length;
  int kind;

  return kevo_table_part(given.table, 0, &kind, &offset, &length);
}

static int table_get(void)
{
  kevo_slice value;

  return kevo_table_get(given.table, "key00000", 8, given.pinned, &value, NULL, &made.error);
}

HANDLE(pinned_new, pinned, kevo_pinned_new())
FREE(pinned_free, kevo_pinned_free, given.pinned)
CODE(table_open, kevo_table_open(table_file, &made.table, &made.error))
CODE(table_open_damaged, kevo_table_open(damaged_table, &made.table, &made.error))
CODE(table_open_skip, kevo_table_open_mode(damaged_table, KEVO_RECOVERY_SKIP_CORRUPTED, &made.table, &made.error))
CODE(table_iterator, kevo_table_iterator(given.table, given.scan, &made.iterator, &made.error))
ANSWER(table_stat, kevo_table_stat(given.table, KEVO_TABLE_STAT_ENTRIES) == 2600)
ANSWER(table_part_count, kevo_table_part_count(given.table) > 3)
CODE(table_verify, kevo_table_verify(given.table, &made.error))
CODE(table_damage, kevo_table_damage(given.table, &made.report, &made.error))
FREE(table_free, kevo_table_free, given.table)
ANSWER(iterator_error, kevo_iterator_error(given.iterator) == NULL)

static int pinned_reset(void)
{
  kevo_pinned_reset(given.pinned);
  return KEVO_OK;
}

/* The iterator of the calls above goes over a table. */
static void use_table(void)
{
  kevo_iterator_free(given.iterator);
  need(kevo_table_iterator(given.table, NULL, &given.iterator, NULL) == KEVO_OK, "iterator");
}

static void use_pinned(void)
{
  need(table_get() == KEVO_OK, "get");
}

static void check_table(int code)
{
  check_handle(made.table, code);
  if (made.error != NULL && kevo_error_code(made.error) != code)
    fail("the error has code %d", kevo_error_code(made.error));
}

/* A move that failed leaves the iterator where it was: the next is the same. */
static void check_moved(int code)
{
  const kevo_error *error = kevo_iterator_error(given.iterator);

  if (error != NULL && kevo_error_code(error) != code)
    fail("the error has code %d", kevo_error_code(error));
  if (code == KEVO_E_NO_MEMORY)
    need(kevo_iterator_next(given.iterator) == KEVO_OK, "next");
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

const struct call calls[] = {
    {"strerror", strerror_, NULL, NULL},
    {"version_string", version_string, NULL, NULL},
    {"version_number", version_number, NULL, NULL},
    {"abi_check", abi_check, NULL, NULL},
    {"error_code", error_code, NULL, NULL},
    {"error_message", error_message, NULL, NULL},
    {"error_path", error_path, NULL, NULL},
    {"error_offset", error_offset, NULL, NULL},
    {"error_os_code", error_os_code, NULL, NULL},
    {"error_free", error_free, NULL, NULL},

    {"recovery_options_new", options_new, NULL, NULL},
    {"recovery_options_set_mode", options_set_mode, NULL, NULL},
    {"recovery_options_set_order", options_set_order, NULL, NULL},
    {"recovery_options_set_max_sequence", options_set_max_sequence, NULL, NULL},
    {"recovery_options_set_max_memtables", options_set_max_memtables, NULL, NULL},
    {"recovery_options_set_memtable_size", options_set_memtable_size, NULL, NULL},
    {"recovery_options_set_include_set_aside", options_set_include_set_aside, NULL, NULL},
    {"recovery_options_set_threads", options_set_threads, NULL, NULL},
    {"recovery_options_set_progress", options_set_progress, NULL, NULL},
    {"recovery_options_free", options_free, NULL, NULL},

    {"recover", recover, check_recovered, use_one_file},
    {"recover without report and error", recover_list_alone, check_recovered, use_one_file},
    {"recover several files", recover, check_recovered, use_several_files},
    {"recover by several threads", recover, check_recovered, use_several_threads},
    {"recover what was set aside", recover, check_recovered, use_set_aside},
    {"recover in the order of sequence numbers", recover, check_recovered, use_order_of_sequence_numbers},
    {"recover many memtables", recover, check_recovered, use_tiny_memtables},
    {"recover too many memtables", recover, check_recovered, use_too_few_memtables},
    {"recover with progress", recover, check_recovered, use_progress},
    {"recover and cancel", recover, check_recovered, use_cancel},
    {"recover damage", recover, check_recovered, use_damaged},
    {"recover and skip damage", recover, check_recovered, use_skip_corrupted},
    {"recover no directory", recover, check_recovered, use_missing},
    {"recover NULL", recover, check_recovered, use_nothing},

    {"recovery_report_stat", report_stat, NULL, NULL},
    {"recovery_report_damage_count", report_damage_count, NULL, NULL},
    {"recovery_report_damage", report_damage, NULL, NULL},
    {"recovery_report_free", report_free, NULL, NULL},

    {"memtable_list_ref", list_ref, check_list, NULL},
    {"memtable_list_free", list_free, NULL, NULL},
    {"memtable_list_count", list_count, check_lists, NULL},
    {"memtable_list_max_sequence", list_max_sequence, check_lists, NULL},
    {"memtable_list_get", list_get, check_lists, NULL},
    {"memtable_list_get, the first", list_get_of_unread, check_lists, NULL},
    {"memtable_list_get, the first, no such key", list_get_of_no_key, check_lists, NULL},
    {"memtable_list_multi_get", list_multi_get, check_lists, NULL},
    {"memtable_list_multi_get, the first", list_multi_get_of_unread, check_lists, NULL},
    {"memtable_list_put", list_put, check_put, NULL},
    {"memtable_list_put, large", list_put_large, check_put, NULL},
    {"memtable_list_put, starts a memtable", list_put, check_put, end_memtable},
    {"memtable_list_put, starts one of many", list_put, NULL, end_many_memtables},
    {"memtable_list_delete", list_delete, check_delete, NULL},
    {"memtable_list_delete, starts a memtable", list_delete, check_delete, end_memtable},
    {"memtable_list_table", list_table, check_memtable, NULL},
    {"memtable_list_iterator", list_iterator, check_iterator, NULL},
    {"memtable_list_iterator, bounds", list_iterator, check_iterator, set_bounds},
    {"memtable_list_iterator, the first", list_iterator_of_unread, check_iterator, NULL},
    {"memtable_list_export", export_all, check_export, export_in_order_of_the_log},
    {"memtable_list_export, newest", export_newest, check_export, export_in_order_of_the_log},
    {"memtable_list_export, order of numbers", export_all, check_export, export_in_order_of_sequence_numbers},
    {"memtable_list_export, newest, order of numbers", export_newest, check_export,
     export_in_order_of_sequence_numbers},

    {"memtable_get", memtable_get_of_no_key, check_lists, NULL},
    {"memtable_get, the first", memtable_get_of_no_key, check_lists, use_unread_memtable},
    {"memtable_put", memtable_put, check_put, NULL},
    {"memtable_put, large", memtable_put_large, check_put, NULL},
    {"memtable_delete", memtable_delete, check_delete, NULL},
    {"memtable_set_immutable", memtable_set_immutable, check_lists, NULL},
    {"memtable_is_immutable", memtable_is_immutable, check_lists, NULL},
    {"memtable_approximate_size", memtable_approximate_size, check_lists, NULL},
    {"memtable_entry_count", memtable_entry_count, check_lists, NULL},
    {"memtable_next_sequence", memtable_next_sequence, check_lists, NULL},
    {"memtable_age_seconds", memtable_age_seconds, check_lists, NULL},
    {"memtable_iterator", memtable_iterator, check_iterator, NULL},
    {"memtable_iterator, the first", memtable_iterator, check_iterator, use_unread_memtable},
    {"memtable_free", memtable_free, check_lists, NULL},

    {"scan_new", scan_new, NULL, NULL},
    {"scan_set_lower", scan_set_lower, NULL, NULL},
    {"scan_set_upper", scan_set_upper, NULL, NULL},
    {"scan_set_prefix", scan_set_prefix, NULL, NULL},
    {"scan_set_max_sequence", scan_set_max_sequence, NULL, NULL},
    {"scan_set_flags", scan_set_flags, NULL, NULL},
    {"scan_free", scan_free, NULL, NULL},

    {"iterator_first", iterator_first, check_lists, NULL},
    {"iterator_last", iterator_last, check_lists, NULL},
    {"iterator_next", iterator_next, check_lists, NULL},
    {"iterator_prev", iterator_prev, check_lists, NULL},
    {"iterator_seek", iterator_seek, check_lists, NULL},
    {"iterator_seek_for_prev", iterator_seek_for_prev, check_lists, NULL},
    {"iterator_entry", iterator_entry, check_lists, NULL},
    {"iterator_next_batch", iterator_next_batch, check_lists, NULL},
    {"iterator_next_packed", iterator_next_packed, check_lists, NULL},
    {"iterator_error", iterator_error, check_lists, NULL},
    {"iterator_free", iterator_free, check_lists, NULL},

    {"pinned_new", pinned_new, NULL, NULL},
    {"pinned_reset", pinned_reset, NULL, use_pinned},
    {"pinned_free", pinned_free, NULL, use_pinned},
    {"table_open", table_open, check_table, NULL},
    {"table_open, damaged", table_open_damaged, check_table, NULL},
    {"table_open_mode, damaged", table_open_skip, check_table, NULL},
    {"table_get", table_get, NULL, NULL},
    {"table_get, again", table_get, NULL, use_pinned},
    {"table_iterator", table_iterator, check_iterator, NULL},
    {"table_iterator, bounds", table_iterator, check_iterator, set_bounds},
    {"table_stat", table_stat, NULL, NULL},
    {"table_part_count", table_part_count, NULL, NULL},
    {"table_part", table_part, NULL, NULL},
    {"table_verify", table_verify, NULL, NULL},
    {"table_damage", table_damage, NULL, NULL},
    {"table_free", table_free, NULL, NULL},
    {"iterator_first of a table", iterator_first, check_moved, use_table},
    {"iterator_last of a table", iterator_last, check_moved, use_table},
    {"iterator_next of a table", iterator_next, check_moved, use_table},
    {"iterator_seek of a table", iterator_seek, check_moved, use_table},
    {"iterator_next_batch of a table", iterator_next_batch, check_moved, use_table},
    {"iterator_next_packed of a table", iterator_next_packed, check_moved, use_table},
    {"iterator_free of a table", iterator_free, NULL, use_table},
};

const size_t call_count = COUNT(calls);
