/* One memtable of a list. */
#include "harness.h"

static int object;

/* A memtable that cannot be had is set to NULL. */
static void check_no_memtable(const kevo_memtable_list *list, size_t index)
{
  kevo_memtable *memtable = (void *)&object;

  INVALID(kevo_memtable_list_table(list, index, &memtable));
  CHECK(memtable == NULL);
}

static void test_null(void)
{
  kevo_memtable_free(NULL);
  CHECK_CODE(kevo_memtable_is_immutable(NULL), 0);
  CHECK_NUMBER(kevo_memtable_approximate_size(NULL), 0);
  CHECK_NUMBER(kevo_memtable_entry_count(NULL), 0);
  CHECK_NUMBER(kevo_memtable_next_sequence(NULL), 0);
  CHECK(kevo_memtable_age_seconds(NULL) <= 0 && kevo_memtable_age_seconds(NULL) >= 0);
  INVALID(kevo_memtable_set_immutable(NULL));
}

static void test_handles(void)
{
  kevo_memtable_list *list = recover(fixture("basic"), NULL);
  kevo_memtable *memtable;

  check_no_memtable(list, 1);
  check_no_memtable(list, SIZE_MAX);
  check_no_memtable(NULL, 0);
  INVALID(kevo_memtable_list_table(list, 0, NULL));

  OK(kevo_memtable_list_table(list, 0, &memtable));
  CHECK(!kevo_memtable_is_immutable(memtable));
  CHECK_NUMBER(kevo_memtable_approximate_size(memtable), 98);
  CHECK_NUMBER(kevo_memtable_entry_count(memtable), 4);
  CHECK_NUMBER(kevo_memtable_next_sequence(memtable), 5);
  CHECK(kevo_memtable_age_seconds(memtable) >= 0 && kevo_memtable_age_seconds(memtable) < 60);
  kevo_memtable_free(memtable);
  kevo_memtable_list_free(list);
}

static int get(const void *memtable, const void *key, size_t key_len, uint64_t max_sequence, kevo_slice *value,
               uint64_t *sequence)
{
  return kevo_memtable_get(memtable, key, key_len, max_sequence, value, sequence);
}

/* A memtable knows its own entries only. */
static void test_get(void)
{
  static const struct lookup in_older[] = {
      {KEY("a"), KEVO_SEQUENCE_LATEST, KEVO_OK, "1", 1},
      {KEY("b"), KEVO_SEQUENCE_LATEST, KEVO_NOT_FOUND, NULL, 0},
      {NULL, 0, KEVO_SEQUENCE_LATEST, KEVO_NOT_FOUND, NULL, 0},
      {NULL, 1, KEVO_SEQUENCE_LATEST, KEVO_E_INVALID_ARGUMENT, NULL, 0},
  };
  static const struct lookup in_newer[] = {
      {KEY("a"), KEVO_SEQUENCE_LATEST, KEVO_DELETED, NULL, 2},
      {KEY("a"), 1, KEVO_NOT_FOUND, NULL, 0},
  };
  static const struct lookup without_a_memtable[] = {
      {KEY("a"), KEVO_SEQUENCE_LATEST, KEVO_E_INVALID_ARGUMENT, NULL, 0},
  };
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 1);
  kevo_memtable *older, *newer;

  put(list, "a", "1", 1);
  delete(list, "a", 2);
  older = memtable_of(list, 0);
  newer = memtable_of(list, 1);
  CHECK_LOOKUPS(get, older, in_older);
  CHECK_LOOKUPS(get, newer, in_newer);
  CHECK_LOOKUPS(get, NULL, without_a_memtable);
  kevo_memtable_free(older);
  kevo_memtable_free(newer);
  kevo_memtable_list_free(list);
}

static void test_refused_writes(void)
{
  kevo_memtable_list *list = empty_list();
  kevo_memtable *memtable = memtable_of(list, 0);
  const struct refusal refusals[] = {
      REFUSAL(kevo_memtable_put(NULL, "a", 1, "1", 1, 1)),
      REFUSAL(kevo_memtable_put(memtable, NULL, 1, "1", 1, 1)),
      REFUSAL(kevo_memtable_put(memtable, "a", 1, NULL, 1, 1)),
      REFUSAL(kevo_memtable_delete(NULL, "a", 1, 1)),
      REFUSAL(kevo_memtable_delete(memtable, NULL, 1, 1)),
  };

  CHECK_REFUSALS(refusals);
  CHECK_NUMBER(kevo_memtable_next_sequence(memtable), 0);
  CHECK_NUMBER(kevo_memtable_entry_count(memtable), 0);
  CHECK_NUMBER(kevo_memtable_approximate_size(memtable), 0);
  kevo_memtable_free(memtable);
  kevo_memtable_list_free(list);
}

static void test_writes(void)
{
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 20);
  kevo_memtable *memtable = memtable_of(list, 0);
  kevo_memtable *same = memtable_of(list, 0);

  CHECK_NUMBER(kevo_memtable_next_sequence(memtable), 0);
  CHECK_NUMBER(kevo_memtable_entry_count(memtable), 0);
  CHECK_NUMBER(kevo_memtable_approximate_size(memtable), 0);

  OK(kevo_memtable_put(memtable, "a", 1, "12345", 5, 1));
  OK(kevo_memtable_put(memtable, "a", 1, "1", 1, 3)); /* it is full, but open: only the list rotates */
  OK(kevo_memtable_delete(memtable, "bb", 2, 2));
  OK(kevo_memtable_put(memtable, NULL, 0, NULL, 0, 3));
  CHECK_NUMBER(kevo_memtable_list_count(list), 1);
  CHECK_NUMBER(kevo_memtable_entry_count(same), 4);
  CHECK_NUMBER(kevo_memtable_approximate_size(same), 22 + 18 + 18 + 16);
  CHECK_NUMBER(kevo_memtable_next_sequence(same), 4);
  CHECK_SLICE(value_of(list, "a", KEVO_SEQUENCE_LATEST), "1");
  CHECK_CODE(get_code(list, "bb", KEVO_SEQUENCE_LATEST), KEVO_DELETED);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 3);

  OK(kevo_memtable_put(memtable, "z", 1, "1", 1, UINT64_MAX));
  CHECK_NUMBER(kevo_memtable_next_sequence(memtable), UINT64_MAX);

  OK(kevo_memtable_set_immutable(memtable));
  OK(kevo_memtable_set_immutable(same));
  CHECK(kevo_memtable_is_immutable(memtable) && kevo_memtable_is_immutable(same));
  CHECK_CODE(kevo_memtable_put(memtable, "c", 1, "1", 1, 9), KEVO_E_IMMUTABLE);
  CHECK_CODE(kevo_memtable_delete(same, "a", 1, 9), KEVO_E_IMMUTABLE);
  CHECK_NUMBER(kevo_memtable_entry_count(memtable), 5);
  CHECK_CODE(get_code(list, "c", KEVO_SEQUENCE_LATEST), KEVO_NOT_FOUND);
  CHECK_SLICE(value_of(list, "a", KEVO_SEQUENCE_LATEST), "1");

  kevo_memtable_free(same);
  kevo_memtable_free(memtable);
  kevo_memtable_list_free(list);
}

void test_memtable(void)
{
  test_null();
  test_handles();
  test_get();
  test_refused_writes();
  test_writes();
}
