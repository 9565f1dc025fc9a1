#include <stdlib.h>

#include "../common/json_lines.h"
#include "../common/output.h"
#include "../common/progress.h"
#include "../common/text.h"
#include "command.h"
#include "damage.h"
#include "failure.h"
#include "tool_options.h"

static void put_json(const struct damage_count *count, const char *into)
{
  json_put_outcome("salvage", KEVO_OK);
  put(&out, ",\"directory\":");
  json_put_string(into);
  put(&out, ",\"damaged\":");
  put_number(&out, count->damaged);
  put(&out, ",\"doubt\":");
  put_number(&out, count->doubt);
  put(&out, ",\"torn_tails\":");
  put_number(&out, count->torn);
  put(&out, "}\n");
}

static void put_for_people(const struct damage_count *count, const char *into)
{
  put_styled(GOOD, "salvaged ");
  put(&out, "into ");
  put_text(&out, into, 0);
  put(&out, "\n");
  if (count->damaged > 0)
    put(&out, "  keys that stood only in what is damaged or missing are gone\n");
  if (count->doubt > 0)
    put(&out, "  some keys may have older values, or be there though they were deleted, where it says in doubt\n");
  if (count->damaged + count->doubt == 0)
    put(&out, "  it holds what the old one held\n");
}

static int put_outcome(const struct settings *settings, const kevo_recovery_report *report)
{
  struct damage_count count = {0, 0, 0};

  damage_put(settings, report, NULL, &count);
  if (settings->json)
    put_json(&count, settings->words[0]);
  else
    put_for_people(&count, settings->words[0]);
  return count.damaged + count.doubt > 0 ? EXIT_DAMAGE : EXIT_SUCCESS;
}

static int run(const struct settings *settings)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  struct damage_count count = {0, 0, 0};
  kevo_recovery_report *report = NULL;
  kevo_error *error = NULL;
  int code = options != NULL ? KEVO_OK : KEVO_E_NO_MEMORY, status;

  progress_show(options, "salvaging");
  if (code == KEVO_OK)
    code = kevo_db_salvage(settings->database, settings->words[0], options, &report, &error);
  progress_erase();
  if (code == KEVO_OK) {
    status = put_outcome(settings, report);
  } else {
    damage_put(settings, report, NULL, &count);
    status = fail(settings, code, error);
  }
  kevo_recovery_report_free(report);
  kevo_recovery_options_free(options);
  return status;
}

static const struct option *const salvage_options[] = {&option_json, &option_color, NULL};

const struct command salvage_command = {
    "salvage",
    "DATABASE NEW-DATABASE",
    "Makes a new database of what is left of a damaged one",
    "Nothing in DATABASE changes. NEW-DATABASE must not be there, or be empty; it is there whole or not\n"
    "at all. The exit status is 0 if it holds all that the old one held, and 3 if something is lost or in\n"
    "doubt, all of which is listed.\n",
    1,
    1,
    salvage_options,
    run};
