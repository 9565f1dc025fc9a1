#include <stdlib.h>

#include "../common/complaint.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "bytes.h"
#include "command.h"
#include "failure.h"
#include "opening.h"
#include "range.h"
#include "tool_options.h"
#include "writing.h"

/* Adds all keys to a batch. */
static int make_batch(const struct settings *settings, kevo_batch *batch)
{
  int status = fail(settings, batch != NULL ? KEVO_OK : KEVO_E_NO_MEMORY, NULL);
  size_t i;

  for (i = 0; i < settings->word_count && status == EXIT_SUCCESS; i++) {
    kevo_slice key = {NULL, 0};

    status = bytes_of_argument(settings, settings->words[i], &key);
    if (status == EXIT_SUCCESS)
      status = fail(settings, kevo_batch_delete(batch, key.data, key.len), NULL);
    bytes_free(&key);
  }
  return status;
}

/* Deletes all of the keys or none. */
static int delete_keys(const struct settings *settings)
{
  kevo_batch *batch = kevo_batch_new();
  uint64_t sequence = 0;
  kevo_db *db = NULL;
  int status = make_batch(settings, batch);

  if (status == EXIT_SUCCESS)
    status = open_for_writing(settings, NULL, &db);
  if (status == EXIT_SUCCESS)
    status = write_batch(settings, db, batch, &sequence);
  kevo_batch_free(batch);
  if (status == EXIT_SUCCESS)
    put_written(settings, "delete", settings->word_count, sequence);
  return close_database(settings, db, status);
}

static int delete_all_of(const struct settings *settings, kevo_db *db, const struct range *range)
{
  kevo_error *error = NULL;
  uint64_t count = 0;
  int code =
      kevo_db_delete_range(db, range->from.data, range->from.len, range->to.data, range->to.len, 0, &count, &error);

  if (code != KEVO_OK)
    return fail(settings, code, error);
  put_written(settings, "delete", count, kevo_db_last_sequence(db));
  if (!settings->json) {
    put_counted(&out, count, "key", "keys");
    put(&out, " deleted\n");
  }
  return EXIT_SUCCESS;
}

static int delete_range(const struct settings *settings)
{
  struct range range;
  kevo_db *db = NULL;
  int status = range_parse(settings, &range);

  if (status == EXIT_SUCCESS)
    status = open_for_writing(settings, NULL, &db);
  if (status == EXIT_SUCCESS)
    status = delete_all_of(settings, db, &range);
  range_free(&range);
  return close_database(settings, db, status);
}

static int run(const struct settings *settings)
{
  int has_range = is_range_given(settings);

  if (has_range == (settings->word_count > 0))
    return bad_usage("give keys, or a range by --from, --to or --prefix", has_range ? ", not both" : "");
  return has_range ? delete_range(settings) : delete_keys(settings);
}

static const struct option *const delete_options[] = {&option_from, &option_to,   &option_prefix, &option_hex,
                                                      &option_raw,  &option_json, &option_mode,   &option_adopt,
                                                      &option_yes,  NULL};

const struct command delete_command = {
    "delete",
    "DATABASE [KEY]...",
    "Deletes keys, or all keys of a range",
    "All of them are deleted, or none. It is no error if a key is not there. The bounds of a range all\n"
    "hold.\n",
    0,
    SIZE_MAX,
    delete_options,
    run};
