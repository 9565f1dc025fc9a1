#include "entries.h"

#include "output.h"

/* Entries fetched by one call: enough to make the cost of the call vanish, few enough to stay in the cache. */
#define BATCH 256

static int each_entry(const kevo_memtable *table, size_t index, void (*show)(size_t index, const kevo_entry *entry))
{
  static kevo_entry entries[BATCH];
  kevo_iterator *iterator = NULL;
  kevo_scan *scan = kevo_scan_new();
  int code = KEVO_E_NO_MEMORY;

  if (scan != NULL)
    code = kevo_scan_set_flags(scan, KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES);
  if (code == KEVO_OK)
    code = kevo_memtable_iterator(table, scan, &iterator);
  while (code == KEVO_OK && !out.failed) {
    size_t count, i;

    code = kevo_iterator_next_batch(iterator, entries, BATCH, &count);
    if (code == KEVO_OK) {
      for (i = 0; i < count; i++)
        show(index, &entries[i]);
    }
  }
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  return code == KEVO_END ? KEVO_OK : code;
}

int each_table(const kevo_memtable_list *list, void (*show_table)(size_t index, const kevo_memtable *table),
               void (*show_entry)(size_t index, const kevo_entry *entry))
{
  size_t count = kevo_memtable_list_count(list);
  int code = KEVO_OK;
  size_t i;

  for (i = 0; i < count && code == KEVO_OK && !out.failed; i++) {
    kevo_memtable *table;

    code = kevo_memtable_list_table(list, i, &table);
    if (code == KEVO_OK) {
      show_table(i, table);
      code = each_entry(table, i, show_entry);
      kevo_memtable_free(table);
    }
  }
  return code;
}
