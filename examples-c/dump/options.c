#include "options.h"

#include <stdlib.h>

#include "../common/readable.h"
#include "settings.h"

static const struct choice orders[] = {
    {"log", KEVO_ORDER_LOG, "the default: the version that was written last"},
    {"sequence", KEVO_ORDER_SEQUENCE, "the version with the highest sequence number, which Kevo itself answers"},
    {NULL, 0, NULL}};

/* ---- what each option does ---------------------------------------------------------------------------------- */

static int set_json(void *context, const char *value)
{
  struct settings *settings = context;

  (void)value;
  settings->json = 1;
  return KEVO_OK;
}

static int set_mode(void *context, const char *value)
{
  struct settings *settings = context;

  return parse_choice(recovery_modes, value, &settings->mode)
             ? kevo_recovery_options_set_mode(settings->recovery, settings->mode)
             : KEVO_E_INVALID_ARGUMENT;
}

static int set_order(void *context, const char *value)
{
  struct settings *settings = context;
  int order;

  settings->for_logs = "--order";
  return parse_choice(orders, value, &order) ? kevo_recovery_options_set_order(settings->recovery, order)
                                             : KEVO_E_INVALID_ARGUMENT;
}

static int set_max_sequence(void *context, const char *value)
{
  struct settings *settings = context;
  uint64_t number;

  settings->for_logs = "--max-sequence";
  return parse_number(value, &number) ? kevo_recovery_options_set_max_sequence(settings->recovery, number)
                                      : KEVO_E_INVALID_ARGUMENT;
}

static int set_max_memtables(void *context, const char *value)
{
  struct settings *settings = context;
  uint64_t number;

  if (!parse_number(value, &number) || number > SIZE_MAX)
    return KEVO_E_INVALID_ARGUMENT;
  settings->for_logs = "--max-memtables";
  settings->max_memtables = (size_t)number;
  return kevo_recovery_options_set_max_memtables(settings->recovery, settings->max_memtables);
}

static int set_memtable_size(void *context, const char *value)
{
  struct settings *settings = context;
  uint64_t number;

  settings->for_logs = "--memtable-size";
  return parse_number(value, &number) ? kevo_recovery_options_set_memtable_size(settings->recovery, number)
                                      : KEVO_E_INVALID_ARGUMENT;
}

static int set_set_aside(void *context, const char *value)
{
  struct settings *settings = context;

  (void)value;
  settings->set_aside = 1;
  return kevo_recovery_options_set_include_set_aside(settings->recovery, 1);
}

static int set_color(void *context, const char *value)
{
  struct settings *settings = context;
  int color;

  if (!parse_choice(colors, value, &color))
    return KEVO_E_INVALID_ARGUMENT;
  settings->color = (enum color)color;
  return KEVO_OK;
}

/* If the option is given again, the last value counts. */
static int set_bytes(kevo_slice *bytes, const char *value)
{
  free((void *)(uintptr_t)bytes->data);
  bytes->data = NULL;
  return parse_readable(value, bytes);
}

static int set_key(void *context, const char *value)
{
  struct settings *settings = context;

  settings->for_people = "--key";
  return set_bytes(&settings->key, value);
}

static int set_prefix(void *context, const char *value)
{
  struct settings *settings = context;

  settings->for_people = "--prefix";
  return set_bytes(&settings->prefix, value);
}

static int set_limit(void *context, const char *value)
{
  struct settings *settings = context;

  settings->for_people = "--limit";
  return parse_number(value, &settings->limit) ? KEVO_OK : KEVO_E_INVALID_ARGUMENT;
}

static int set_export(void *context, const char *value)
{
  struct settings *settings = context;

  settings->out_dir = value;
  settings->for_logs = "--export";
  return KEVO_OK;
}

static int set_newest_only(void *context, const char *value)
{
  struct settings *settings = context;

  (void)value;
  settings->newest_only = 1;
  return KEVO_OK;
}

const struct option *const dump_options[] = {
    &(const struct option){"--json", NULL,
                           "for programs: one JSON object on each line, all entries, bytes in hexadecimal", NULL,
                           set_json},
    &(const struct option){"--mode", "MODE", "what to do about damage:", recovery_modes, set_mode},
    &(const struct option){"--order", "ORDER", "which version of a key is the newest:", orders, set_order},
    &(const struct option){"--max-sequence", "N", "ignore entries above this sequence number", NULL,
                           set_max_sequence},
    &(const struct option){"--max-memtables", "N", "fail if more memtables than this are needed (default 4)", NULL,
                           set_max_memtables},
    &(const struct option){"--memtable-size", "BYTES", "start a new memtable at this size (default 33554432)", NULL,
                           set_memtable_size},
    &(const struct option){"--include-set-aside", NULL, "also read the logs that Kevo moved to backup_*/", NULL,
                           set_set_aside},
    &(const struct option){"--key", "KEY", "list only the entries of this key; \\xHH is a byte, \\\\ is \\", NULL,
                           set_key},
    &(const struct option){"--prefix", "PREFIX", "list only keys that begin with this, written as for --key", NULL,
                           set_prefix},
    &(const struct option){"--limit", "N", "list no more than so many entries; 0 gives the summary alone", NULL,
                           set_limit},
    &(const struct option){"--export", "OUT_DIR",
                           "write what was recovered to a new directory, as a log that Kevo can open", NULL,
                           set_export},
    &(const struct option){"--newest-only", NULL, "export of each key only its last put or delete", NULL,
                           set_newest_only},
    &(const struct option){"--color", "WHEN", "whether to use colours:", colors, set_color},
    NULL};

void put_usage(struct output *output)
{
  static const char usage[] = "usage: kevo-dump [OPTION]... WAL_DIR|DATABASE|TABLE\n"
                              "       kevo-dump --help | --version\n";

  put(output, usage);
}

void put_help(void)
{
  put_usage(&out);
  put(&out,
      "\nPrints what is in the write-ahead log in WAL_DIR, which it recovers; in a database: a directory with MANIFEST,\n"
      "VERSIONS or sst in it; or in a table: a file of its directory sst. Nothing there is changed.\n\n");
  put_options(dump_options);
  put(&out,
      "\nExit status: 0 recovered, a database that could be read, or an intact table; 1 not recovered or read, a damaged\n"
      "table, or not written or exported; 2 bad usage.\n");
}
