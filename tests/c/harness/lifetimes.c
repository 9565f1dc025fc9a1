/* Which handles and bytes live how long. */
#include "harness.h"

static void test_snapshots(void)
{
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 4000);
  kevo_memtable *memtable;
  kevo_iterator *iterator, *of_memtable;
  kevo_slice value;
  char key[16];
  uint64_t i;

  put(list, "a", "old a", 1);
  put(list, "b", "old b", 2);
  memtable = memtable_of(list, 0);
  iterator = iterator_of(list, NULL);
  OK(kevo_memtable_iterator(memtable, NULL, &of_memtable));
  value = value_of(list, "a", KEVO_SEQUENCE_LATEST);

  /* Overwrites, a delete, and enough more to rotate several times, while the iterator is on an entry. */
  put(list, "a", "new a", 3);
  delete(list, "b", 4);
  OK(kevo_iterator_next(iterator));
  for (i = 5; i < 1000; i++) {
    sprintf(key, "c%" PRIu64, i);
    put(list, key, "more", i);
  }
  CHECK(kevo_memtable_list_count(list) > 2);

  CHECK_SLICE(value, "old a");
  CHECK_STRING(entry_at(iterator), "a+1");
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "b+2");
  CHECK_STRING(all_entries(iterator, kevo_iterator_prev), "b+2 a+1");
  CHECK_STRING(all_entries(of_memtable, kevo_iterator_next), "a+1 b+2");
  CHECK_CODE(kevo_iterator_seek(iterator, "c", 1), KEVO_END);
  CHECK_SLICE(value_of(list, "a", KEVO_SEQUENCE_LATEST), "new a");

  kevo_iterator_free(iterator);
  kevo_iterator_free(of_memtable);
  kevo_memtable_free(memtable);
  kevo_memtable_list_free(list);
}

enum { LIST, REF, MEMTABLE, ITERATOR, MEMTABLE_ITERATOR, HANDLES };

static void free_one(void **handles, int which)
{
  switch (which) {
  case LIST:
  case REF:
    kevo_memtable_list_free(handles[which]);
    break;
  case MEMTABLE:
    kevo_memtable_free(handles[which]);
    break;
  default:
    kevo_iterator_free(handles[which]);
  }
  handles[which] = NULL;
}

/* Every handle that is left works, and the bytes that came from freed handles are still there. */
static void use_handles(void **handles, kevo_slice value)
{
  int left = 0;
  int i;

  for (i = 0; i < HANDLES; i++)
    left += handles[i] != NULL ? 1 : 0;
  if (left > 0)
    CHECK_SLICE(value, "1");
  for (i = LIST; i <= REF; i++) {
    if (handles[i] != NULL)
      CHECK_SLICE(value_of(handles[i], "a", KEVO_SEQUENCE_LATEST), "1");
  }
  if (handles[MEMTABLE] != NULL)
    CHECK_CODE(kevo_memtable_get(handles[MEMTABLE], "a", 1, KEVO_SEQUENCE_LATEST, NULL, NULL), KEVO_OK);
  if (handles[ITERATOR] != NULL) {
    OK(kevo_iterator_first(handles[ITERATOR]));
    CHECK_STRING(entry_at(handles[ITERATOR]), "a+1");
    OK(kevo_iterator_next(handles[ITERATOR]));
    CHECK_STRING(entry_at(handles[ITERATOR]), "b+2");
  }
  if (handles[MEMTABLE_ITERATOR] != NULL) {
    OK(kevo_iterator_last(handles[MEMTABLE_ITERATOR]));
    CHECK_STRING(entry_at(handles[MEMTABLE_ITERATOR]), "a+1");
  }
}

/* Frees all handles on one list in an order, and uses those that are left before each. */
static void free_in_order(const int *order)
{
  void *handles[HANDLES];
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 1);
  kevo_iterator *of_memtable = NULL;
  kevo_slice value;
  int i;

  put(list, "a", "1", 1);
  put(list, "b", "1", 2); /* in a memtable of its own */
  value = value_of(list, "a", KEVO_SEQUENCE_LATEST);
  handles[LIST] = list;
  handles[REF] = kevo_memtable_list_ref(list);
  handles[MEMTABLE] = memtable_of(list, 0);
  handles[ITERATOR] = iterator_of(list, NULL);
  OK(kevo_memtable_iterator(handles[MEMTABLE], NULL, &of_memtable));
  handles[MEMTABLE_ITERATOR] = of_memtable;

  for (i = 0; i < HANDLES; i++) {
    use_handles(handles, value);
    free_one(handles, order[i]);
  }
}

static void permute(int *order, int from)
{
  int i;

  if (from == HANDLES)
    free_in_order(order);
  for (i = from; i < HANDLES; i++) {
    int swapped = order[from];

    order[from] = order[i];
    order[i] = swapped;
    permute(order, from + 1);
    order[i] = order[from];
    order[from] = swapped;
  }
}

static void test_freeing_in_every_order(void)
{
  int order[HANDLES] = {LIST, REF, MEMTABLE, ITERATOR, MEMTABLE_ITERATOR};

  permute(order, 0);
}

/* A memtable outlives its list, and may still be written to. */
static void test_orphaned_memtable(void)
{
  kevo_memtable_list *list = empty_list();
  kevo_memtable *memtable = memtable_of(list, 0);
  kevo_slice value;

  kevo_memtable_list_free(list);
  OK(kevo_memtable_put(memtable, "a", 1, "1", 1, 1));
  OK(kevo_memtable_get(memtable, "a", 1, KEVO_SEQUENCE_LATEST, &value, NULL));
  CHECK_SLICE(value, "1");
  kevo_memtable_free(memtable);
}

/* A report and an error do not depend on other handles. */
static void test_report_and_error_outlive(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  kevo_error *error;
  const char *message;

  OK(kevo_recover(fixture("dmg-torn-mid-payload"), options, &list, &report, NULL));
  kevo_recovery_options_free(options);
  kevo_recovery_report_free(report);
  CHECK_NUMBER(kevo_memtable_list_count(list), 1);
  kevo_memtable_list_free(list);

  CHECK_CODE(kevo_recover(fixture("dmg-flip-payload-mid"), NULL, &list, &report, &error), KEVO_E_CORRUPT);
  message = kevo_error_message(error);
  kevo_recovery_report_free(report);
  CHECK(message != NULL && strlen(message) > 0);
  kevo_error_free(error);
}

void test_lifetimes(void)
{
  test_snapshots();
  test_freeing_in_every_order();
  test_orphaned_memtable();
  test_report_and_error_outlive();
}
