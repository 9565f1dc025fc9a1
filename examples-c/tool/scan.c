#include <stdlib.h>

#include "../common/entries.h"
#include "../common/json_lines.h"
#include "../common/output.h"
#include "bytes.h"
#include "command.h"
#include "failure.h"
#include "opening.h"
#include "range.h"
#include "tool_options.h"

struct listing {
  const struct settings *settings;
  uint64_t listed;
};

static void put_entry(const struct settings *settings, const kevo_entry *entry)
{
  bytes_put(settings->form, entry->key);
  if (!settings->keys_only) {
    put(&out, "\t");
    bytes_put(settings->form, entry->value);
  }
  put(&out, "\n");
}

static void put_json(const struct settings *settings, const kevo_entry *entry)
{
  put(&out, "{\"kind\":\"entry\",");
  if (!settings->keys_only) {
    json_put_entry(entry);
    return;
  }
  put(&out, "\"key\":\"");
  put_hex(&out, entry->key.data, entry->key.len);
  put(&out, "\",\"sequence\":");
  put_number(&out, entry->sequence);
  put(&out, "}\n");
}

/* Returns: whether more entries are wanted. */
static int list_entry(void *context, const kevo_entry *entry)
{
  struct listing *listing = context;

  if (listing->settings->json)
    put_json(listing->settings, entry);
  else
    put_entry(listing->settings, entry);
  return ++listing->listed < listing->settings->limit;
}

static int each_entry_backwards(kevo_iterator *iterator, struct listing *listing)
{
  int code = kevo_iterator_last(iterator);
  kevo_entry entry;

  while (code == KEVO_OK && !out.failed) {
    code = kevo_iterator_entry(iterator, &entry);
    if (code == KEVO_OK && !list_entry(listing, &entry))
      return KEVO_OK;
    if (code == KEVO_OK)
      code = kevo_iterator_prev(iterator);
  }
  return code == KEVO_END ? KEVO_OK : code;
}

static int list(struct listing *listing, kevo_iterator *iterator)
{
  const struct settings *settings = listing->settings;
  int code = KEVO_OK;

  if (settings->limit > 0)
    code = settings->reverse ? each_entry_backwards(iterator, listing) : each_entry_of(iterator, list_entry, listing);
  return fail_in(settings, code, iterator);
}

/* Makes a scan of the range. Returns: NULL if there is no memory. */
static kevo_scan *scan_of(const struct range *range)
{
  kevo_scan *scan = kevo_scan_new();
  int code = scan != NULL ? KEVO_OK : KEVO_E_NO_MEMORY;

  if (code == KEVO_OK && range->from.data != NULL)
    code = kevo_scan_set_lower(scan, range->from.data, range->from.len, 1);
  if (code == KEVO_OK && range->to.data != NULL)
    code = kevo_scan_set_upper(scan, range->to.data, range->to.len, 0);
  if (code != KEVO_OK) {
    kevo_scan_free(scan);
    scan = NULL;
  }
  return scan;
}

static int scan_range(const struct settings *settings, const kevo_db *db, const struct range *range)
{
  struct listing listing = {settings, 0};
  kevo_scan *scan = scan_of(range);
  kevo_iterator *iterator = NULL;
  kevo_error *error = NULL;
  int code = scan != NULL ? kevo_db_iterator(db, NULL, scan, &iterator, &error) : KEVO_E_NO_MEMORY;
  int status = fail(settings, code, error);

  if (status == EXIT_SUCCESS)
    status = list(&listing, iterator);
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  return status;
}

static int run(const struct settings *settings)
{
  struct range range;
  kevo_db *db = NULL;
  int status = range_parse(settings, &range);

  if (status == EXIT_SUCCESS)
    status = open_for_reading(settings, &db);
  if (status == EXIT_SUCCESS)
    status = scan_range(settings, db, &range);
  range_free(&range);
  return close_database(settings, db, status);
}

static const struct option *const scan_options[] = {
    &option_from,  &option_to,  &option_prefix, &option_reverse, &option_keys_only,
    &option_limit, &option_hex, &option_raw,    &option_json,    &option_mode,
    NULL};

const struct command scan_command = {"scan",
                                     "DATABASE",
                                     "Lists keys and their values in the order of the keys",
                                     "Each line is a key, a tab, and the value. The bounds of a range all hold.\n",
                                     0,
                                     0,
                                     scan_options,
                                     run};
