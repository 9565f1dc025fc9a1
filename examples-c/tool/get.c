#include <stdlib.h>

#include "../common/output.h"
#include "bytes.h"
#include "command.h"
#include "failure.h"
#include "opening.h"
#include "tool_options.h"

/* `value` is NULL if the key is not there. */
static void put_found(const struct settings *settings, kevo_slice key, const kevo_slice *value)
{
  if (settings->json) {
    put(&out, "{\"kind\":\"get\",\"key\":\"");
    put_hex(&out, key.data, key.len);
    put(&out, value != NULL ? "\",\"found\":true,\"value\":\"" : "\",\"found\":false,\"value\":null");
    if (value != NULL)
      put_hex(&out, value->data, value->len);
    put(&out, value != NULL ? "\"}\n" : "}\n");
  } else if (value != NULL) {
    if (settings->word_count > 1) {
      bytes_put(settings->form, key);
      put(&out, "\t");
    }
    bytes_put(settings->form, *value);
    if (settings->form != RAW || settings->word_count > 1)
      put(&out, "\n");
  }
}

static int get_key(const struct settings *settings, const kevo_db *db, kevo_pinned *pinned, const char *word)
{
  kevo_error *error = NULL;
  kevo_slice key, value;
  int status = bytes_of_argument(settings, word, &key);
  int code;

  if (status != EXIT_SUCCESS)
    return status;
  code = kevo_db_get(db, NULL, key.data, key.len, pinned, &value, &error);
  if (code >= 0)
    put_found(settings, key, code == KEVO_OK ? &value : NULL);
  bytes_free(&key);
  return fail(settings, code, error);
}

static int get(const struct settings *settings)
{
  kevo_pinned *pinned = kevo_pinned_new();
  kevo_db *db;
  int status, missing = EXIT_SUCCESS;
  size_t i;

  if (pinned == NULL)
    return fail(settings, KEVO_E_NO_MEMORY, NULL);
  status = open_for_reading(settings, &db);
  for (i = 0; i < settings->word_count && status == EXIT_SUCCESS; i++) {
    status = get_key(settings, db, pinned, settings->words[i]);
    if (status == EXIT_DIFFERS) {
      missing = status;
      status = EXIT_SUCCESS;
    }
  }
  kevo_pinned_free(pinned);
  status = close_database(settings, db, status);
  return status != EXIT_SUCCESS ? status : missing;
}

static const struct option *const get_options[] = {&option_hex, &option_raw, &option_json, &option_mode, NULL};

const struct command get_command = {
    "get",
    "DATABASE KEY...",
    "Prints the value of a key",
    "Of several keys, it prints each that is there, a tab, and its value. The exit status is 1 if one is\n"
    "not there.\n",
    1,
    SIZE_MAX,
    get_options,
    get};
