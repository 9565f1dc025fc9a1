#include "listing.h"

#include "../common/entries.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/readable.h"
#include "../common/terminal.h"

/* The values of keys up to this length start in the same column. */
#define WIDEST_KEY 32

struct listing {
  kevo_scan *scan;
  uint64_t left;   /* how many entries may still be listed */
  uint64_t hidden; /* how many entries match, but exceed the limit */
  uint64_t listed;
  size_t memtable;
  int is_of_memtable;
  int needs_heading;
  size_t sequence_columns;
  size_t key_columns;
};

static int put_entry(void *context, const kevo_entry *entry)
{
  struct listing *listing = context;

  if (listing->left == 0) {
    listing->hidden++;
    return 1;
  }
  if (listing->needs_heading) {
    put(&out, listing->is_of_memtable ? "\nmemtable " : "\nentries");
    if (listing->is_of_memtable)
      put_grouped(&out, listing->memtable);
    put(&out, "\n");
    listing->needs_heading = 0;
  }
  listing->left--;
  listing->listed++;
  put_style(DIM);
  put_right(&out, entry->sequence, listing->sequence_columns + 2);
  put_style(PLAIN);
  put(&out, "  ");
  put_readable(entry->key, listing->key_columns);
  if (entry->op == KEVO_OP_DELETE) {
    put_styled(BAD, " deleted");
  } else {
    put(&out, " = ");
    put_readable(entry->value, 0);
  }
  put(&out, "\n");
  return 1;
}

static int put_memtable(void *context, size_t index, const kevo_memtable *memtable)
{
  struct listing *listing = context;
  kevo_iterator *iterator;
  int code = kevo_memtable_iterator(memtable, listing->scan, &iterator);

  listing->memtable = index;
  listing->needs_heading = 1;
  return code == KEVO_OK ? each_entry(iterator, put_entry, listing) : code;
}

static int restrict_scan(kevo_scan *scan, const struct settings *settings)
{
  const kevo_slice *key = &settings->key, *prefix = &settings->prefix;
  int code = KEVO_OK;

  if (prefix->data != NULL)
    code = kevo_scan_set_prefix(scan, prefix->data, prefix->len);
  if (code == KEVO_OK && key->data != NULL)
    code = kevo_scan_set_lower(scan, key->data, key->len, 1);
  if (code == KEVO_OK && key->data != NULL)
    code = kevo_scan_set_upper(scan, key->data, key->len, 1);
  return code;
}

static size_t columns_of(uint64_t number)
{
  size_t digits = 1;

  for (; number >= 10; number /= 10)
    digits++;
  return digits + (digits - 1) / 3;
}

static void put_end(const struct listing *listing, const struct settings *settings)
{
  if (listing->hidden > 0) {
    put(&out, listing->listed > 0 ? "  and " : "\n");
    put_counted(&out, listing->hidden, "entry", "entries");
    put(&out, listing->listed > 0 ? " more\n" : " not listed\n");
  } else if (listing->listed == 0 && (settings->key.data != NULL || settings->prefix.data != NULL)) {
    put(&out, "\nno entry has such a key\n");
  }
}

/* Restricts `scan` as the settings ask for, and takes it over. Returns: KEVO_OK, or the code of what failed. */
static int start(struct listing *listing, kevo_scan *scan, const struct settings *settings,
                 const struct statistics *statistics)
{
  static const struct listing empty;

  *listing = empty;
  listing->scan = scan;
  listing->left = settings->limit;
  listing->sequence_columns = columns_of(statistics->highest_sequence);
  listing->key_columns = 2 + (statistics->longest_key < WIDEST_KEY ? statistics->longest_key : WIDEST_KEY);
  return listing->scan != NULL ? restrict_scan(listing->scan, settings) : KEVO_E_NO_MEMORY;
}

int listing_put(const struct settings *settings, const kevo_memtable_list *list, const struct statistics *statistics)
{
  struct listing listing;
  int code = start(&listing, scan_of_all(), settings, statistics);

  listing.is_of_memtable = 1;
  if (code == KEVO_OK)
    code = each_memtable(list, put_memtable, &listing);
  put_end(&listing, settings);
  kevo_scan_free(listing.scan);
  return code;
}

int listing_put_of_table(const struct settings *settings, const kevo_table *table, const struct statistics *statistics)
{
  struct listing listing;
  kevo_iterator *iterator;
  int code = start(&listing, scan_of_all(), settings, statistics);

  listing.needs_heading = 1;
  if (code == KEVO_OK)
    code = kevo_table_iterator(table, listing.scan, &iterator, NULL);
  if (code == KEVO_OK)
    code = each_entry(iterator, put_entry, &listing);
  put_end(&listing, settings);
  kevo_scan_free(listing.scan);
  return code;
}

int listing_put_of_database(const struct settings *settings, const struct database *database)
{
  struct listing listing;
  kevo_iterator *iterator;
  int code = start(&listing, kevo_scan_new(), settings, &database->statistics);

  listing.needs_heading = 1;
  if (code == KEVO_OK)
    code = database_iterator(database, listing.scan, &iterator);
  if (code == KEVO_OK)
    code = each_entry(iterator, put_entry, &listing);
  put_end(&listing, settings);
  kevo_scan_free(listing.scan);
  return code;
}
