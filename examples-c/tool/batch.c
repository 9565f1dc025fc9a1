#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../common/complaint.h"
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

/* Adds all lines to a batch. Returns: the exit status. */
static int read_batch(const struct settings *settings, struct lines *lines, kevo_batch *batch)
{
  kevo_progress_callback progress = progress_callback();
  int code, added;

  while ((code = lines_next(lines)) == KEVO_OK) {
    const char *wrong = operation_add(settings, LINES_OF_ANY, lines, batch, &added, &code);

    if (code != KEVO_OK)
      return fail(settings, code, NULL);
    if (wrong != NULL)
      return bad_line(settings, lines, wrong);
    if (progress != NULL)
      progress((void *)(uintptr_t)"reading", lines->bytes, lines->total);
  }
  progress_erase();
  if (code == KEVO_E_IO)
    return fail_with("cannot read standard input: ", strerror(errno));
  return code == KEVO_END ? EXIT_SUCCESS : fail(settings, code, NULL);
}

static int write_all(const struct settings *settings, kevo_batch *batch)
{
  uint64_t sequence = 0;
  kevo_db *db;
  int status = open_for_writing(settings, NULL, &db);

  if (status == EXIT_SUCCESS)
    status = write_batch(settings, db, batch, &sequence);
  if (status == EXIT_SUCCESS) {
    put_written(settings, "batch", kevo_batch_count(batch), sequence);
    if (!settings->json) {
      put_counted(&out, kevo_batch_count(batch), "operation", "operations");
      put(&out, " written\n");
    }
    if (settings->statistics)
      statistics_put(settings, db);
  }
  return close_database(settings, db, status);
}

/* Nothing is opened before all lines have been understood. */
static int run(const struct settings *settings)
{
  kevo_batch *batch = kevo_batch_new();
  struct lines lines;
  int status = fail(settings, batch != NULL ? KEVO_OK : KEVO_E_NO_MEMORY, NULL);

  lines_open(&lines);
  if (status == EXIT_SUCCESS)
    status = read_batch(settings, &lines, batch);
  lines_close(&lines);
  if (status == EXIT_SUCCESS)
    status = write_all(settings, batch);
  kevo_batch_free(batch);
  return status;
}

static const struct option *const batch_options[] = {&option_hex,    &option_raw,   &option_json, &option_mode,
                                                     &option_create, &option_adopt, &option_yes,  &option_statistics,
                                                     &option_color,  NULL};

const struct command batch_command = {
    "batch",
    "DATABASE",
    "Writes the operations that standard input has, all of them or none",
    "Each line is one operation: `put KEY VALUE` or `delete KEY`, with one blank, or one tab, in each\n"
    "place; a value goes to the end of its line. Or it is a JSON object:\n"
    "{\"op\":\"put\",\"key\":\"6b31\",\"value\":\"7631\"} with bytes in hexadecimal, or\n"
    "{\"op\":\"put\",\"key_text\":\"k1\",\"value_text\":\"v1\"}; without op it is a put. Empty lines are\n"
    "passed over, and so are lines that begin with #. What cannot be understood is told with the number\n"
    "of its line, and nothing is written.\n",
    0,
    0,
    batch_options,
    run};
