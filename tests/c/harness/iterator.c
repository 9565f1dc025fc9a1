/* Iterators: moves, seeks, and turning back. */
#include "harness.h"

static int object;

static void test_making_is_refused(void)
{
  kevo_memtable_list *list = letters();
  kevo_memtable *memtable = memtable_of(list, 0);
  kevo_iterator *iterator = (void *)&object;

  INVALID(kevo_memtable_list_iterator(NULL, NULL, &iterator));
  CHECK(iterator == NULL);
  INVALID(kevo_memtable_list_iterator(list, NULL, NULL));
  iterator = (void *)&object;
  INVALID(kevo_memtable_iterator(NULL, NULL, &iterator));
  CHECK(iterator == NULL);
  INVALID(kevo_memtable_iterator(memtable, NULL, NULL));
  kevo_iterator_free(NULL);
  kevo_memtable_free(memtable);
  kevo_memtable_list_free(list);
}

/* A call that is refused does not move the iterator and writes nothing. */
static void test_refusals(void)
{
  kevo_memtable_list *list = letters();
  kevo_iterator *it = iterator_of(list, NULL);
  const int found = kevo_iterator_seek(it, "c", 1);
  kevo_entry entry, entries[2];
  unsigned char buffer[64];
  size_t count = MARKED_NUMBER, used = MARKED_NUMBER;
  const struct refusal refusals[] = {
      REFUSAL(kevo_iterator_first(NULL)),
      REFUSAL(kevo_iterator_last(NULL)),
      REFUSAL(kevo_iterator_next(NULL)),
      REFUSAL(kevo_iterator_prev(NULL)),
      REFUSAL(kevo_iterator_seek(NULL, "a", 1)),
      REFUSAL(kevo_iterator_seek(it, NULL, 1)),
      REFUSAL(kevo_iterator_seek_for_prev(NULL, "a", 1)),
      REFUSAL(kevo_iterator_seek_for_prev(it, NULL, 1)),
      REFUSAL(kevo_iterator_entry(NULL, &entry)),
      REFUSAL(kevo_iterator_entry(it, NULL)),
      REFUSAL(kevo_iterator_next_batch(NULL, entries, 2, &count)),
      REFUSAL(kevo_iterator_next_batch(it, NULL, 2, &count)),
      REFUSAL(kevo_iterator_next_batch(it, entries, 2, NULL)),
      REFUSAL(kevo_iterator_next_batch(it, entries, 0, &count)),
      REFUSAL(kevo_iterator_next_batch(it, NULL, 0, &count)),
      REFUSAL(kevo_iterator_next_packed(NULL, buffer, sizeof buffer, &used, &count)),
      REFUSAL(kevo_iterator_next_packed(it, NULL, 1, &used, &count)),
      REFUSAL(kevo_iterator_next_packed(it, buffer, sizeof buffer, NULL, &count)),
      REFUSAL(kevo_iterator_next_packed(it, buffer, sizeof buffer, &used, NULL)),
  };

  CHECK_CODE(found, KEVO_OK);
  CHECK_REFUSALS(refusals);
  CHECK_NUMBER(count, MARKED_NUMBER);
  CHECK_NUMBER(used, MARKED_NUMBER);
  CHECK_STRING(entry_at(it), "c+5");
  kevo_iterator_free(it);
  kevo_memtable_list_free(list);
}

static void test_empty_key(void)
{
  kevo_memtable_list *list = letters();
  kevo_iterator *iterator = iterator_of(list, NULL);

  OK(kevo_iterator_seek(iterator, NULL, 0)); /* the empty key is below all others */
  CHECK_STRING(entry_at(iterator), "a+4");
  CHECK_CODE(kevo_iterator_seek_for_prev(iterator, NULL, 0), KEVO_END);
  CHECK_STRING(entry_at(iterator), "END");
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);
}

static void test_entry(void)
{
  kevo_memtable_list *list = letters();
  kevo_iterator *iterator = iterator_of(list, NULL);
  kevo_entry entry;

  /* Before the first entry there is none, and nothing is written. */
  memset(&entry, 0x55, sizeof entry);
  CHECK_CODE(kevo_iterator_entry(iterator, &entry), KEVO_END);
  CHECK_NUMBER(entry.sequence, UINT64_C(0x5555555555555555));

  OK(kevo_iterator_next(iterator));
  OK(kevo_iterator_entry(iterator, &entry));
  CHECK_SLICE(entry.key, "a");
  CHECK_SLICE(entry.value, "a");
  CHECK_NUMBER(entry.reserved, 0);
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);
}

static void test_moves(void)
{
  static const struct step moves[] = {
      /* Before the first entry. */
      {PREV, NULL, NULL},
      {PREV, NULL, NULL},
      {NEXT, NULL, "a+4"},
      /* Off the first entry and back. */
      {PREV, NULL, NULL},
      {NEXT, NULL, "a+4"},
      /* Off the last entry and back. */
      {LAST, NULL, "g+1"},
      {NEXT, NULL, NULL},
      {NEXT, NULL, NULL},
      {PREV, NULL, "g+1"},
      {PREV, NULL, "c+5"},
      {NEXT, NULL, "g+1"},
      {FIRST, NULL, "a+4"},
      /* Seeks: to a key, between keys, to a deleted key. */
      {SEEK, "c", "c+5"},
      {SEEK, "b", "c+5"},
      {SEEK, "e", "g+1"},
      {SEEK_FOR_PREV, "e", "c+5"},
      {SEEK_FOR_PREV, "a", "a+4"},
      {SEEK_FOR_PREV, "z", "g+1"},
      /* A seek off the end, to after the last entry. */
      {SEEK, "h", NULL},
      {NEXT, NULL, NULL},
      {PREV, NULL, "g+1"},
      /* A seek off the start, to before the first entry. */
      {SEEK_FOR_PREV, "A", NULL},
      {PREV, NULL, NULL},
      {NEXT, NULL, "a+4"},
  };
  static const struct step nowhere[] = {
      {FIRST, NULL, NULL}, {LAST, NULL, NULL}, {NEXT, NULL, NULL},
      {PREV, NULL, NULL},  {SEEK, "", NULL},   {SEEK_FOR_PREV, "z", NULL},
  };
  kevo_memtable_list *list = letters(); /* a c g */
  kevo_iterator *iterator = iterator_of(list, NULL);

  CHECK_STEPS(iterator, moves);
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);

  list = empty_list();
  iterator = iterator_of(list, NULL);
  CHECK_STEPS(iterator, nowhere);
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);
}

/* A seek never leaves the range of the scan. */
static void test_seek_in_range(void)
{
  static const struct step in_range[] = {
      {SEEK, "a", "c+3"},
      {SEEK, "b", "c+3"},
      {PREV, NULL, NULL},
      {SEEK, "f", NULL},
      {PREV, NULL, "e+5"},
      {SEEK_FOR_PREV, "g", "e+5"},
      {NEXT, NULL, NULL},
      {SEEK_FOR_PREV, "b", NULL},
      {NEXT, NULL, "c+3"},
  };
  static const struct step in_empty_range[] = {
      {FIRST, NULL, NULL}, {LAST, NULL, NULL},         {SEEK, "a", NULL},
      {PREV, NULL, NULL},  {SEEK_FOR_PREV, "g", NULL}, {NEXT, NULL, NULL},
  };
  static const char *const keys[] = {"a", "b", "c", "d", "e", "f", "g"};
  kevo_memtable_list *list = empty_list();
  kevo_scan *scan = kevo_scan_new();
  kevo_iterator *iterator;
  size_t i;

  for (i = 0; i < COUNT(keys); i++)
    put(list, keys[i], "", i + 1);
  OK(kevo_scan_set_lower(scan, "b", 1, 0));
  OK(kevo_scan_set_upper(scan, "f", 1, 0));
  iterator = iterator_of(list, scan);
  CHECK_STEPS(iterator, in_range);
  kevo_iterator_free(iterator);

  OK(kevo_scan_set_upper(scan, "a", 1, 1));
  iterator = iterator_of(list, scan);
  CHECK_STEPS(iterator, in_empty_range);
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* Turning back between any two entries leads back to the entry before. */
static void check_turns(const kevo_memtable_list *list, uint32_t flags, unsigned entries)
{
  kevo_scan *scan = scan_with(flags, KEVO_SEQUENCE_LATEST);
  kevo_iterator *iterator = iterator_of(list, scan);
  unsigned i;

  for (i = 1; i <= entries; i++) {
    char here[64];

    OK(kevo_iterator_next(iterator));
    strcpy(here, entry_at(iterator));
    CHECK_CODE(kevo_iterator_prev(iterator), i == 1 ? KEVO_END : KEVO_OK);
    OK(kevo_iterator_next(iterator));
    CHECK_STRING(entry_at(iterator), here);
    CHECK_CODE(kevo_iterator_next(iterator), i == entries ? KEVO_END : KEVO_OK);
    OK(kevo_iterator_prev(iterator));
    CHECK_STRING(entry_at(iterator), here);
  }
  CHECK_CODE(kevo_iterator_next(iterator), KEVO_END);
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
}

/* In what was recovered, the very first entry of the log included, and in that mixed with what was written. */
static void test_turns_in_recovered(void)
{
  static const struct step seek_for_prev[] = {{SEEK_FOR_PREV, "key1", "key1+1"}};
  kevo_memtable_list *list = recover(fixture("basic"), NULL);
  kevo_scan *scan = scan_with(EVERYTHING, KEVO_SEQUENCE_LATEST);
  kevo_iterator *iterator;

  check_turns(list, EVERYTHING, 4);
  check_turns(list, KEVO_SCAN_TOMBSTONES, 3);
  check_turns(list, 0, 2);
  CHECK_STRING(scanned(list, scan), "key1-3 key1+1 key2+2 key3+4");
  iterator = iterator_of(list, scan);
  CHECK_STEPS(iterator, seek_for_prev);
  kevo_iterator_free(iterator);
  OK(kevo_scan_set_lower(scan, "key1", 4, 0));
  CHECK_STRING(scanned(list, scan), "key2+2 key3+4");
  OK(kevo_scan_set_lower(scan, "", 0, 1));
  OK(kevo_scan_set_upper(scan, "key1", 4, 1));
  CHECK_STRING(scanned(list, scan), "key1-3 key1+1");

  put(list, "key1", "again", 5);
  put(list, "key2", "again", 6);
  check_turns(list, EVERYTHING, 6);
  check_turns(list, 0, 3);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* In what was written, the very first entry included: in one memtable, in several, and in the other order. */
static void test_turns_in_written(void)
{
  kevo_memtable_list *list = letters();
  kevo_scan *scan = scan_with(EVERYTHING, KEVO_SEQUENCE_LATEST);

  check_turns(list, EVERYTHING, 6);
  check_turns(list, 0, 3);
  OK(kevo_scan_set_upper(scan, "g", 1, 1));
  OK(kevo_scan_set_lower(scan, "e", 1, 0));
  CHECK_STRING(scanned(list, scan), "g+1");
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);

  list = empty_list_with(KEVO_ORDER_LOG, 1);
  put(list, "a", "1", 0);
  put(list, "a", "2", 0);
  put(list, "b", "3", 0);
  check_turns(list, EVERYTHING, 3);
  check_turns(list, 0, 2);
  kevo_memtable_list_free(list);

  list = empty_list_with(KEVO_ORDER_SEQUENCE, 1u << 20);
  put(list, "a", "1", 0);
  put(list, "a", "2", 0);
  check_turns(list, EVERYTHING, 2);
  check_turns(list, 0, 1);
  kevo_memtable_list_free(list);
}

static void test_scan_is_copied(void)
{
  kevo_memtable_list *list = letters();
  kevo_scan *scan = kevo_scan_new();
  kevo_iterator *iterator;

  OK(kevo_scan_set_lower(scan, "c", 1, 1));
  iterator = iterator_of(list, scan);
  OK(kevo_scan_set_lower(scan, "z", 1, 1));
  kevo_scan_free(scan);
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "c+5 g+1");
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);
}

static void check_memtable_iterator(const kevo_memtable_list *list, size_t index, const kevo_scan *scan,
                                    const char *expected)
{
  kevo_memtable *memtable = memtable_of(list, index);
  kevo_iterator *iterator = NULL;

  OK(kevo_memtable_iterator(memtable, scan, &iterator));
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), expected);
  kevo_iterator_free(iterator);
  kevo_memtable_free(memtable);
}

static void test_memtable_iterators(void)
{
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 36);
  kevo_scan *scan = scan_with(EVERYTHING, KEVO_SEQUENCE_LATEST);

  put(list, "b", "1", 1);
  put(list, "a", "1", 2);
  delete(list, "b", 3);
  put(list, "b", "2", 4);
  CHECK_STRING(scanned(list, scan), "a+2 b+4 b-3 b+1");
  check_memtable_iterator(list, 0, scan, "a+2 b+1");
  check_memtable_iterator(list, 1, scan, "b+4 b-3");
  check_memtable_iterator(list, 1, NULL, "b+4");
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

void test_iterator(void)
{
  test_making_is_refused();
  test_refusals();
  test_empty_key();
  test_entry();
  test_moves();
  test_seek_in_range();
  test_turns_in_recovered();
  test_turns_in_written();
  test_scan_is_copied();
  test_memtable_iterators();
}
