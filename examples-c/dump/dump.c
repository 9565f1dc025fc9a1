#include "dump.h"

#include <stdlib.h>

#include "advice.h"
#include "complaint.h"
#include "entries.h"
#include "eyes.h"
#include "json.h"
#include "output.h"

static int dump_json(const struct recovery *recovery)
{
  json_recovery(recovery);
  json_damage(recovery);
  return recovery->code == KEVO_OK ? each_table(recovery->list, json_table, json_entry) : recovery->code;
}

static int dump_text(const struct recovery *recovery, int set_aside)
{
  text_summary(recovery);
  text_damage(recovery);
  if (!set_aside)
    text_hint(recovery);
  return recovery->code == KEVO_OK ? each_table(recovery->list, text_table, text_entry) : recovery->code;
}

int dump(const struct settings *settings)
{
  struct recovery recovery;
  int code;

  recover(&recovery, settings->wal_dir, settings->recovery);
  code = settings->json ? dump_json(&recovery) : dump_text(&recovery, settings->set_aside);
  if (code != KEVO_OK) {
    output_flush(&out); /* so that on a terminal the complaint comes last */
    complain("", recovery.code != KEVO_OK ? recovery_message(&recovery) : kevo_strerror(code));
    advise(&recovery);
  }
  recovery_free(&recovery);
  return code == KEVO_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
