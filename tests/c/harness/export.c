/* Exports. */
#include "harness.h"

static void check_export(const kevo_memtable_list *list, const char *name, uint32_t flags, const char *expected)
{
  const char *out_dir = path_of(scratch, name);
  uint64_t entries = MARKED_NUMBER;
  uint64_t memtable_size = MARKED_NUMBER;
  kevo_error *error = (kevo_error *)(uintptr_t)mark;
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_scan *scan = scan_with(EVERYTHING, KEVO_SEQUENCE_LATEST);
  kevo_memtable_list *exported;
  kevo_memtable *memtable;

  OK(kevo_memtable_list_export(list, out_dir, flags, &entries, &memtable_size, &error));
  CHECK(error == NULL);
  OK(kevo_recovery_options_set_mode(options, KEVO_RECOVERY_ABSOLUTE));
  exported = recover(out_dir, options);
  CHECK_NUMBER(kevo_memtable_list_count(exported), 1);
  OK(kevo_memtable_list_table(exported, 0, &memtable));
  CHECK_NUMBER(memtable_size, kevo_memtable_approximate_size(memtable));
  kevo_memtable_free(memtable);
  CHECK_NUMBER(entries, kevo_memtable_list_max_sequence(exported));
  CHECK_STRING(scanned(exported, scan), expected);
  CHECK_SLICE(value_of(exported, "key3", KEVO_SEQUENCE_LATEST), "again");
  kevo_memtable_list_free(exported);
  kevo_scan_free(scan);
  kevo_recovery_options_free(options);
}

static void test_exports(void)
{
  kevo_memtable_list *list = recover(fixture("basic"), NULL);

  put(list, "key3", "again", 2);
  put(list, "", "of the empty key", 1);
  check_export(list, "all", 0, "+6 key1-3 key1+1 key2+2 key3+5 key3+4");
  check_export(list, "newest", KEVO_EXPORT_NEWEST_ONLY, "+4 key1-2 key2+1 key3+3");
  OK(kevo_memtable_list_export(list, path_of(scratch, "no outputs"), 0, NULL, NULL, NULL));
  kevo_memtable_list_free(list);
}

static void check_refused(const kevo_memtable_list *list, const char *out_dir, uint32_t flags, int code)
{
  uint64_t entries = MARKED_NUMBER;
  uint64_t memtable_size = MARKED_NUMBER;
  kevo_error *error = NULL;

  CHECK_CODE(kevo_memtable_list_export(list, out_dir, flags, &entries, &memtable_size, &error), code);
  CHECK(entries == MARKED_NUMBER && memtable_size == MARKED_NUMBER);
  CHECK_CODE(kevo_error_code(error), code);
  CHECK(kevo_error_message(error) != NULL);
  if (code == KEVO_E_IO)
    CHECK_STRING(kevo_error_path(error), out_dir);
  CHECK_NUMBER(kevo_error_offset(error), UINT64_MAX);
  kevo_error_free(error);
  CHECK_CODE(kevo_memtable_list_export(list, out_dir, flags, NULL, NULL, NULL), code);
}

static void test_refused_exports(void)
{
  kevo_memtable_list *list = recover(fixture("basic"), NULL);

  check_refused(NULL, path_of(scratch, "refused"), 0, KEVO_E_INVALID_ARGUMENT);
  check_refused(list, NULL, 0, KEVO_E_INVALID_ARGUMENT);
  check_refused(list, path_of(scratch, "refused"), 2, KEVO_E_INVALID_ARGUMENT);
  check_refused(list, path_of(scratch, "refused"), KEVO_EXPORT_NEWEST_ONLY | 1u << 31, KEVO_E_INVALID_ARGUMENT);
  check_refused(list, fixture("basic"), 0, KEVO_E_IO);
  check_refused(list, path_of(scratch, "refused/twice"), 0, KEVO_E_IO);
  check_refused(list, "", 0, KEVO_E_IO);
  kevo_memtable_list_free(list);
}

void test_export(void)
{
  test_exports();
  test_refused_exports();
}
