#include "dump.h"

#include <stdlib.h>

#include "advice.h"
#include "census.h"
#include "complaint.h"
#include "export.h"
#include "json.h"
#include "listing.h"
#include "map.h"
#include "output.h"
#include "progress.h"
#include "recovery.h"
#include "stop.h"
#include "summary.h"
#include "terminal.h"

static int put_for_eyes(const struct recovery *recovery, const struct settings *settings, const struct files *files)
{
  struct stop stop = stop_of(recovery, settings, files);
  struct census census;
  int code = recovery->code;

  if (code == KEVO_OK)
    code = census_take(&census, recovery->list);
  summary_put(recovery, files, code == KEVO_OK ? &census : NULL);
  map_put(recovery, files, &stop);
  /* Whoever exports wants no list of the entries, unless some are asked for. */
  if (code == KEVO_OK && (settings->out_dir == NULL || settings->for_eyes != NULL))
    code = listing_put(settings, recovery->list, &census);
  return code;
}

/* On standard error, behind all that is on standard output. */
static void put_failure(const struct recovery *recovery, const struct settings *settings, const struct files *files,
                        int code)
{
  output_flush(&out);
  complain("", recovery->code != KEVO_OK ? recovery_message(recovery) : kevo_strerror(code));
  advise(&err, recovery, settings, files);
  output_flush(&err);
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
  int code;

  progress_show(settings->recovery, "reading");
  recover(&recovery, settings->wal_dir, settings->recovery);
  progress_show(settings->recovery, "trying options"); /* so as to give advice */
  files_list(&files, settings->wal_dir, settings->set_aside);
  if (settings->json) {
    code = json_dump(&recovery);
  } else {
    terminal_open(settings->color);
    code = put_for_eyes(&recovery, settings, &files);
  }
  if (code != KEVO_OK)
    put_failure(&recovery, settings, &files, code);
  else if (!settings->json)
    advise(&out, &recovery, settings, &files);
  if (code == KEVO_OK && settings->out_dir != NULL)
    code = export_list(settings, recovery.list);
  files_free(&files);
  recovery_free(&recovery);
  return code == KEVO_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
