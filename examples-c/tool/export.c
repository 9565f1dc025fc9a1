#define _XOPEN_SOURCE 700

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/entries.h"
#include "../common/json_lines.h"
#include "../common/kevo_memtables.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/paths.h"
#include "../common/progress.h"
#include "../common/text.h"
#include "command.h"
#include "failure.h"
#include "opening.h"
#include "tool_options.h"

/* What all entries go to. */
struct target {
  kevo_progress_callback progress;
  uint64_t bytes;
  uint64_t total;
  kevo_memtable_list *list; /* NULL if they are printed */
  int code;                 /* of what failed with the list */
};

static int put_line(const kevo_entry *entry)
{
  put(&out, "{\"kind\":\"entry\",");
  json_put_entry(entry);
  return KEVO_OK;
}

static int take_entry(void *context, const kevo_entry *entry)
{
  struct target *target = context;

  target->bytes += entry->key.len + entry->value.len;
  if (target->progress != NULL && target->bytes < target->total)
    target->progress((void *)(uintptr_t)"exporting", target->bytes, target->total);
  target->code = target->list == NULL ? put_line(entry)
                                      : kevo_memtable_list_put(target->list, entry->key.data, entry->key.len,
                                                               entry->value.data, entry->value.len, entry->sequence);
  return target->code == KEVO_OK;
}

static int export_entries(const struct settings *settings, const kevo_db *db, struct target *target)
{
  kevo_iterator *iterator = NULL;
  kevo_error *error = NULL;
  int status = fail(settings, kevo_db_iterator(db, NULL, NULL, &iterator, &error), error);

  target->progress = progress_callback();
  target->total = kevo_db_stat(db, KEVO_DB_STAT_TABLE_BYTES) + kevo_db_stat(db, KEVO_DB_STAT_MEMTABLE_BYTES);
  if (status == EXIT_SUCCESS)
    status = fail_in(settings, each_entry_of(iterator, take_entry, target), iterator);
  progress_erase();
  if (status == EXIT_SUCCESS)
    status = fail(settings, target->code, NULL);
  kevo_iterator_free(iterator);
  return status;
}

/* ---- as a log ------------------------------------------------------------------------------------------------ */

/* Makes a list that has nothing in it yet: of a directory without logs. Returns: the exit status. */
static int make_list(const struct settings *settings, kevo_memtable_list **list)
{
  const char *parent = getenv("TMPDIR");
  char *empty = joined(parent != NULL && *parent != '\0' ? parent : "/tmp", "kevo-empty-XXXXXX");
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_error *error = NULL;
  int code = empty != NULL ? kevo_recovery_options_set_memtable_size(options, UINT64_MAX) : KEVO_E_NO_MEMORY;

  if (code == KEVO_OK && mkdtemp(empty) == NULL) {
    int status = fail_with("cannot make a directory in TMPDIR: ", strerror(errno));

    kevo_recovery_options_free(options);
    free(empty);
    return status;
  }
  if (code == KEVO_OK) {
    code = kevo_recover(empty, options, list, NULL, &error);
    rmdir(empty);
  }
  kevo_recovery_options_free(options);
  free(empty);
  return fail(settings, code, error);
}

static void put_exported(const struct settings *settings, uint64_t entries, uint64_t memtable_size)
{
  if (settings->json) {
    json_put_outcome("export", KEVO_OK);
    put(&out, ",\"directory\":");
    json_put_string(settings->log);
    put(&out, ",\"entries\":");
    put_number(&out, entries);
    put(&out, ",\"memtable_size\":");
    put_number(&out, memtable_size);
    put(&out, "}\n");
  } else {
    put_counted(&out, entries, "entry", "entries");
    put(&out, " exported to ");
    put_text(&out, settings->log, 0);
    put(&out, "\n");
  }
  output_flush(&out);
  if (advise_on_memtables(settings->json ? &err : &out, memtable_size))
    put(settings->json ? &err : &out, "\n");
  output_flush(&err);
}

static int export_log(const struct settings *settings, const kevo_db *db)
{
  struct target target = {NULL, 0, 0, NULL, KEVO_OK};
  kevo_error *error = NULL;
  uint64_t entries, memtable_size;
  int status = make_list(settings, &target.list);

  if (status == EXIT_SUCCESS)
    status = export_entries(settings, db, &target);
  if (status == EXIT_SUCCESS) {
    int code = kevo_memtable_list_export(target.list, settings->log, 0, &entries, &memtable_size, &error);

    status = fail(settings, code, error);
  }
  if (status == EXIT_SUCCESS)
    put_exported(settings, entries, memtable_size);
  kevo_memtable_list_free(target.list);
  return status;
}

static int run(const struct settings *settings)
{
  struct target printed = {NULL, 0, 0, NULL, KEVO_OK};
  kevo_db *db;
  int status = open_for_reading(settings, &db);

  if (status == EXIT_SUCCESS)
    status = settings->log != NULL ? export_log(settings, db) : export_entries(settings, db, &printed);
  return close_database(settings, db, status);
}

static const struct option *const export_options[] = {&option_to_log, &option_json, &option_mode, NULL};

const struct command export_command = {
    "export",
    "DATABASE",
    "Writes every key with its value to standard output, as JSON lines",
    "Each line is an object as kevo-dump --json prints it for an entry, with bytes in hexadecimal: kevo\n"
    "import reads them. With --log, a log that Kevo can open is written into a new directory instead.\n"
    "That takes memory for all keys and values.\n",
    0,
    0,
    export_options,
    run};
