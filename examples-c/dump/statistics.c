#include "statistics.h"

#include <stdlib.h>
#include <string.h>

#include "../common/entries.h"

static int is_key(kevo_slice a, kevo_slice b)
{
  return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* The versions of a key come one after the other, the newest first. */
static int count_entry(void *context, const kevo_entry *entry)
{
  struct statistics *statistics = context;
  int is_delete = entry->op == KEVO_OP_DELETE;

  if (statistics->keys == 0 || !is_key(entry->key, statistics->key)) {
    statistics->keys++;
    statistics->deleted_keys += (uint64_t)is_delete;
    statistics->key = entry->key;
  }
  statistics->deletes += (uint64_t)is_delete;
  statistics->puts += (uint64_t)!is_delete;
  if (entry->sequence < statistics->lowest_sequence)
    statistics->lowest_sequence = entry->sequence;
  if (entry->sequence > statistics->highest_sequence)
    statistics->highest_sequence = entry->sequence;
  if (entry->key.len > statistics->longest_key)
    statistics->longest_key = entry->key.len;
  return 1;
}

static void start(struct statistics *statistics)
{
  memset(statistics, 0, sizeof *statistics);
  statistics->lowest_sequence = KEVO_SEQUENCE_LATEST;
}

int statistics_collect(struct statistics *statistics, const kevo_memtable_list *list)
{
  kevo_scan *scan = scan_of_all();
  kevo_iterator *iterator;
  int code = scan != NULL ? kevo_memtable_list_iterator(list, scan, &iterator) : KEVO_E_NO_MEMORY;

  start(statistics);
  if (code == KEVO_OK)
    code = each_entry(iterator, count_entry, statistics);
  kevo_scan_free(scan);
  return code;
}

/* The last key that was counted: the bytes that an iterator lends are gone when the next batch comes. */
struct kept {
  struct statistics *statistics;
  char *key;
  size_t capacity;
  int code;
};

static int count_lent_entry(void *context, const kevo_entry *entry)
{
  struct kept *kept = context;
  char *key = kept->key;

  count_entry(kept->statistics, entry);
  if (entry->key.len > kept->capacity || key == NULL) {
    key = realloc(key, entry->key.len + 1);
    if (key == NULL) {
      kept->code = KEVO_E_NO_MEMORY;
      return 0;
    }
    kept->key = key;
    kept->capacity = entry->key.len;
  }
  if (entry->key.len > 0)
    memcpy(key, entry->key.data, entry->key.len);
  kept->statistics->key.data = key;
  return 1;
}

int statistics_collect_lent(struct statistics *statistics, kevo_iterator *iterator)
{
  struct kept kept = {NULL, NULL, 0, KEVO_OK};
  int code;

  start(statistics);
  kept.statistics = statistics;
  code = each_entry_of(iterator, count_lent_entry, &kept);
  free(kept.key);
  statistics->key.data = NULL;
  return code != KEVO_OK ? code : kept.code;
}
