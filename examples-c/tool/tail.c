#include <stdlib.h>
#include <string.h>

#include "../common/files.h"
#include "../common/json_lines.h"
#include "../common/output.h"
#include "../common/paths.h"
#include "bytes.h"
#include "command.h"
#include "failure.h"
#include "tool_options.h"

/* In milliseconds. How long one wait for the next entry takes at most; whether anybody still reads is seen after it. */
#define WAIT 1000

static void put_entry(const struct settings *settings, const kevo_entry *entry)
{
  put_number(&out, entry->sequence);
  put(&out, entry->op == KEVO_OP_DELETE ? "\tdelete\t" : "\tput\t");
  bytes_put(settings->form, entry->key);
  if (entry->op != KEVO_OP_DELETE) {
    put(&out, "\t");
    bytes_put(settings->form, entry->value);
  }
  put(&out, "\n");
}

static void put_json(const kevo_entry *entry, int last_of_batch)
{
  put(&out, "{\"kind\":\"entry\",\"last_of_batch\":");
  put(&out, last_of_batch ? "true," : "false,");
  json_put_entry(entry);
}

/* Prints what has come, and waits for more if that is asked for. Whole batches are printed, also beyond the limit. */
static int follow(const struct settings *settings, kevo_log_cursor *cursor)
{
  uint64_t listed = 0;
  int last_of_batch = 1, code = KEVO_OK;
  kevo_error *error = NULL;
  kevo_entry entry;

  while ((listed < settings->limit || !last_of_batch) && !out.failed) {
    code = kevo_log_cursor_next(cursor, 0, &entry, &last_of_batch, NULL, NULL, &error);
    if (code == KEVO_END) {
      output_flush(&out);
      if (!settings->follow)
        break;
      code = kevo_log_cursor_next(cursor, WAIT, &entry, &last_of_batch, NULL, NULL, &error);
    }
    if (code == KEVO_END && !output_is_unread(&out))
      continue;
    if (code != KEVO_OK)
      break;
    if (settings->json)
      put_json(&entry, last_of_batch);
    else
      put_entry(settings, &entry);
    listed++;
  }
  return code == KEVO_END ? EXIT_SUCCESS : fail(settings, code, error);
}

/* The name of the oldest log in a directory or among those that are kept below it; NULL if there is none. */
static char *oldest_log(const char *wal)
{
  char *kept_path = joined(wal, "kept");
  struct files logs, kept;
  const char *oldest;
  char *copy;

  files_list(&logs, wal, 0);
  files_list(&kept, kept_path != NULL ? kept_path : "", 0);
  oldest = logs.count > 0 ? logs.logs[0].path : NULL;
  if (kept.count > 0 && (oldest == NULL || strcmp(kept.logs[0].path, oldest) < 0))
    oldest = kept.logs[0].path;
  copy = oldest != NULL ? joined("", oldest) : NULL;
  files_free(&logs);
  files_free(&kept);
  free(kept_path);
  return copy;
}

/* Without --after, what is there begins with the oldest log: what was written before may be in tables alone. */
static int open_cursor(const struct settings *settings, kevo_log_cursor **cursor)
{
  char *wal = joined(settings->database, "wal");
  char *oldest = wal != NULL && !settings->has_after ? oldest_log(wal) : NULL;
  kevo_error *error = NULL;
  int code = KEVO_E_NO_MEMORY;

  if (wal != NULL)
    code = oldest != NULL ? kevo_log_cursor_open_at(wal, oldest, 0, cursor, &error)
                          : kevo_log_cursor_open(wal, settings->after, cursor, &error);
  free(oldest);
  free(wal);
  return fail(settings, code, error);
}

static int run(const struct settings *settings)
{
  kevo_log_cursor *cursor = NULL;
  int status = open_cursor(settings, &cursor);

  if (status == EXIT_SUCCESS)
    status = follow(settings, cursor);
  kevo_log_cursor_free(cursor);
  return status;
}

static const struct option *const tail_options[] = {&option_after, &option_follow, &option_limit, &option_hex,
                                                    &option_raw,   &option_json,   NULL};

const struct command tail_command = {
    "tail",
    "DATABASE",
    "Lists the puts and deletes in the logs of a database, in their order",
    "Each line is the sequence number, put or delete, the key, and the value, with tabs between them.\n"
    "Another process may write to the database meanwhile. What was flushed is in no log any more, unless\n"
    "the program that writes keeps logs (kevo_db_options_set_log_retention): without --after the list\n"
    "begins with the oldest log that is there, and with it, a log that is gone is an error. --follow goes\n"
    "on until it is interrupted.\n",
    0,
    0,
    tail_options,
    run};
