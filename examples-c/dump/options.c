#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "readable.h"

/* The column in which the help says what an option does. */
#define HELP_COLUMN 24

struct choice {
  const char *name;
  int value;
  const char *help;
};

static const struct choice modes[] = {
    {"tolerate-torn-tail", KEVO_RECOVERY_TOLERATE_TORN_TAIL,
     "the default: an interrupted last write is reported, other damage is an error"},
    {"absolute", KEVO_RECOVERY_ABSOLUTE, "any damage is an error"},
    {"point-in-time", KEVO_RECOVERY_POINT_IN_TIME, "read up to the first damage and no further"},
    {"skip-corrupted", KEVO_RECOVERY_SKIP_CORRUPTED, "read everything that is intact"},
    {NULL, 0, NULL}};

static const struct choice colors[] = {{"auto", COLOR_AUTO, "the default: on a terminal, unless NO_COLOR is set"},
                                       {"always", COLOR_ALWAYS, "also into a pipe"},
                                       {"never", COLOR_NEVER, "no colours"},
                                       {NULL, 0, NULL}};

static const struct choice orders[] = {
    {"log", KEVO_ORDER_LOG, "the default: the version that was written last"},
    {"sequence", KEVO_ORDER_SEQUENCE, "the version with the highest sequence number, which Kevo itself answers"},
    {NULL, 0, NULL}};

/* ---- values ------------------------------------------------------------------------------------------------- */

/* Accepts decimal digits only: no sign, no blank, nothing after the digits, no overflow. */
static int parse_number(const char *text, uint64_t *number)
{
  uint64_t n = 0;

  if (*text == '\0')
    return 0;
  for (; *text != '\0'; text++) {
    uint64_t digit = (uint64_t)(unsigned char)*text - '0';

    if (digit > 9 || n > (UINT64_MAX - digit) / 10)
      return 0;
    n = n * 10 + digit;
  }
  *number = n;
  return 1;
}

static int parse_choice(const struct choice *choices, const char *text, int *value)
{
  for (; choices->name != NULL; choices++) {
    if (strcmp(choices->name, text) == 0) {
      *value = choices->value;
      return 1;
    }
  }
  return 0;
}

const char *mode_name(int mode)
{
  const struct choice *choice = modes;

  while (choice->value != mode)
    choice++;
  return choice->name;
}

/* ---- what each option does ---------------------------------------------------------------------------------- */

static int set_json(struct settings *settings, const char *value)
{
  (void)value;
  settings->json = 1;
  return KEVO_OK;
}

static int set_mode(struct settings *settings, const char *value)
{
  return parse_choice(modes, value, &settings->mode)
             ? kevo_recovery_options_set_mode(settings->recovery, settings->mode)
             : KEVO_E_INVALID_ARGUMENT;
}

static int set_order(struct settings *settings, const char *value)
{
  int order;

  return parse_choice(orders, value, &order) ? kevo_recovery_options_set_order(settings->recovery, order)
                                             : KEVO_E_INVALID_ARGUMENT;
}

static int set_max_sequence(struct settings *settings, const char *value)
{
  uint64_t number;

  return parse_number(value, &number) ? kevo_recovery_options_set_max_sequence(settings->recovery, number)
                                      : KEVO_E_INVALID_ARGUMENT;
}

static int set_max_memtables(struct settings *settings, const char *value)
{
  uint64_t number;

  if (!parse_number(value, &number) || number > SIZE_MAX)
    return KEVO_E_INVALID_ARGUMENT;
  settings->max_memtables = (size_t)number;
  return kevo_recovery_options_set_max_memtables(settings->recovery, settings->max_memtables);
}

static int set_memtable_size(struct settings *settings, const char *value)
{
  uint64_t number;

  return parse_number(value, &number) ? kevo_recovery_options_set_memtable_size(settings->recovery, number)
                                      : KEVO_E_INVALID_ARGUMENT;
}

static int set_set_aside(struct settings *settings, const char *value)
{
  (void)value;
  settings->set_aside = 1;
  return kevo_recovery_options_set_include_set_aside(settings->recovery, 1);
}

static int set_color(struct settings *settings, const char *value)
{
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

static int set_key(struct settings *settings, const char *value)
{
  settings->for_people = "--key";
  return set_bytes(&settings->key, value);
}

static int set_prefix(struct settings *settings, const char *value)
{
  settings->for_people = "--prefix";
  return set_bytes(&settings->prefix, value);
}

static int set_limit(struct settings *settings, const char *value)
{
  settings->for_people = "--limit";
  return parse_number(value, &settings->limit) ? KEVO_OK : KEVO_E_INVALID_ARGUMENT;
}

static int set_export(struct settings *settings, const char *value)
{
  settings->out_dir = value;
  return KEVO_OK;
}

static int set_newest_only(struct settings *settings, const char *value)
{
  (void)value;
  settings->newest_only = 1;
  return KEVO_OK;
}

static const struct option options[] = {
    {"--json", NULL, "for programs: one JSON object on each line, all entries, bytes in hexadecimal", NULL, set_json},
    {"--mode", "MODE", "what to do about damage:", modes, set_mode},
    {"--order", "ORDER", "which version of a key is the newest:", orders, set_order},
    {"--max-sequence", "N", "ignore entries above this sequence number", NULL, set_max_sequence},
    {"--max-memtables", "N", "fail if more memtables than this are needed (default 4)", NULL, set_max_memtables},
    {"--memtable-size", "BYTES", "start a new memtable at this size (default 33554432)", NULL, set_memtable_size},
    {"--include-set-aside", NULL, "also read the logs that Kevo moved to backup_*/", NULL, set_set_aside},
    {"--key", "KEY", "list only the entries of this key; \\xHH is a byte, \\\\ is \\", NULL, set_key},
    {"--prefix", "PREFIX", "list only keys that begin with this, written as for --key", NULL, set_prefix},
    {"--limit", "N", "list no more than so many entries; 0 gives the summary alone", NULL, set_limit},
    {"--export", "OUT_DIR", "write what was recovered to a new directory, as a log that Kevo can open", NULL,
     set_export},
    {"--newest-only", NULL, "export of each key only its last put or delete", NULL, set_newest_only},
    {"--color", "WHEN", "whether to use colours:", colors, set_color},
};

#define OPTIONS (sizeof options / sizeof options[0])

const struct option *option_named(const char *name, size_t length)
{
  size_t i;

  for (i = 0; i < OPTIONS; i++) {
    if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0)
      return &options[i];
  }
  return NULL;
}

/* ---- help --------------------------------------------------------------------------------------------------- */

/* Prints `text` and blanks up to `column`, but at least one blank. */
static void put_padded(const char *text, size_t column)
{
  size_t length = strlen(text);

  put(&out, text);
  do
    put(&out, " ");
  while (++length < column);
}

static void put_option(const struct option *option)
{
  const struct choice *choice;
  size_t column = HELP_COLUMN - 2;

  put(&out, "  ");
  if (option->value != NULL) {
    put_padded(option->name, 0);
    put_padded(option->value, column - strlen(option->name) - 1);
  } else {
    put_padded(option->name, column);
  }
  put(&out, option->help);
  put(&out, "\n");
  for (choice = option->choices; choice != NULL && choice->name != NULL; choice++) {
    put(&out, "      ");
    put_padded(choice->name, HELP_COLUMN - 4);
    put(&out, choice->help);
    put(&out, "\n");
  }
}

void put_usage(struct output *output)
{
  static const char usage[] = "usage: kevo-dump [OPTION]... WAL_DIR\n"
                              "       kevo-dump --help | --version\n";

  put(output, usage);
}

void put_help(void)
{
  size_t i;

  put_usage(&out);
  put(&out, "\nRecovers the write-ahead log in WAL_DIR and prints what is in it. The directory is not changed.\n\n");
  for (i = 0; i < OPTIONS; i++)
    put_option(&options[i]);
  put(&out, "\nExit status: 0 recovered, 1 not recovered, written or exported, 2 bad usage.\n");
}
