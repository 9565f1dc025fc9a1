/* Tables, pins, and iterators that read a file. */
#include "harness.h"

/* A small one of Kevo's: e1-1 e2-4 e3-3 f+5. */
static const char *sound(void)
{
  return path_of(fixtures, "../tables/empty-values/db/sst/0_000001_01795647723430410075.sst");
}

/* 60 keys with three versions each, in 4 blocks: k000-300 k000+200 k000+100 k001+301 ... */
static const char *versions(void)
{
  return path_of(fixtures, "../tables/by-hand-versions-newest-first/db/sst/0_000001_00000000000000000001.sst");
}

/* One of its blocks is damaged. */
static const char *damaged_block(void)
{
  return path_of(fixtures, "../tables/damaged-data-block/db/sst/0_000001_01795647767046433797.sst");
}

static const char *damaged_index(void)
{
  return path_of(fixtures, "../tables/damaged-index/db/sst/0_000001_01795647767655483778.sst");
}

static kevo_table *opened(const char *path)
{
  kevo_table *table = NULL;

  OK(kevo_table_open(path, &table, NULL));
  return table;
}

static kevo_iterator *over(const kevo_table *table, const kevo_scan *scan)
{
  kevo_iterator *iterator = NULL;

  OK(kevo_table_iterator(table, scan, &iterator, NULL));
  return iterator;
}

static void test_null(void)
{
  kevo_table *table = opened(sound()), *none = table;
  kevo_pinned *pinned = kevo_pinned_new();
  kevo_iterator *iterator = NULL;
  kevo_recovery_report *report = NULL;
  kevo_error *error = NULL;
  kevo_slice value = marked_slice();
  uint64_t sequence = MARKED_NUMBER, offset = MARKED_NUMBER, length = MARKED_NUMBER;
  int kind = MARKED_CODE;
  const struct refusal refusals[] = {
      REFUSAL(kevo_table_open(sound(), NULL, NULL)),
      REFUSAL(kevo_table_open_mode(sound(), KEVO_RECOVERY_POINT_IN_TIME, &none, NULL)),
      REFUSAL(kevo_table_get(NULL, "f", 1, pinned, &value, &sequence, NULL)),
      REFUSAL(kevo_table_get(table, NULL, 1, pinned, &value, &sequence, NULL)),
      REFUSAL(kevo_table_get(table, "f", 1, NULL, &value, &sequence, NULL)),
      REFUSAL(kevo_table_iterator(NULL, NULL, &iterator, NULL)),
      REFUSAL(kevo_table_iterator(table, NULL, NULL, NULL)),
      REFUSAL(kevo_table_verify(NULL, NULL)),
      REFUSAL(kevo_table_damage(NULL, &report, NULL)),
      REFUSAL(kevo_table_damage(table, NULL, NULL)),
      REFUSAL(kevo_table_part(NULL, 0, &kind, &offset, &length)),
      REFUSAL(kevo_table_part(table, 0, NULL, &offset, &length)),
      REFUSAL(kevo_table_part(table, 0, &kind, NULL, &length)),
      REFUSAL(kevo_table_part(table, 0, &kind, &offset, NULL)),
      REFUSAL(kevo_table_part(table, kevo_table_part_count(table), &kind, &offset, &length)),
  };

  CHECK_REFUSALS(refusals);
  CHECK(is_marked(value) && sequence == MARKED_NUMBER && offset == MARKED_NUMBER && length == MARKED_NUMBER);
  CHECK(kind == MARKED_CODE && none == NULL && iterator == NULL && report == NULL);

  none = table;
  INVALID(kevo_table_open(NULL, &none, &error));
  CHECK(none == NULL);
  CHECK_CODE(kevo_error_code(error), KEVO_E_INVALID_ARGUMENT);
  kevo_error_free(error);

  CHECK_NUMBER(kevo_table_stat(NULL, KEVO_TABLE_STAT_ENTRIES), 0);
  CHECK_NUMBER(kevo_table_stat(table, 0), 0);
  CHECK_NUMBER(kevo_table_stat(table, 1000), 0);
  CHECK_NUMBER(kevo_table_part_count(NULL), 0);
  CHECK(kevo_iterator_error(NULL) == NULL);
  kevo_pinned_reset(NULL);
  kevo_pinned_free(NULL);
  kevo_table_free(NULL);
  kevo_pinned_free(pinned);
  kevo_table_free(table);
}

static void check_failure(const char *path, int code, uint64_t offset)
{
  kevo_table *table = NULL;
  kevo_error *error = NULL;

  CHECK_CODE(kevo_table_open(path, &table, &error), code);
  CHECK(table == NULL);
  if (CHECK(error != NULL)) {
    CHECK_CODE(kevo_error_code(error), code);
    CHECK_STRING(kevo_error_path(error), path);
    CHECK_NUMBER(kevo_error_offset(error), offset);
    CHECK(strstr(kevo_error_message(error), path) != NULL);
  }
  kevo_error_free(error);
  CHECK_CODE(kevo_table_open(path, &table, NULL), code);
}

static void test_open(void)
{
  kevo_error *error = (kevo_error *)mark;
  kevo_table *table = NULL;

  check_failure(path_of(scratch, "missing"), KEVO_E_IO, UINT64_MAX);
  check_failure(damaged_index(), KEVO_E_CORRUPT, 140701);
  check_failure(path_of(fixture("basic"), "01750000000000000001.wal"), KEVO_E_CORRUPT, 58);
  OK(kevo_table_open(sound(), &table, &error));
  CHECK(table != NULL && error == NULL);
  kevo_table_free(table);
}

static void test_get(void)
{
  kevo_table *table = opened(versions());
  kevo_pinned *pinned = kevo_pinned_new();
  kevo_error *error = (kevo_error *)mark;
  kevo_slice value = marked_slice();
  uint64_t sequence = MARKED_NUMBER;

  CHECK_CODE(kevo_table_get(table, "k", 1, pinned, &value, &sequence, &error), KEVO_NOT_FOUND);
  CHECK(is_marked(value) && sequence == MARKED_NUMBER && error == NULL);
  CHECK_CODE(kevo_table_get(table, "k000", 4, pinned, &value, &sequence, &error), KEVO_DELETED);
  CHECK(is_marked(value));
  CHECK_NUMBER(sequence, 300);
  OK(kevo_table_get(table, "k001", 4, pinned, &value, &sequence, &error));
  CHECK_SLICE(value, "new");
  CHECK_NUMBER(sequence, 301);

  /* A key may lie in what the pin holds. */
  CHECK_CODE(kevo_table_get(table, value.data, value.len, pinned, &value, NULL, NULL), KEVO_NOT_FOUND);

  OK(kevo_table_get(table, "k001", 4, NULL, NULL, NULL, NULL));
  OK(kevo_table_get(table, "k001", 4, NULL, NULL, &sequence, NULL));
  CHECK_CODE(kevo_table_get(table, NULL, 0, pinned, &value, NULL, NULL), KEVO_NOT_FOUND);

  /* A value lives as long as the pin holds it, whatever is freed. */
  OK(kevo_table_get(table, "k001", 4, pinned, &value, NULL, NULL));
  kevo_table_free(table);
  CHECK_SLICE(value, "new");
  kevo_pinned_reset(pinned);
  kevo_pinned_reset(pinned);
  kevo_pinned_free(pinned);
}

static void test_iterators(void)
{
  kevo_table *table = opened(sound());
  kevo_scan *scan = scan_with(EVERYTHING, KEVO_SEQUENCE_LATEST);
  kevo_iterator *puts = over(table, NULL), *all = over(table, scan);

  kevo_table_free(table); /* iterators keep it */
  CHECK_STRING(all_entries(puts, kevo_iterator_next), "f+5");
  CHECK_STRING(all_entries(all, kevo_iterator_next), "e1-1 e2-4 e3-3 f+5");
  CHECK_STRING(all_entries(all, kevo_iterator_prev), "f+5 e3-3 e2-4 e1-1");
  OK(kevo_iterator_seek(all, "e2", 2));
  CHECK_STRING(entry_at(all), "e2-4");
  CHECK(kevo_iterator_error(all) == NULL);
  kevo_iterator_free(puts);
  kevo_iterator_free(all);

  table = opened(versions());
  OK(kevo_scan_set_upper(scan, "k002", 4, 0));
  all = over(table, scan);
  CHECK_STRING(all_entries(all, kevo_iterator_next), "k000-300 k000+200 k000+100 k001+301 k001+201 k001+101");
  CHECK_STRING(all_entries(all, kevo_iterator_prev), "k001+101 k001+201 k001+301 k000+100 k000+200 k000-300");
  kevo_iterator_free(all);
  OK(kevo_scan_set_max_sequence(scan, 250));
  OK(kevo_scan_set_flags(scan, 0));
  all = over(table, scan);
  CHECK_STRING(all_entries(all, kevo_iterator_next), "k000+200 k001+201");
  CHECK_STRING(all_entries(all, kevo_iterator_prev), "k001+201 k000+200");
  kevo_iterator_free(all);
  kevo_scan_free(scan);
  kevo_table_free(table);
}

/* Entries of a batch stay until the next, although all but one of their blocks have been passed. */
static void test_batches_of_a_table(void)
{
  kevo_table *table = opened(versions());
  kevo_scan *scan = scan_with(EVERYTHING, KEVO_SEQUENCE_LATEST);
  kevo_iterator *iterator = over(table, scan);
  static kevo_entry entries[200];
  size_t count = 0, used = 0, i;
  static char buffer[1 << 16];

  OK(kevo_iterator_next_batch(iterator, entries, COUNT(entries), &count));
  CHECK_NUMBER(count, 180);
  for (i = 0; i < count; i++) {
    char key[8];

    sprintf(key, "k%03u", (unsigned)(i / 3));
    CHECK_SLICE(entries[i].key, key);
  }
  CHECK_CODE(kevo_iterator_next_batch(iterator, entries, COUNT(entries), &count), KEVO_END);
  OK(kevo_iterator_first(iterator));
  OK(kevo_iterator_next_packed(iterator, buffer, sizeof buffer, &used, &count));
  CHECK_NUMBER(count, 179);
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  kevo_table_free(table);
}

static void test_stat(void)
{
  kevo_table *table = opened(versions());

  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_ENTRIES), 180);
  CHECK(kevo_table_stat(table, KEVO_TABLE_STAT_TOMBSTONES) > 0);
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_BLOCKS), 4);
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_INDEX_ENTRIES), 4);
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_BYTES), 9676);
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_VERSION), 2);
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_GENERATION), KEVO_TABLE_GENERATION_C);
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_OVERSIZE), 0);
  CHECK(kevo_table_stat(table, KEVO_TABLE_STAT_MEMORY) > 0);
  kevo_table_free(table);

  table = opened(path_of(fixtures, "../tables/one-flush-v1.3.2/db/sst/0_000001_01795647771413440337.sst"));
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_GENERATION), KEVO_TABLE_GENERATION_B);
  CHECK(kevo_table_stat(table, KEVO_TABLE_STAT_CREATED_NS) / 1000000000 > 1700000000);
  kevo_table_free(table);
}

/* The blocks, Kevo's filters, the index and the footer: all bytes of the file, each once. */
static void test_parts(void)
{
  static const int kinds[] = {KEVO_TABLE_PART_BLOCK, KEVO_TABLE_PART_FILTER, KEVO_TABLE_PART_INDEX,
                              KEVO_TABLE_PART_FOOTER};
  kevo_table *table = opened(sound());
  uint64_t offset, length, end = 0;
  size_t i;
  int kind;

  CHECK_NUMBER(kevo_table_part_count(table), COUNT(kinds));
  for (i = 0; i < COUNT(kinds); i++) {
    OK(kevo_table_part(table, i, &kind, &offset, &length));
    CHECK_CODE(kind, kinds[i]);
    CHECK_NUMBER(offset, end);
    end = offset + length;
  }
  CHECK_NUMBER(end, kevo_table_stat(table, KEVO_TABLE_STAT_BYTES));
  kevo_table_free(table);
}

static void check_damage(const kevo_table *table, const char *file, uint64_t at, uint64_t bytes)
{
  kevo_recovery_report *report = NULL;
  kevo_error *error = NULL;
  const char *path = NULL, *what = NULL;
  uint64_t offset = 0, length = 0;
  int kind = 0;

  CHECK_CODE(kevo_table_verify(table, &error), KEVO_E_CORRUPT);
  CHECK_NUMBER(kevo_error_offset(error), at);
  kevo_error_free(error);
  OK(kevo_table_damage(table, &report, &error));
  CHECK(error == NULL);
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 1);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_FILES), 1);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_BYTES), 140883);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_BYTES_DAMAGED), bytes);
  OK(kevo_recovery_report_damage(report, 0, &path, &offset, &length, &kind, &what));
  CHECK_STRING(path, file);
  CHECK_NUMBER(offset, at);
  CHECK_NUMBER(length, bytes);
  CHECK_CODE(kind, KEVO_DAMAGE_CORRUPTION);
  CHECK(what != NULL && what[0] != '\0');
  INVALID(kevo_recovery_report_damage(report, 1, &path, &offset, &length, &kind, &what));
  kevo_recovery_report_free(report);
}

static void test_sound_table(void)
{
  kevo_table *table = opened(sound());
  kevo_recovery_report *report = NULL;
  kevo_error *error = (kevo_error *)mark;

  OK(kevo_table_verify(table, &error));
  CHECK(error == NULL);
  OK(kevo_table_verify(table, NULL));
  OK(kevo_table_damage(table, &report, NULL));
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 0);
  kevo_recovery_report_free(report);
  kevo_table_free(table);
}

/* What needs the damaged block is an error, with its place; all else is answered. */
static void test_damaged_block(void)
{
  const char *file = damaged_block();
  kevo_table *table = opened(file);
  kevo_iterator *iterator = over(table, NULL);
  kevo_pinned *pinned = kevo_pinned_new();
  kevo_error *error = NULL;
  kevo_entry entry;
  kevo_slice value = marked_slice();
  uint64_t entries = 0, sequence = MARKED_NUMBER, damage;
  char key[64];
  int code;

  while ((code = kevo_iterator_next(iterator)) == KEVO_OK)
    entries++;
  CHECK_CODE(code, KEVO_E_CORRUPT);
  CHECK_NUMBER(entries, 1106);
  if (CHECK(kevo_iterator_error(iterator) != NULL)) {
    CHECK_CODE(kevo_error_code(kevo_iterator_error(iterator)), KEVO_E_CORRUPT);
    CHECK_STRING(kevo_error_path(kevo_iterator_error(iterator)), file);
  }
  damage = kevo_error_offset(kevo_iterator_error(iterator));
  OK(kevo_iterator_entry(iterator, &entry)); /* it is where it was */
  CHECK(entry.key.len < sizeof key);
  memcpy(key, entry.key.data, entry.key.len);
  key[entry.key.len] = 'x'; /* directly after the last intact key */
  CHECK_CODE(kevo_table_get(table, key, entry.key.len + 1, pinned, &value, &sequence, &error), KEVO_E_CORRUPT);
  CHECK_NUMBER(kevo_error_offset(error), damage);
  CHECK(is_marked(value) && sequence == MARKED_NUMBER);
  kevo_error_free(error);
  OK(kevo_iterator_first(iterator));
  CHECK(kevo_iterator_error(iterator) == NULL);
  kevo_iterator_free(iterator);
  check_damage(table, file, damage, 58263);
  kevo_table_free(table);

  OK(kevo_table_open_mode(file, KEVO_RECOVERY_SKIP_CORRUPTED, &table, NULL));
  iterator = over(table, NULL);
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_ENTRIES), 2600 - entries);
  kevo_iterator_free(iterator);
  kevo_pinned_free(pinned);
  kevo_table_free(table);
}

/* Without its index, a table gives everything when it is told to. */
static void test_damaged_index(void)
{
  kevo_table *table = NULL;
  kevo_error *error = (kevo_error *)mark;
  kevo_iterator *iterator;
  uint64_t entries = 0;

  OK(kevo_table_open_mode(damaged_index(), KEVO_RECOVERY_SKIP_CORRUPTED, &table, &error));
  CHECK(error == NULL);
  iterator = over(table, NULL);
  while (kevo_iterator_next(iterator) == KEVO_OK)
    entries++;
  CHECK_NUMBER(entries, 2600);
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_ENTRIES), 2600);
  CHECK_NUMBER(kevo_table_stat(table, KEVO_TABLE_STAT_INDEX_ENTRIES), 0);
  kevo_iterator_free(iterator);
  kevo_table_free(table);
}

void test_table(void)
{
  test_null();
  test_open();
  test_get();
  test_iterators();
  test_batches_of_a_table();
  test_stat();
  test_parts();
  test_sound_table();
  test_damaged_block();
  test_damaged_index();
}
