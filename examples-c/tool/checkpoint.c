#include <stdlib.h>

#include "../common/json_lines.h"
#include "../common/output.h"
#include "../common/progress.h"
#include "../common/text.h"
#include "command.h"
#include "failure.h"
#include "opening.h"
#include "tool_options.h"

static int checkpoint(const struct settings *settings, kevo_db *db)
{
  const char *into = settings->words[0];
  kevo_error *error = NULL;
  int code = kevo_db_checkpoint(db, into, progress_callback(), (void *)(uintptr_t)"copying", &error);

  progress_erase();
  if (code == KEVO_OK && settings->json) {
    json_put_outcome("checkpoint", code);
    put(&out, ",\"directory\":");
    json_put_string(into);
    put(&out, ",\"sequence\":");
    put_number(&out, kevo_db_last_sequence(db));
    put(&out, "}\n");
  } else if (code == KEVO_OK) {
    put(&out, "all up to sequence number ");
    put_number(&out, kevo_db_last_sequence(db));
    put(&out, " is in ");
    put_text(&out, into, 0);
    put(&out, "\n");
  }
  return fail(settings, code, error);
}

static int run(const struct settings *settings)
{
  kevo_db *db;
  int status = open_for_writing(settings, NULL, &db);

  if (status == EXIT_SUCCESS)
    status = checkpoint(settings, db);
  return close_database(settings, db, status);
}

static const struct option *const checkpoint_options[] = {&option_json, &option_mode, &option_adopt, &option_yes,
                                                          NULL};

const struct command checkpoint_command = {
    "checkpoint",
    "DATABASE NEW-DATABASE",
    "Makes a second database of all that is there",
    "NEW-DATABASE must not be there, or be empty; it is there whole or not at all. On one file system\n"
    "tables are linked, and take no space twice. The database is opened for writing; a process that has\n"
    "it open makes checkpoints itself, by kevo_db_checkpoint.\n",
    1,
    1,
    checkpoint_options,
    run};
