/* Many entries at a time: next_batch and next_packed. */
#include "harness.h"

static void test_next_batch(void)
{
  kevo_memtable_list *list = letters(); /* a c g */
  kevo_iterator *iterator = iterator_of(list, NULL);
  kevo_entry entries[4];
  size_t count;

  OK(kevo_iterator_next_batch(iterator, entries, 2, &count));
  CHECK_NUMBER(count, 2);
  CHECK_SLICE(entries[0].key, "a");
  CHECK_SLICE(entries[1].key, "c");
  CHECK_SLICE(entries[1].value, "C");
  CHECK_NUMBER(entries[1].sequence, 5);
  CHECK_NUMBER(entries[1].op, KEVO_OP_PUT);
  CHECK_NUMBER(entries[1].reserved, 0);
  CHECK_STRING(entry_at(iterator), "c+5"); /* on the last one given */

  memset(entries, 0x55, sizeof entries);
  OK(kevo_iterator_next_batch(iterator, entries, 4, &count));
  CHECK_NUMBER(count, 1);
  CHECK_SLICE(entries[0].key, "g");
  CHECK_NUMBER(entries[1].sequence, UINT64_C(0x5555555555555555));
  CHECK_STRING(entry_at(iterator), "g+1");

  count = MARKED_NUMBER;
  CHECK_CODE(kevo_iterator_next_batch(iterator, entries, 4, &count), KEVO_END);
  CHECK_NUMBER(count, 0);
  CHECK_CODE(kevo_iterator_next_batch(iterator, entries, 4, &count), KEVO_END);
  CHECK_STRING(entry_at(iterator), "END");
  OK(kevo_iterator_prev(iterator));
  CHECK_STRING(entry_at(iterator), "g+1");

  /* From where the iterator is. */
  OK(kevo_iterator_first(iterator));
  OK(kevo_iterator_next_batch(iterator, entries, 1, &count));
  CHECK_NUMBER(count, 1);
  CHECK_SLICE(entries[0].key, "c");
  OK(kevo_iterator_next(iterator));
  CHECK_STRING(entry_at(iterator), "g+1");
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);
}

static uint64_t little_endian(const unsigned char *bytes, int count)
{
  uint64_t number = 0;

  while (count-- > 0)
    number = number << 8 | bytes[count];
  return number;
}

/* Checks one packed entry and gives its length. */
static size_t check_packed(const unsigned char *at, const char *key, const char *value, uint64_t sequence, unsigned op)
{
  const size_t key_len = strlen(key), value_len = strlen(value);

  CHECK_NUMBER(little_endian(at, 4), key_len);
  CHECK_NUMBER(little_endian(at + 4, 4), value_len);
  CHECK_NUMBER(little_endian(at + 8, 8), sequence);
  CHECK_NUMBER(little_endian(at + 16, 4), op);
  CHECK_NUMBER(little_endian(at + 20, 4), 0);
  CHECK(memcmp(at + 24, key, key_len) == 0);
  CHECK(memcmp(at + 24 + key_len, value, value_len) == 0);
  return 24 + key_len + value_len;
}

static void test_next_packed(void)
{
  kevo_memtable_list *list = empty_list();
  kevo_scan *scan = scan_with(KEVO_SCAN_TOMBSTONES, KEVO_SEQUENCE_LATEST);
  kevo_iterator *iterator;
  unsigned char buffer[256];
  size_t used, count, at;

  put(list, "key", "value", UINT64_C(0x0102030405060708));
  delete(list, "lock", 2);
  put(list, "m", "", 3);
  iterator = iterator_of(list, scan);

  /* Too small for the first one, which takes 32. */
  memset(buffer, 0x55, sizeof buffer);
  count = MARKED_NUMBER;
  CHECK_CODE(kevo_iterator_next_packed(iterator, NULL, 0, &used, &count), KEVO_E_BUFFER_TOO_SMALL);
  CHECK_NUMBER(used, 32);
  CHECK_CODE(kevo_iterator_next_packed(iterator, buffer, 0, &used, &count), KEVO_E_BUFFER_TOO_SMALL);
  CHECK_NUMBER(used, 32);
  CHECK_CODE(kevo_iterator_next_packed(iterator, buffer, 31, &used, &count), KEVO_E_BUFFER_TOO_SMALL);
  CHECK_NUMBER(used, 32);
  CHECK(count == MARKED_NUMBER || count == 0);
  CHECK(buffer[0] == 0x55);
  CHECK_STRING(entry_at(iterator), "END");

  /* Room for one, and not quite for two. */
  OK(kevo_iterator_next_packed(iterator, buffer, 32 + 27, &used, &count));
  CHECK_NUMBER(used, 32);
  CHECK_NUMBER(count, 1);
  CHECK_NUMBER(check_packed(buffer, "key", "value", UINT64_C(0x0102030405060708), KEVO_OP_PUT), 32);
  CHECK(buffer[32 + 27] == 0x55);
  CHECK_STRING(entry_at(iterator), "key+72623859790382856");

  CHECK_CODE(kevo_iterator_next_packed(iterator, buffer, 27, &used, &count), KEVO_E_BUFFER_TOO_SMALL);
  CHECK_NUMBER(used, 28);
  CHECK_STRING(entry_at(iterator), "key+72623859790382856");

  /* Room for the rest, exactly. */
  OK(kevo_iterator_next_packed(iterator, buffer, 28 + 25, &used, &count));
  CHECK_NUMBER(used, 28 + 25);
  CHECK_NUMBER(count, 2);
  at = check_packed(buffer, "lock", "", 2, KEVO_OP_DELETE);
  at += check_packed(buffer + at, "m", "", 3, KEVO_OP_PUT);
  CHECK_NUMBER(at, used);
  CHECK_STRING(entry_at(iterator), "m+3");

  used = count = MARKED_NUMBER;
  CHECK_CODE(kevo_iterator_next_packed(iterator, NULL, 0, &used, &count), KEVO_END);
  CHECK_NUMBER(used, 0);
  CHECK_NUMBER(count, 0);
  used = count = MARKED_NUMBER;
  CHECK_CODE(kevo_iterator_next_packed(iterator, buffer, sizeof buffer, &used, &count), KEVO_END);
  CHECK_NUMBER(used, 0);
  CHECK_NUMBER(count, 0);
  CHECK_STRING(entry_at(iterator), "END");
  OK(kevo_iterator_prev(iterator));
  CHECK_STRING(entry_at(iterator), "m+3");

  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* Thousands of entries in batches that do not divide them, against the same one by one. */
static void test_long_scans(void)
{
  kevo_memtable_list *list = recover(fixture("many-keys"), NULL);
  kevo_scan *scan = scan_with(EVERYTHING, KEVO_SEQUENCE_LATEST);
  kevo_iterator *one = iterator_of(list, scan);
  kevo_iterator *many = iterator_of(list, scan);
  kevo_iterator *packed = iterator_of(list, scan);
  kevo_entry entries[7], entry;
  unsigned char buffer[1000];
  size_t count, used, i, total = 0, packed_total = 0;
  int code;

  while ((code = kevo_iterator_next_batch(many, entries, 7, &count)) == KEVO_OK) {
    for (i = 0; i < count; i++, total++) {
      if (!CHECK(kevo_iterator_next(one) == KEVO_OK && kevo_iterator_entry(one, &entry) == KEVO_OK))
        break;
      CHECK(entry.key.data == entries[i].key.data && entry.key.len == entries[i].key.len);
      CHECK(entry.value.data == entries[i].value.data && entry.value.len == entries[i].value.len);
      CHECK(entry.sequence == entries[i].sequence && entry.op == entries[i].op);
    }
  }
  CHECK_CODE(code, KEVO_END);
  CHECK_CODE(kevo_iterator_next(one), KEVO_END);
  CHECK_NUMBER(total, 5000);

  while ((code = kevo_iterator_next_packed(packed, buffer, sizeof buffer, &used, &count)) == KEVO_OK) {
    CHECK(used <= sizeof buffer && count > 0);
    packed_total += count;
  }
  CHECK_CODE(code, KEVO_END);
  CHECK_NUMBER(packed_total, 5000);

  kevo_iterator_free(one);
  kevo_iterator_free(many);
  kevo_iterator_free(packed);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

void test_batches(void)
{
  test_next_batch();
  test_next_packed();
  test_long_scans();
}
