/* libkevo, through its C interface. */

#include "store.h"

#include <kevo.h>

/* A number of entries that a program can keep on its stack. */
#define BATCH 256

static kevo_memtable_list *list;
static uint64_t sequence;

const char *store_version(void) { return kevo_version_string(); }

void store_open(const char *directory, const struct options *options) {
  kevo_recovery_options *recovery = kevo_recovery_options_new();
  kevo_error *error;
  kevo_recovery_options_set_threads(recovery, options->threads);
  kevo_recovery_options_set_max_memtables(recovery, SIZE_MAX);
  kevo_recovery_options_set_memtable_size(recovery, options->memtable_size ? options->memtable_size : UINT64_MAX);
  if (kevo_recover(directory, recovery, &list, NULL, &error) != KEVO_OK)
    fail("kevo_recover", kevo_error_message(error));
  kevo_recovery_options_free(recovery);
  sequence = kevo_memtable_list_max_sequence(list);
}

void store_close(void) { kevo_memtable_list_free(list); }

void store_put(struct slice key, struct slice value) {
  int code = kevo_memtable_list_put(list, key.data, key.len, value.data, value.len, ++sequence);
  if (code != KEVO_OK) fail("kevo_memtable_list_put", kevo_strerror(code));
}

int store_get(struct slice key, struct slice *value) {
  kevo_slice found;
  if (kevo_memtable_list_get(list, key.data, key.len, KEVO_SEQUENCE_LATEST, &found, NULL) != KEVO_OK) return 0;
  value->data = found.data;
  value->len = found.len;
  return 1;
}

void store_scan(int read, struct tally *tally) {
  kevo_iterator *iterator;
  kevo_entry entries[BATCH];
  size_t length;
  int code = kevo_memtable_list_iterator(list, NULL, &iterator);
  if (code != KEVO_OK) fail("kevo_memtable_list_iterator", kevo_strerror(code));
  while (kevo_iterator_next_batch(iterator, entries, BATCH, &length) == KEVO_OK)
    for (size_t i = 0; i < length; i++) {
      struct slice key = {entries[i].key.data, entries[i].key.len};
      struct slice value = {entries[i].value.data, entries[i].value.len};
      count(tally, key, value, read);
    }
  kevo_iterator_free(iterator);
}
