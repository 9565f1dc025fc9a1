/* The list of memtables: lookups, writes, order and rotation. */
#include "harness.h"

static void test_handles(void)
{
  kevo_memtable_list *list = empty_list();
  kevo_memtable_list *other = kevo_memtable_list_ref(list);

  CHECK(kevo_memtable_list_ref(NULL) == NULL);
  kevo_memtable_list_free(NULL);
  CHECK_NUMBER(kevo_memtable_list_count(NULL), 0);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(NULL), 0);

  CHECK_NUMBER(kevo_memtable_list_count(list), 1);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 0);

  /* Both are handles on one list. */
  if (CHECK(other != NULL)) {
    put(list, "a", "1", 5);
    CHECK_SLICE(value_of(other, "a", KEVO_SEQUENCE_LATEST), "1");
    put(other, "a", "2", 6);
    CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 6);
    kevo_memtable_list_free(list);
    CHECK_SLICE(value_of(other, "a", KEVO_SEQUENCE_LATEST), "2");
  }
  kevo_memtable_list_free(other);
}

static int get(const void *list, const void *key, size_t key_len, uint64_t max_sequence, kevo_slice *value,
               uint64_t *sequence)
{
  return kevo_memtable_list_get(list, key, key_len, max_sequence, value, sequence);
}

static void test_get(void)
{
  static const struct lookup lookups[] = {
      {KEY("key2"), KEVO_SEQUENCE_LATEST, KEVO_OK, "value2", 2},
      {KEY("key3"), KEVO_SEQUENCE_LATEST, KEVO_OK, "value3", 4},
      {KEY("key1"), KEVO_SEQUENCE_LATEST, KEVO_DELETED, NULL, 3},
      {KEY("key"), KEVO_SEQUENCE_LATEST, KEVO_NOT_FOUND, NULL, 0},
      {KEY("key11"), KEVO_SEQUENCE_LATEST, KEVO_NOT_FOUND, NULL, 0},
      {KEY("key4"), KEVO_SEQUENCE_LATEST, KEVO_NOT_FOUND, NULL, 0},
      {KEY(""), KEVO_SEQUENCE_LATEST, KEVO_NOT_FOUND, NULL, 0},
      {NULL, 0, KEVO_SEQUENCE_LATEST, KEVO_NOT_FOUND, NULL, 0},
      {NULL, 1, KEVO_SEQUENCE_LATEST, KEVO_E_INVALID_ARGUMENT, NULL, 0},
      {NULL, SIZE_MAX, KEVO_SEQUENCE_LATEST, KEVO_E_INVALID_ARGUMENT, NULL, 0},
      /* The past. */
      {KEY("key1"), 0, KEVO_NOT_FOUND, NULL, 0},
      {KEY("key1"), 1, KEVO_OK, "value1", 1},
      {KEY("key1"), 2, KEVO_OK, "value1", 1},
      {KEY("key1"), 3, KEVO_DELETED, NULL, 3},
      {KEY("key3"), 3, KEVO_NOT_FOUND, NULL, 0},
  };
  static const struct lookup without_a_list[] = {
      {KEY("key2"), KEVO_SEQUENCE_LATEST, KEVO_E_INVALID_ARGUMENT, NULL, 0},
  };
  kevo_memtable_list *list = recover(fixture("basic"), NULL); /* put key1, put key2, delete key1, put key3 */

  CHECK_LOOKUPS(get, list, lookups);
  CHECK_LOOKUPS(get, NULL, without_a_list);
  kevo_memtable_list_free(list);
}

static void test_empty_and_binary_keys(void)
{
  static const char zeros[] = "a\0b";
  kevo_memtable_list *list = empty_list();
  kevo_slice value = marked_slice();

  OK(kevo_memtable_list_put(list, NULL, 0, NULL, 0, 1));
  OK(kevo_memtable_list_get(list, "", 0, KEVO_SEQUENCE_LATEST, &value, NULL));
  CHECK_NUMBER(value.len, 0);
  CHECK(!is_marked(value));

  OK(kevo_memtable_list_put(list, zeros, 3, zeros, 3, 2));
  OK(kevo_memtable_list_get(list, zeros, 3, KEVO_SEQUENCE_LATEST, &value, NULL));
  CHECK(value.len == 3 && memcmp(value.data, zeros, 3) == 0);
  CHECK_CODE(kevo_memtable_list_get(list, zeros, 1, KEVO_SEQUENCE_LATEST, &value, NULL), KEVO_NOT_FOUND);

  OK(kevo_memtable_list_delete(list, NULL, 0, 3));
  CHECK_CODE(kevo_memtable_list_get(list, NULL, 0, KEVO_SEQUENCE_LATEST, &value, NULL), KEVO_DELETED);
  OK(kevo_memtable_list_get(list, NULL, 0, 2, &value, NULL));
  kevo_memtable_list_free(list);
}

enum { KEYS = 4 };

/* Whatever is wrong with a multi_get, it writes nothing. */
static void check_refused_multi_get(const kevo_memtable_list *list, const kevo_slice *keys)
{
  const uint64_t latest = KEVO_SEQUENCE_LATEST;
  kevo_slice wrong_keys[KEYS], values[KEYS];
  int codes[KEYS];
  size_t i;

  for (i = 0; i < KEYS; i++) {
    wrong_keys[i] = keys[i];
    values[i] = marked_slice();
    codes[i] = MARKED_CODE;
  }
  wrong_keys[KEYS - 1].data = NULL;
  {
    const struct refusal refusals[] = {
        REFUSAL(kevo_memtable_list_multi_get(NULL, keys, KEYS, latest, values, codes)),
        REFUSAL(kevo_memtable_list_multi_get(list, NULL, KEYS, latest, values, codes)),
        REFUSAL(kevo_memtable_list_multi_get(list, keys, KEYS, latest, values, NULL)),
        REFUSAL(kevo_memtable_list_multi_get(list, wrong_keys, KEYS, latest, values, codes)),
    };

    CHECK_REFUSALS(refusals);
  }
  for (i = 0; i < KEYS; i++)
    CHECK(is_marked(values[i]) && codes[i] == MARKED_CODE);

  /* Nor does one of no keys. */
  OK(kevo_memtable_list_multi_get(list, NULL, 0, latest, NULL, NULL));
  OK(kevo_memtable_list_multi_get(list, keys, 0, latest, values, codes));
  CHECK(is_marked(values[0]) && codes[0] == MARKED_CODE);
}

static void test_multi_get(void)
{
  kevo_memtable_list *list = recover(fixture("basic"), NULL);
  kevo_slice keys[KEYS], values[KEYS];
  int codes[KEYS];
  size_t i;

  keys[0] = slice_of("key3");
  keys[1] = slice_of("key1");
  keys[2] = slice_of("nothing");
  keys[3] = slice_of("key2");
  check_refused_multi_get(list, keys);

  for (i = 0; i < KEYS; i++)
    values[i] = marked_slice();
  OK(kevo_memtable_list_multi_get(list, keys, KEYS, KEVO_SEQUENCE_LATEST, values, codes));
  CHECK_CODE(codes[0], KEVO_OK);
  CHECK_SLICE(values[0], "value3");
  CHECK_CODE(codes[1], KEVO_DELETED);
  CHECK(is_marked(values[1]));
  CHECK_CODE(codes[2], KEVO_NOT_FOUND);
  CHECK(is_marked(values[2]));
  CHECK_CODE(codes[3], KEVO_OK);
  CHECK_SLICE(values[3], "value2");

  /* The past, and without values. */
  OK(kevo_memtable_list_multi_get(list, keys, KEYS, 2, NULL, codes));
  CHECK_CODE(codes[0], KEVO_NOT_FOUND);
  CHECK_CODE(codes[1], KEVO_OK);
  CHECK_CODE(codes[2], KEVO_NOT_FOUND);
  CHECK_CODE(codes[3], KEVO_OK);

  /* (NULL, 0) is a key. */
  keys[0].data = NULL;
  keys[0].len = 0;
  OK(kevo_memtable_list_multi_get(list, keys, 1, KEVO_SEQUENCE_LATEST, values, codes));
  CHECK_CODE(codes[0], KEVO_NOT_FOUND);
  kevo_memtable_list_free(list);
}

static void test_refused_writes(void)
{
  kevo_memtable_list *list = empty_list();
  const struct refusal refusals[] = {
      REFUSAL(kevo_memtable_list_put(NULL, "a", 1, "1", 1, 1)),
      REFUSAL(kevo_memtable_list_put(list, NULL, 1, "1", 1, 1)),
      REFUSAL(kevo_memtable_list_put(list, "a", 1, NULL, 1, 1)),
      REFUSAL(kevo_memtable_list_delete(NULL, "a", 1, 1)),
      REFUSAL(kevo_memtable_list_delete(list, NULL, 1, 1)),
  };

  CHECK_REFUSALS(refusals);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 0);
  CHECK_CODE(get_code(list, "a", KEVO_SEQUENCE_LATEST), KEVO_NOT_FOUND);
  kevo_memtable_list_free(list);
}

static void test_put_and_delete(void)
{
  char key[] = "key", value[] = "value";
  kevo_memtable_list *list = empty_list();

  /* The caller's bytes are copied. */
  OK(kevo_memtable_list_put(list, key, 3, value, 5, 1));
  memset(key, 'x', 3);
  memset(value, 'x', 5);
  CHECK_SLICE(value_of(list, "key", KEVO_SEQUENCE_LATEST), "value");
  CHECK_CODE(get_code(list, "xxx", KEVO_SEQUENCE_LATEST), KEVO_NOT_FOUND);

  /* The maximum sequence number only rises; deletes count; a key that was never written can be deleted. */
  put(list, "a", "1", 10);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 10);
  delete(list, "b", 12);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 12);
  CHECK_CODE(get_code(list, "b", KEVO_SEQUENCE_LATEST), KEVO_DELETED);
  put(list, "c", "1", 11);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 12);
  put(list, "b", "again", 13);
  CHECK_SLICE(value_of(list, "b", KEVO_SEQUENCE_LATEST), "again");
  CHECK_CODE(get_code(list, "b", 12), KEVO_DELETED);
  put(list, "d", "", UINT64_MAX);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), UINT64_MAX);
  CHECK_SLICE(value_of(list, "d", KEVO_SEQUENCE_LATEST), "");
  CHECK_CODE(get_code(list, "d", UINT64_MAX - 1), KEVO_NOT_FOUND);
  kevo_memtable_list_free(list);
}

static kevo_memtable_list *four_versions(int order)
{
  kevo_memtable_list *list = empty_list_with(order, 1u << 20);

  put(list, "a", "first", 10);
  put(list, "a", "second", 5);
  put(list, "a", "third", 7);
  put(list, "a", "fourth", 7);
  return list;
}

static void test_order(void)
{
  const uint64_t latest = KEVO_SEQUENCE_LATEST;
  kevo_scan *versions = scan_with(KEVO_SCAN_ALL_VERSIONS, latest);

  /* What was written last is the newest. */
  kevo_memtable_list *list = four_versions(KEVO_ORDER_LOG);
  CHECK_SLICE(value_of(list, "a", latest), "fourth");
  CHECK_SLICE(value_of(list, "a", 6), "second");
  CHECK_STRING(scanned(list, NULL), "a+7");
  CHECK_STRING(scanned(list, versions), "a+7 a+7 a+5 a+10");
  kevo_memtable_list_free(list);

  /* What has the highest number is; of equal numbers, the one that was written later. */
  list = four_versions(KEVO_ORDER_SEQUENCE);
  CHECK_SLICE(value_of(list, "a", latest), "first");
  CHECK_SLICE(value_of(list, "a", 9), "fourth");
  CHECK_SLICE(value_of(list, "a", 6), "second");
  CHECK_STRING(scanned(list, NULL), "a+10");
  CHECK_STRING(scanned(list, versions), "a+10 a+7 a+7 a+5");
  kevo_memtable_list_free(list);

  /* Across memtables, the newest memtable that has the key decides, in either order. */
  list = empty_list_with(KEVO_ORDER_SEQUENCE, 1);
  put(list, "a", "first", 10);
  put(list, "a", "second", 5);
  CHECK_NUMBER(kevo_memtable_list_count(list), 2);
  CHECK_SLICE(value_of(list, "a", latest), "second");
  CHECK_SLICE(value_of(list, "a", 5), "second");
  CHECK_CODE(get_code(list, "a", 4), KEVO_NOT_FOUND);
  CHECK_STRING(scanned(list, versions), "a+5 a+10");
  kevo_memtable_list_free(list);
  kevo_scan_free(versions);
}

static void test_rotation(void)
{
  /* The limit on memtables is 1. Only recovery keeps to it. */
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 36);
  kevo_memtable *first, *second;

  /* An entry here takes 18 bytes. A memtable is full at 36, and the next entry starts a new one. */
  put(list, "a", "1", 1);
  put(list, "b", "1", 2);
  CHECK_NUMBER(kevo_memtable_list_count(list), 1);
  first = memtable_of(list, 0);
  CHECK(!kevo_memtable_is_immutable(first));
  CHECK_NUMBER(kevo_memtable_approximate_size(first), 36);

  put(list, "c", "1", 3);
  CHECK_NUMBER(kevo_memtable_list_count(list), 2);
  CHECK(kevo_memtable_is_immutable(first));
  second = memtable_of(list, 1);
  CHECK(!kevo_memtable_is_immutable(second));
  CHECK_NUMBER(kevo_memtable_entry_count(first), 2);
  CHECK_NUMBER(kevo_memtable_entry_count(second), 1);
  CHECK_STRING(scanned(list, NULL), "a+1 b+2 c+3");

  /* Deletes rotate as well. */
  put(list, "d", "1", 4);
  delete(list, "a", 5);
  CHECK_NUMBER(kevo_memtable_list_count(list), 3);
  CHECK_CODE(get_code(list, "a", KEVO_SEQUENCE_LATEST), KEVO_DELETED);

  /* A memtable that was made immutable is followed by a new one, full or not. */
  kevo_memtable_free(second);
  second = memtable_of(list, 2);
  OK(kevo_memtable_set_immutable(second));
  CHECK_NUMBER(kevo_memtable_list_count(list), 3);
  put(list, "e", "1", 6);
  CHECK_NUMBER(kevo_memtable_list_count(list), 4);
  CHECK_STRING(scanned(list, NULL), "b+2 c+3 d+4 e+6");

  kevo_memtable_free(first);
  kevo_memtable_free(second);
  kevo_memtable_list_free(list);
}

void test_list(void)
{
  test_handles();
  test_get();
  test_empty_and_binary_keys();
  test_multi_get();
  test_refused_writes();
  test_put_and_delete();
  test_order();
  test_rotation();
}
