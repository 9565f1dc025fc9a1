#include "dump.h"

#include <stdlib.h>

#include "../common/complaint.h"
#include "../common/output.h"
#include "../common/progress.h"
#include "../common/terminal.h"
#include "advice.h"
#include "export.h"
#include "json.h"
#include "listing.h"
#include "map.h"
#include "recovery.h"
#include "statistics.h"
#include "stop.h"
#include "summary.h"

static int put_for_people(const struct recovery *recovery, const struct settings *settings, const struct files *files)
{
  struct stop stop = stop_of(recovery, settings, files);
  struct statistics statistics;
  int code = recovery->code;

  if (code == KEVO_OK)
    code = statistics_collect(&statistics, recovery->list);
  summary_put(recovery, files, code == KEVO_OK ? &statistics : NULL);
  map_put(recovery, files, &stop);
  /* An export does not list the entries, unless an option asks for some of them. */
  if (code == KEVO_OK && (settings->out_dir == NULL || settings->for_people != NULL))
    code = listing_put(settings, recovery->list, &statistics);
  return code;
}

/* Writes to standard error, once everything before it is on standard output. */
static void put_failure(const struct recovery *recovery, int code)
{
  output_flush(&out);
  complain("", recovery->code != KEVO_OK ? recovery_message(recovery) : kevo_strerror(code));
}

static int export_list(const struct settings *settings, const kevo_memtable_list *list)
{
  struct export export;

  export_run(&export, settings, list);
  if (settings->json)
    json_put_export(&export);
  else if (export.code == KEVO_OK)
    export_put(&export);
  output_flush(&out);
  if (export.code == KEVO_OK)
    export_advise(settings->json ? &err : &out, &export, settings);
  else
    complain("", export_message(&export));
  output_flush(&err);
  export_free(&export);
  return export.code;
}

int dump(const struct settings *settings)
{
  struct recovery recovery;
  struct files files;
  int code, status;

  files_list(&files, settings->path, settings->set_aside);
  progress_show(settings->recovery, "reading");
  recover(&recovery, settings->path, settings->recovery);
  if (settings->json) {
    code = json_dump(&recovery);
  } else {
    files_list_again(&files, settings->path, settings->set_aside);
    terminal_open(settings->color);
    code = put_for_people(&recovery, settings, &files);
  }
  status = code;
  if (code != KEVO_OK)
    put_failure(&recovery, code);
  else if (settings->out_dir != NULL)
    status = export_list(settings, recovery.list);

  recovery_free_list(&recovery); /* Advice needs further recoveries, and memory may be too small for two lists. */
  progress_show(settings->recovery, "trying options");
  if (code != KEVO_OK || !settings->json)
    advise(code != KEVO_OK ? &err : &out, &recovery, settings, &files);
  output_flush(&err);
  files_free(&files);
  recovery_free(&recovery);
  return status == KEVO_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
