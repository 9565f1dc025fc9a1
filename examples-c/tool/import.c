#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../common/complaint.h"
#include "../common/entries.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/progress.h"
#include "command.h"
#include "failure.h"
#include "opening.h"
#include "operations.h"
#include "statistics.h"
#include "tool_options.h"
#include "writing.h"

/* A piece that is as large, in bytes of log or in operations, is written. */
#define PIECE_BYTES ((uint64_t)1 << 20)
#define PIECE_OPERATIONS 10000

struct import {
  const struct settings *settings;
  kevo_db *db;
  kevo_batch *batch; /* what is not written yet */
  uint64_t written;  /* operations */
  uint64_t sequence;
  int status;
};

static int write_piece(struct import *import)
{
  import->status = write_batch(import->settings, import->db, import->batch, &import->sequence);
  if (import->status == EXIT_SUCCESS)
    import->written += kevo_batch_count(import->batch);
  kevo_batch_clear(import->batch);
  return import->status;
}

static int write_if_large(struct import *import)
{
  return kevo_batch_size(import->batch) >= PIECE_BYTES || kevo_batch_count(import->batch) >= PIECE_OPERATIONS
             ? write_piece(import)
             : EXIT_SUCCESS;
}

/* ---- JSON lines ---------------------------------------------------------------------------------------------- */

static int import_line(struct import *import, struct lines *lines)
{
  int code, added;
  const char *wrong = operation_add(import->settings, LINES_OF_JSON, lines, import->batch, &added, &code);

  if (code != KEVO_OK)
    return fail(import->settings, code, NULL);
  if (wrong != NULL)
    return bad_line(import->settings, lines, wrong);
  return write_if_large(import);
}

static int import_lines(struct import *import)
{
  kevo_progress_callback progress = progress_callback();
  struct lines lines;
  int code;

  lines_open(&lines);
  while ((code = lines_next(&lines)) == KEVO_OK && import->status == EXIT_SUCCESS) {
    import->status = import_line(import, &lines);
    if (progress != NULL)
      progress((void *)(uintptr_t)"importing", lines.bytes, lines.total);
  }
  lines_close(&lines);
  progress_erase();
  if (import->status == EXIT_SUCCESS && code == KEVO_E_IO)
    import->status = fail_with("cannot read standard input: ", strerror(errno));
  else if (import->status == EXIT_SUCCESS && code != KEVO_END)
    import->status = fail(import->settings, code, NULL);
  return import->status;
}

/* ---- a log --------------------------------------------------------------------------------------------------- */

static int import_entry(void *context, const kevo_entry *entry)
{
  struct import *import = context;
  int code = entry->op == KEVO_OP_DELETE ? kevo_batch_delete(import->batch, entry->key.data, entry->key.len)
                                         : kevo_batch_put(import->batch, entry->key.data, entry->key.len,
                                                          entry->value.data, entry->value.len);

  import->status = fail(import->settings, code, NULL);
  if (import->status == EXIT_SUCCESS)
    import->status = write_if_large(import);
  return import->status == EXIT_SUCCESS;
}

static int import_list(struct import *import, const kevo_memtable_list *list)
{
  kevo_scan *scan = kevo_scan_new();
  kevo_iterator *iterator = NULL;
  int code = scan != NULL ? kevo_scan_set_flags(scan, KEVO_SCAN_TOMBSTONES) : KEVO_E_NO_MEMORY;

  if (code == KEVO_OK)
    code = kevo_memtable_list_iterator(list, scan, &iterator);
  if (code == KEVO_OK)
    code = each_entry_of(iterator, import_entry, import);
  if (import->status == EXIT_SUCCESS)
    import->status = fail(import->settings, code, NULL);
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  return import->status;
}

/* Recovers the log. Returns: the exit status. */
static int recover_log(const struct settings *settings, kevo_memtable_list **list)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_error *error = NULL;
  int code = kevo_recovery_options_set_mode(options, settings->mode);

  if (code == KEVO_OK)
    code = kevo_recovery_options_set_max_memtables(options, SIZE_MAX);
  progress_show(options, "reading");
  if (code == KEVO_OK)
    code = kevo_recover(settings->log, options, list, NULL, &error);
  progress_erase();
  kevo_recovery_options_free(options);
  return fail(settings, code, error);
}

/* ---- both ---------------------------------------------------------------------------------------------------- */

static void put_imported(const struct import *import)
{
  output_flush(&out);
  if (import->status != EXIT_SUCCESS && import->written > 0) {
    put(&err, "  ");
    put_counted(&err, import->written, "operation", "operations");
    put(&err, " before it had been written, and stay\n");
    output_flush(&err);
  } else if (import->status == EXIT_SUCCESS) {
    put_written(import->settings, "import", import->written, import->sequence);
    if (!import->settings->json) {
      put_counted(&out, import->written, "operation", "operations");
      put(&out, " written\n");
    }
  }
}

static int import(struct import *import, const kevo_memtable_list *list)
{
  import->batch = kevo_batch_new();
  import->status = fail(import->settings, import->batch != NULL ? KEVO_OK : KEVO_E_NO_MEMORY, NULL);
  if (import->status == EXIT_SUCCESS)
    import->status = list != NULL ? import_list(import, list) : import_lines(import);
  if (import->status == EXIT_SUCCESS)
    write_piece(import);
  put_imported(import);
  if (import->status == EXIT_SUCCESS && import->settings->statistics)
    statistics_put(import->settings, import->db);
  kevo_batch_free(import->batch);
  return import->status;
}

static int run(const struct settings *settings)
{
  struct import state = {settings, NULL, NULL, 0, 0, EXIT_SUCCESS};
  kevo_memtable_list *list = NULL;
  int status = settings->log != NULL ? recover_log(settings, &list) : EXIT_SUCCESS;

  if (status == EXIT_SUCCESS)
    status = open_for_writing(settings, NULL, &state.db);
  if (status == EXIT_SUCCESS)
    status = import(&state, list);
  kevo_memtable_list_free(list);
  return close_database(settings, state.db, status);
}

static const struct option *const import_options[] = {&option_from_log, &option_json,       &option_mode,
                                                      &option_create,   &option_adopt,      &option_yes,
                                                      &option_color,    &option_statistics, NULL};

const struct command import_command = {
    "import",
    "DATABASE",
    "Writes the JSON lines that standard input has",
    "Lines are objects as kevo export and kevo-dump --json print them, or as in kevo batch. They are\n"
    "written in pieces of about 1 MiB, each whole or not at all. If a line cannot be understood, its\n"
    "number is told, and what was written before it stays. With --log, the newest put or delete of each\n"
    "key in a log of Kevo's is written instead.\n",
    0,
    0,
    import_options,
    run};
