#include "census.h"

#include <string.h>

#include "entries.h"

static int is_key(kevo_slice a, kevo_slice b)
{
  return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Versions of a key come one after the other, the newest first. */
static int count_entry(void *context, const kevo_entry *entry)
{
  struct census *census = context;
  int is_delete = entry->op == KEVO_OP_DELETE;

  if (census->keys == 0 || !is_key(entry->key, census->key)) {
    census->keys++;
    census->deleted_keys += (uint64_t)is_delete;
    census->key = entry->key;
  }
  census->deletes += (uint64_t)is_delete;
  census->puts += (uint64_t)!is_delete;
  if (entry->sequence < census->lowest_sequence)
    census->lowest_sequence = entry->sequence;
  if (entry->sequence > census->highest_sequence)
    census->highest_sequence = entry->sequence;
  if (entry->key.len > census->longest_key)
    census->longest_key = entry->key.len;
  return 1;
}

int census_take(struct census *census, const kevo_memtable_list *list)
{
  kevo_scan *scan = scan_of_all();
  kevo_iterator *iterator;
  int code = scan != NULL ? kevo_memtable_list_iterator(list, scan, &iterator) : KEVO_E_NO_MEMORY;

  memset(census, 0, sizeof *census);
  census->lowest_sequence = KEVO_SEQUENCE_LATEST;
  if (code == KEVO_OK)
    code = each_entry(iterator, count_entry, census);
  kevo_scan_free(scan);
  return code;
}
