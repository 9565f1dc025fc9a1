#include "entries.h"

#include "output.h"

/* Entries that one call fetches: enough to make the cost of the call small, and few enough to fit the cache. */
#define BATCH 256

kevo_scan *scan_of_all(void)
{
  kevo_scan *scan = kevo_scan_new();

  kevo_scan_set_flags(scan, KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES);
  return scan;
}

int each_entry_of(kevo_iterator *iterator, int (*visit)(void *context, const kevo_entry *entry), void *context)
{
  static kevo_entry entries[BATCH];
  int is_wanted = 1;
  int code = KEVO_OK;

  while (code == KEVO_OK && is_wanted && !out.failed) {
    size_t count, i;

    code = kevo_iterator_next_batch(iterator, entries, BATCH, &count);
    for (i = 0; code == KEVO_OK && is_wanted && i < count; i++)
      is_wanted = visit(context, &entries[i]);
  }
  return code == KEVO_END ? KEVO_OK : code;
}

int each_entry(kevo_iterator *iterator, int (*visit)(void *context, const kevo_entry *entry), void *context)
{
  int code = each_entry_of(iterator, visit, context);

  kevo_iterator_free(iterator);
  return code;
}

int each_memtable(const kevo_memtable_list *list,
               int (*visit)(void *context, size_t index, const kevo_memtable *memtable), void *context)
{
  size_t count = kevo_memtable_list_count(list);
  int code = KEVO_OK;
  size_t i;

  for (i = 0; i < count && code == KEVO_OK && !out.failed; i++) {
    kevo_memtable *memtable;

    code = kevo_memtable_list_table(list, i, &memtable);
    if (code == KEVO_OK)
      code = visit(context, i, memtable);
    kevo_memtable_free(memtable);
  }
  return code;
}
