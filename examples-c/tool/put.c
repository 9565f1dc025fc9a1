#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "command.h"
#include "failure.h"
#include "opening.h"
#include "tool_options.h"
#include "writing.h"

/* A value has at most 1 GiB: what is longer is not read to its end. */
#define LONGEST_VALUE ((size_t)1 << 30)

/* Reads all of standard input, as it is. Returns: the exit status. */
static int read_value(const struct settings *settings, kevo_slice *value)
{
  size_t capacity = 1 << 16, used = 0, got = 1;
  char *bytes = malloc(capacity);

  while (bytes != NULL && got > 0 && used <= LONGEST_VALUE) {
    if (used == capacity) {
      char *larger = realloc(bytes, capacity *= 2);

      if (larger == NULL)
        free(bytes);
      bytes = larger;
    }
    got = bytes != NULL ? fread(bytes + used, 1, capacity - used, stdin) : 0;
    used += got;
  }
  if (bytes == NULL)
    return fail(settings, KEVO_E_NO_MEMORY, NULL);
  value->data = bytes;
  value->len = used;
  return ferror(stdin) ? fail_with("cannot read standard input: ", strerror(errno)) : EXIT_SUCCESS;
}

static int put_value(const struct settings *settings, kevo_slice key, kevo_slice value)
{
  kevo_batch *batch = kevo_batch_new();
  int code = batch != NULL ? kevo_batch_put(batch, key.data, key.len, value.data, value.len) : KEVO_E_NO_MEMORY;
  uint64_t sequence = 0;
  kevo_db *db = NULL;
  int status = fail(settings, code, NULL);

  if (status == EXIT_SUCCESS)
    status = open_for_writing(settings, NULL, &db);
  if (status == EXIT_SUCCESS)
    status = write_batch(settings, db, batch, &sequence);
  kevo_batch_free(batch);
  status = close_database(settings, db, status);
  if (status == EXIT_SUCCESS)
    put_written(settings, "put", 1, sequence);
  return status;
}

static int run(const struct settings *settings)
{
  kevo_slice key = {NULL, 0}, value = {NULL, 0};
  int status = bytes_of_argument(settings, settings->words[0], &key);

  if (status == EXIT_SUCCESS)
    status = settings->word_count > 1 ? bytes_of_argument(settings, settings->words[1], &value)
                                      : read_value(settings, &value);
  if (status == EXIT_SUCCESS)
    status = put_value(settings, key, value);
  bytes_free(&key);
  bytes_free(&value);
  return status;
}

static const struct option *const put_options_of[] = {&option_hex,    &option_raw,   &option_json, &option_mode,
                                                      &option_create, &option_adopt, &option_yes,  NULL};

const struct command put_command = {
    "put",
    "DATABASE KEY [VALUE]",
    "Gives a key a value",
    "Without VALUE it is what standard input has, byte for byte. The write is on disk when the command\n"
    "ends.\n",
    1,
    2,
    put_options_of,
    run};
