/* Scans: setters, versions, tombstones and bounds. */
#include "harness.h"

static const struct {
  const char *name;
  int line;
  int (*set)(kevo_scan *, uint32_t);
  uint32_t value;
  int expected;
} flags_cases[] = {
    {SETTER(kevo_scan_set_flags), KEVO_SCAN_ALL_VERSIONS, KEVO_OK},
    {SETTER(kevo_scan_set_flags), KEVO_SCAN_TOMBSTONES, KEVO_OK},
    {SETTER(kevo_scan_set_flags), EVERYTHING, KEVO_OK},
    {SETTER(kevo_scan_set_flags), 0, KEVO_OK},
    {SETTER(kevo_scan_set_flags), 4, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_scan_set_flags), KEVO_SCAN_ALL_VERSIONS | 0x80000000u, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_scan_set_flags), UINT32_MAX, KEVO_E_INVALID_ARGUMENT},
};

static const struct {
  const char *name;
  int line;
  int (*set)(kevo_scan *, uint64_t);
  uint64_t value;
  int expected;
} max_sequence_cases[] = {
    {SETTER(kevo_scan_set_max_sequence), 0, KEVO_OK},
    {SETTER(kevo_scan_set_max_sequence), KEVO_SEQUENCE_LATEST, KEVO_OK},
};

static void test_setters(void)
{
  kevo_memtable_list *list = letters();
  kevo_scan *scan = kevo_scan_new();

  kevo_scan_free(NULL);
  CHECK(scan != NULL);
  CHECK_STRING(scanned(list, scan), "a+4 c+5 g+1");
  CHECK_STRING(scanned(list, NULL), "a+4 c+5 g+1");

  CHECK_SETTERS(flags_cases, scan);
  CHECK_SETTERS(max_sequence_cases, scan);
  CHECK_STRING(scanned(list, scan), "a+4 c+5 g+1");
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* A setter that fails leaves what was set before. */
static void test_failed_setters_change_nothing(void)
{
  kevo_memtable_list *list = letters();
  kevo_scan *scan = scan_with(KEVO_SCAN_TOMBSTONES, KEVO_SEQUENCE_LATEST);

  OK(kevo_scan_set_lower(scan, "c", 1, 1));
  OK(kevo_scan_set_upper(scan, "e", 1, 1));
  {
    const struct refusal refusals[] = {
        REFUSAL(kevo_scan_set_lower(NULL, "a", 1, 1)),  REFUSAL(kevo_scan_set_lower(scan, NULL, 1, 1)),
        REFUSAL(kevo_scan_set_upper(NULL, "a", 1, 1)),  REFUSAL(kevo_scan_set_upper(scan, NULL, 1, 1)),
        REFUSAL(kevo_scan_set_prefix(NULL, "a", 1)),    REFUSAL(kevo_scan_set_prefix(scan, NULL, 1)),
        REFUSAL(kevo_scan_set_flags(scan, 4)),          REFUSAL(kevo_scan_set_flags(scan, UINT32_MAX)),
        REFUSAL(kevo_scan_set_flags(scan, KEVO_SCAN_ALL_VERSIONS | 0x80000000u)),
    };

    CHECK_REFUSALS(refusals);
  }
  CHECK_STRING(scanned(list, scan), "c+5 e-6");
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* Setting again replaces; the caller's bytes are copied. */
static void test_setting_again(void)
{
  kevo_memtable_list *list = letters();
  kevo_scan *scan = scan_with(KEVO_SCAN_TOMBSTONES, KEVO_SEQUENCE_LATEST);
  char bound[] = "a";

  OK(kevo_scan_set_lower(scan, "c", 1, 1));
  OK(kevo_scan_set_upper(scan, "e", 1, 1));
  OK(kevo_scan_set_lower(scan, bound, 1, 0));
  bound[0] = 'z';
  CHECK_STRING(scanned(list, scan), "c+5 e-6");
  OK(kevo_scan_set_lower(scan, "a", 1, -1)); /* anything but 0 is true */
  CHECK_STRING(scanned(list, scan), "a+4 c+5 e-6");
  OK(kevo_scan_set_flags(scan, 0));
  CHECK_STRING(scanned(list, scan), "a+4 c+5");
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

static void test_versions_and_tombstones(void)
{
  static const struct {
    uint32_t flags;
    uint64_t max_sequence;
    const char *expected;
  } cases[] = {
      {0, KEVO_SEQUENCE_LATEST, "a+4 c+5 g+1"},
      {KEVO_SCAN_TOMBSTONES, KEVO_SEQUENCE_LATEST, "a+4 c+5 e-6 g+1"},
      {KEVO_SCAN_ALL_VERSIONS, KEVO_SEQUENCE_LATEST, "a+4 c+5 c+3 e+2 g+1"},
      {EVERYTHING, KEVO_SEQUENCE_LATEST, "a+4 c+5 c+3 e-6 e+2 g+1"},
      {0, 5, "a+4 c+5 e+2 g+1"},
      {0, 4, "a+4 c+3 e+2 g+1"},
      {EVERYTHING, 4, "a+4 c+3 e+2 g+1"},
      {0, 1, "g+1"},
      {EVERYTHING, 0, ""},
  };
  kevo_memtable_list *list = letters();
  size_t i;

  for (i = 0; i < COUNT(cases); i++) {
    kevo_scan *scan = scan_with(cases[i].flags, cases[i].max_sequence);

    CHECK_STRING(scanned(list, scan), cases[i].expected);
    kevo_scan_free(scan);
  }
  kevo_memtable_list_free(list);
}

/* A seek from below leads to the newest version of a key, one from above to the oldest. */
static void test_seeks_among_versions(void)
{
  static const struct step seeks[] = {
      {SEEK, "c", "c+5"},          {SEEK_FOR_PREV, "c", "c+3"}, {NEXT, NULL, "e-6"},
      {SEEK_FOR_PREV, "d", "c+3"}, {PREV, NULL, "c+5"},
  };
  static const struct step last[] = {{LAST, NULL, "g+1"}};
  kevo_memtable_list *list = letters();
  kevo_scan *scan = scan_with(EVERYTHING, KEVO_SEQUENCE_LATEST);
  kevo_iterator *iterator = iterator_of(list, scan);

  CHECK_STEPS(iterator, seeks);
  kevo_iterator_free(iterator);

  delete(list, "g", 7);
  iterator = iterator_of(list, scan);
  CHECK_STEPS(iterator, last);
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* A bound that is NULL is not set. */
struct range {
  const char *lower;
  int lower_inclusive;
  const char *upper;
  int upper_inclusive;
  const char *prefix;
  const char *expected;
};

static void check_range(const kevo_memtable_list *list, const struct range *range)
{
  kevo_scan *scan = kevo_scan_new();

  if (range->lower != NULL)
    OK(kevo_scan_set_lower(scan, range->lower, strlen(range->lower), range->lower_inclusive));
  if (range->upper != NULL)
    OK(kevo_scan_set_upper(scan, range->upper, strlen(range->upper), range->upper_inclusive));
  if (range->prefix != NULL)
    OK(kevo_scan_set_prefix(scan, range->prefix, strlen(range->prefix)));
  CHECK_STRING(scanned(list, scan), range->expected);
  kevo_scan_free(scan);
}

static const struct range ranges[] = {
    {"a", 1, "b", 1, NULL, "a+2 ab+3 abc+4 b+5"},
    {"a", 0, "b", 0, NULL, "ab+3 abc+4"},
    {"a", 0, "b", 1, NULL, "ab+3 abc+4 b+5"},
    {"a", 1, "b", 0, NULL, "a+2 ab+3 abc+4"},
    {"aa", 0, "abb", 0, NULL, "ab+3"},
    {NULL, 0, "a", 1, NULL, "+1 a+2"},
    {"b", 0, NULL, 0, NULL, "\xfe+6 \xff+7 \xff\xff+8"},
    {"a", 1, "a", 1, NULL, "a+2"},
    /* The empty key is a key, and a bound. */
    {"", 1, "a", 0, NULL, "+1"},
    {"", 0, "a", 1, NULL, "a+2"},
    {NULL, 0, "", 1, NULL, "+1"},
    {NULL, 0, "", 0, NULL, ""},
    /* Nothing lies between these. */
    {"a", 1, "a", 0, NULL, ""},
    {"a", 0, "a", 1, NULL, ""},
    {"a", 0, "a", 0, NULL, ""},
    {"b", 1, "a", 1, NULL, ""},
    {"b", 0, "a", 0, NULL, ""},
    {"c", 1, "d", 1, NULL, ""},
    {"\xff\xff", 0, NULL, 0, NULL, ""},
    /* Prefixes, alone and with bounds. No key is above all keys with a prefix of 0xff bytes alone. */
    {NULL, 0, NULL, 0, "a", "a+2 ab+3 abc+4"},
    {NULL, 0, NULL, 0, "ab", "ab+3 abc+4"},
    {NULL, 0, NULL, 0, "\xff", "\xff+7 \xff\xff+8"},
    {NULL, 0, NULL, 0, "\xfe", "\xfe+6"},
    {NULL, 0, NULL, 0, "abcd", ""},
    {NULL, 0, NULL, 0, "", "+1 a+2 ab+3 abc+4 b+5 \xfe+6 \xff+7 \xff\xff+8"},
    {"a", 0, NULL, 0, "a", "ab+3 abc+4"},
    {NULL, 0, "abc", 0, "a", "a+2 ab+3"},
    {"ab", 1, "ab", 1, "a", "ab+3"},
    {"", 1, "z", 1, "ab", "ab+3 abc+4"},
    {"b", 1, NULL, 0, "a", ""},
    {NULL, 0, "a", 0, "a", ""},
};

static void test_bounds(void)
{
  static const char *const keys[] = {"", "a", "ab", "abc", "b", "\xfe", "\xff", "\xff\xff"};
  kevo_memtable_list *list = empty_list();
  kevo_scan *scan = kevo_scan_new();
  size_t i;

  for (i = 0; i < COUNT(keys); i++)
    put(list, keys[i], "", i + 1);
  for (i = 0; i < COUNT(ranges); i++)
    check_range(list, &ranges[i]);

  /* (NULL, 0) is the empty key. */
  OK(kevo_scan_set_lower(scan, NULL, 0, 0));
  OK(kevo_scan_set_upper(scan, "a", 1, 1));
  OK(kevo_scan_set_prefix(scan, NULL, 0));
  CHECK_STRING(scanned(list, scan), "a+2");
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

void test_scan(void)
{
  test_setters();
  test_failed_setters_change_nothing();
  test_setting_again();
  test_versions_and_tombstones();
  test_seeks_among_versions();
  test_bounds();
}
