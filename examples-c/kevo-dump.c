/*
 * kevo-dump: recovers a write-ahead log of Kevo and prints everything that is in it.
 *
 * Uses nothing but kevo.h and the C standard library. The exit status is 0 if the log was recovered (torn tails and
 * damage that was skipped included), 1 if it was not or if the output could not be written, 2 for bad usage.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

#define EXIT_USAGE 2

/* Entries fetched by one call: enough to make the cost of the call vanish, few enough to stay in the cache. */
#define BATCH 256

/* Without --json, no more than this many bytes of a key or a value are shown. */
#define SHOWN 64

static const char usage[] =
    "usage: kevo-dump [--json] [--mode absolute|tolerate-torn-tail|point-in-time|skip-corrupted]\n"
    "                 [--order log|sequence] [--max-sequence N] [--max-memtables N]\n"
    "                 [--memtable-size BYTES] [--include-set-aside] WAL_DIR\n"
    "       kevo-dump --help | --version\n";

static const char help[] =
    "\n"
    "Recovers the write-ahead log in WAL_DIR and prints what is in it. Nothing is changed on disk.\n"
    "\n"
    "  --json                one JSON object a line; keys and values in hexadecimal\n"
    "  --mode MODE           what to do about damage:\n"
    "      tolerate-torn-tail  the default: an interrupted last write is reported, all else is an error\n"
    "      absolute            any damage is an error\n"
    "      point-in-time       read up to the first damage and no further\n"
    "      skip-corrupted      read everything that is intact\n"
    "  --order ORDER         which version of a key is the newest one:\n"
    "      log                 the default: the one that was written last\n"
    "      sequence            the one with the highest sequence number, as Kevo itself answers\n"
    "  --max-sequence N      ignore entries above this sequence number\n"
    "  --max-memtables N     fail if more memtables than this are needed (default 4)\n"
    "  --memtable-size BYTES start a new memtable at this size (default 33554432)\n"
    "  --include-set-aside   read the logs that Kevo moved to backup_*/ too\n"
    "\n"
    "Exit status: 0 recovered, 1 not recovered or not written, 2 bad usage.\n";

struct choice {
  const char *name;
  int value;
};

static const struct choice modes[] = {{"absolute", KEVO_RECOVERY_ABSOLUTE},
                                      {"tolerate-torn-tail", KEVO_RECOVERY_TOLERATE_TORN_TAIL},
                                      {"point-in-time", KEVO_RECOVERY_POINT_IN_TIME},
                                      {"skip-corrupted", KEVO_RECOVERY_SKIP_CORRUPTED},
                                      {NULL, 0}};

static const struct choice orders[] = {{"log", KEVO_ORDER_LOG}, {"sequence", KEVO_ORDER_SEQUENCE}, {NULL, 0}};

struct settings {
  const char *wal_dir;
  int json;
  int set_aside;
};

/* ---- output ------------------------------------------------------------------------------------------------- */

/* A stream with a buffer of its own. After a failed write it swallows what it is given: look at `failed`. */
struct output {
  FILE *file;
  int failed;
  int error; /* errno of the write that failed */
  size_t used;
  char bytes[1u << 18];
};

static struct output out;
static struct output err;

static char hex_pairs[256][2];

static void output_open(struct output *o, FILE *file)
{
  o->file = file;
  setvbuf(file, NULL, _IONBF, 0);
}

static void output_fail(struct output *o)
{
  if (!o->failed) {
    o->failed = 1;
    o->error = errno;
  }
}

static void output_flush(struct output *o)
{
  if (o->used > 0 && !o->failed) {
    errno = 0;
    if (fwrite(o->bytes, 1, o->used, o->file) != o->used)
      output_fail(o);
  }
  o->used = 0;
}

/* Some file systems report a full disk only when the file is closed. */
static void output_close(struct output *o)
{
  output_flush(o);
  errno = 0;
  if (fclose(o->file) != 0)
    output_fail(o);
}

static void put_bytes(struct output *o, const char *data, size_t len)
{
  while (len > 0) {
    size_t n = sizeof o->bytes - o->used;

    if (n > len)
      n = len;
    memcpy(o->bytes + o->used, data, n);
    o->used += n;
    data += n;
    len -= n;
    if (o->used == sizeof o->bytes)
      output_flush(o);
  }
}

static void put(struct output *o, const char *string)
{
  put_bytes(o, string, strlen(string));
}

static void put_number(struct output *o, uint64_t number)
{
  char digits[20];
  size_t at = sizeof digits;

  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  put_bytes(o, digits + at, sizeof digits - at);
}

static void hex_init(void)
{
  static const char digits[] = "0123456789abcdef";
  int byte;

  for (byte = 0; byte < 256; byte++) {
    hex_pairs[byte][0] = digits[byte >> 4];
    hex_pairs[byte][1] = digits[byte & 15];
  }
}

static void put_hex(struct output *o, const void *data, size_t len)
{
  const unsigned char *from = data;

  while (len > 0) {
    size_t n = (sizeof o->bytes - o->used) / 2;
    char *to = o->bytes + o->used;
    size_t i;

    if (n == 0) {
      output_flush(o);
      continue;
    }
    if (n > len)
      n = len;
    for (i = 0; i < n; i++)
      memcpy(to + 2 * i, hex_pairs[from[i]], 2);
    o->used += 2 * n;
    from += n;
    len -= n;
  }
}

/*
 * How many bytes at s are one character of UTF-8; or, if they are not valid, how many of them stand for one U+FFFD:
 * as many as could have begun a character (the practice that Unicode recommends). A string's final NUL is never a
 * continuation byte, so this does not read past it.
 */
static size_t utf8_length(const unsigned char *s, int *valid)
{
  unsigned char low = 0x80, high = 0xBF; /* limits of the second byte; further ones have these */
  size_t length, i;

  *valid = 1;
  if (s[0] < 0x80)
    return 1;
  if (s[0] >= 0xC2 && s[0] <= 0xDF) {
    length = 2;
  } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
    length = 3;
    if (s[0] == 0xE0)
      low = 0xA0; /* below: overlong */
    if (s[0] == 0xED)
      high = 0x9F; /* above: surrogates */
  } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
    length = 4;
    if (s[0] == 0xF0)
      low = 0x90; /* below: overlong */
    if (s[0] == 0xF4)
      high = 0x8F; /* above: beyond U+10FFFF */
  } else {
    *valid = 0;
    return 1;
  }
  for (i = 1; i < length && s[i] >= low && s[i] <= high; i++) {
    low = 0x80;
    high = 0xBF;
  }
  *valid = i == length;
  return i;
}

/* Text that may hold a file name, and so any byte. What a terminal would obey or JSON does not allow is escaped. */
static void put_text(struct output *o, const char *text, int json)
{
  const unsigned char *s = (const unsigned char *)text;

  while (*s != '\0') {
    int valid;
    size_t length = utf8_length(s, &valid);
    int control = valid && (s[0] < 0x20 || s[0] == 0x7F || (s[0] == 0xC2 && s[1] < 0xA0));

    if (!valid) {
      put(o, "\xEF\xBF\xBD");
    } else if (control) {
      put(o, "\\u00");
      put_hex(o, s + length - 1, 1); /* of U+0080 to U+009F, the second byte of two is the number */
    } else {
      if (json && (s[0] == '"' || s[0] == '\\'))
        put(o, "\\");
      put_bytes(o, (const char *)s, length);
    }
    s += length;
  }
}

static void put_json_string(struct output *o, const char *text)
{
  put(o, "\"");
  put_text(o, text, 1);
  put(o, "\"");
}

/* A key or a value, for eyes. */
static void put_readable(struct output *o, kevo_slice slice)
{
  const unsigned char *s = slice.data;
  size_t shown = slice.len < SHOWN ? slice.len : SHOWN;
  size_t i;

  put(o, "\"");
  for (i = 0; i < shown; i++) {
    if (s[i] < 0x20 || s[i] > 0x7E) {
      put(o, "\\x");
      put_hex(o, s + i, 1);
    } else {
      if (s[i] == '"' || s[i] == '\\')
        put(o, "\\");
      put_bytes(o, (const char *)s + i, 1);
    }
  }
  put(o, "\"");
  if (shown < slice.len) {
    put(o, "... (");
    put_number(o, slice.len);
    put(o, " bytes)");
  }
}

static void complain(const char *what, const char *text)
{
  put(&err, "kevo-dump: ");
  put(&err, what);
  put_text(&err, text, 0);
  put(&err, "\n");
  output_flush(&err);
}

/* ---- the parts that both formats share ---------------------------------------------------------------------- */

static const char *error_name(int code)
{
  switch (code) {
  case KEVO_E_INVALID_ARGUMENT:
    return "invalid-argument";
  case KEVO_E_IO:
    return "io";
  case KEVO_E_CORRUPT:
    return "corrupt";
  case KEVO_E_TOO_MANY_MEMTABLES:
    return "too-many-memtables";
  case KEVO_E_NO_MEMORY:
    return "no-memory";
  default:
    return "internal";
  }
}

static const char *error_message(int code, const kevo_error *error)
{
  const char *message = kevo_error_message(error);

  return message != NULL ? message : kevo_strerror(code);
}

/* The report's paths begin with the directory as it was given. */
static const char *below(const char *wal_dir, const char *path)
{
  size_t len = strlen(wal_dir);

  if (strncmp(path, wal_dir, len) != 0)
    return path;
  path += len;
  while (*path == '/')
    path++;
  return path;
}

static int count_entries(const kevo_memtable_list *list, uint64_t *entries)
{
  size_t i;

  *entries = 0;
  for (i = 0; i < kevo_memtable_list_count(list); i++) {
    kevo_memtable *table;
    int code = kevo_memtable_list_table(list, i, &table);

    if (code != KEVO_OK)
      return code;
    *entries += kevo_memtable_entry_count(table);
    kevo_memtable_free(table);
  }
  return KEVO_OK;
}

/* Gives every entry of the table, all versions and deletes included, to `show`. */
static int each_entry(const kevo_memtable *table, size_t index, void (*show)(size_t index, const kevo_entry *entry))
{
  static kevo_entry entries[BATCH];
  kevo_iterator *iterator = NULL;
  kevo_scan *scan = kevo_scan_new();
  int code = KEVO_E_NO_MEMORY;

  if (scan != NULL)
    code = kevo_scan_set_flags(scan, KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES);
  if (code == KEVO_OK)
    code = kevo_memtable_iterator(table, scan, &iterator);
  while (code == KEVO_OK && !out.failed) {
    size_t count, i;

    code = kevo_iterator_next_batch(iterator, entries, BATCH, &count);
    if (code == KEVO_OK) {
      for (i = 0; i < count; i++)
        show(index, &entries[i]);
    }
  }
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  return code == KEVO_END ? KEVO_OK : code;
}

/* Gives every table, and after it its entries. */
static int each_table(const kevo_memtable_list *list, void (*show_table)(size_t index, const kevo_memtable *table),
                      void (*show_entry)(size_t index, const kevo_entry *entry))
{
  size_t count = kevo_memtable_list_count(list);
  int code = KEVO_OK;
  size_t i;

  for (i = 0; i < count && code == KEVO_OK && !out.failed; i++) {
    kevo_memtable *table;

    code = kevo_memtable_list_table(list, i, &table);
    if (code == KEVO_OK) {
      show_table(i, table);
      code = each_entry(table, i, show_entry);
      kevo_memtable_free(table);
    }
  }
  return code;
}

/* ---- --json ------------------------------------------------------------------------------------------------- */

static void json_recovery(int code, const kevo_error *error, const kevo_memtable_list *list, uint64_t entries)
{
  put(&out, "{\"kind\":\"recovery\",\"ok\":");
  put(&out, code == KEVO_OK ? "true" : "false");
  put(&out, ",\"error\":");
  if (code == KEVO_OK)
    put(&out, "null");
  else
    put_json_string(&out, error_name(code));
  put(&out, ",\"max_sequence\":");
  put_number(&out, kevo_memtable_list_max_sequence(list)); /* 0 if there is no list */
  put(&out, ",\"memtables\":");
  put_number(&out, kevo_memtable_list_count(list));
  put(&out, ",\"entries\":");
  put_number(&out, entries);
  if (code != KEVO_OK) {
    put(&out, ",\"message\":");
    put_json_string(&out, error_message(code, error));
  }
  put(&out, "}\n");
}

static void json_damage(const char *wal_dir, const kevo_recovery_report *report)
{
  size_t i;

  for (i = 0; i < kevo_recovery_report_damage_count(report); i++) {
    const char *path, *what;
    uint64_t offset, length;
    int kind;

    if (kevo_recovery_report_damage(report, i, &path, &offset, &length, &kind, &what) != KEVO_OK)
      continue;
    put(&out, "{\"kind\":\"damage\",\"file\":");
    put_json_string(&out, below(wal_dir, path));
    put(&out, ",\"offset\":");
    put_number(&out, offset);
    put(&out, ",\"length\":");
    put_number(&out, length);
    put(&out, ",\"damage\":");
    put(&out, kind == KEVO_DAMAGE_TORN_TAIL ? "\"torn-tail\"}\n" : "\"corruption\"}\n");
  }
}

static void json_table(size_t index, const kevo_memtable *table)
{
  put(&out, "{\"kind\":\"memtable\",\"index\":");
  put_number(&out, index);
  put(&out, ",\"immutable\":");
  put(&out, kevo_memtable_is_immutable(table) ? "true" : "false");
  put(&out, ",\"approximate_size\":");
  put_number(&out, kevo_memtable_approximate_size(table));
  put(&out, ",\"entries\":");
  put_number(&out, kevo_memtable_entry_count(table));
  put(&out, "}\n");
}

static void json_entry(size_t index, const kevo_entry *entry)
{
  put(&out, "{\"kind\":\"entry\",\"memtable\":");
  put_number(&out, index);
  put(&out, ",\"key\":\"");
  put_hex(&out, entry->key.data, entry->key.len);
  put(&out, "\",\"sequence\":");
  put_number(&out, entry->sequence);
  if (entry->op == KEVO_OP_DELETE) {
    put(&out, ",\"op\":\"delete\",\"value\":null}\n");
  } else {
    put(&out, ",\"op\":\"put\",\"value\":\"");
    put_hex(&out, entry->value.data, entry->value.len);
    put(&out, "\"}\n");
  }
}

/* ---- for eyes ----------------------------------------------------------------------------------------------- */

static void text_line(const char *label, uint64_t number)
{
  put(&out, label);
  put_number(&out, number);
  put(&out, "\n");
}

static void text_summary(const char *wal_dir, int code, const kevo_memtable_list *list, uint64_t entries,
                         const kevo_recovery_report *report)
{
  static const struct {
    int stat;
    const char *label;
  } rest[] = {{KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE, "entries above --max-sequence  "},
              {KEVO_STAT_MERGES_IGNORED, "merges ignored                "},
              {KEVO_STAT_BATCHES_DROPPED, "incomplete batches dropped    "},
              {KEVO_STAT_BYTES_DAMAGED, "bytes damaged                 "},
              {KEVO_STAT_SET_ASIDE_DIRECTORIES, "set-aside directories         "}};
  size_t i;

  put(&out, code == KEVO_OK ? "recovered " : "not recovered: ");
  put_text(&out, wal_dir, 0);
  put(&out, "\n");
  text_line("files read                    ", kevo_recovery_report_stat(report, KEVO_STAT_FILES));
  text_line("bytes read                    ", kevo_recovery_report_stat(report, KEVO_STAT_BYTES));
  if (code == KEVO_OK) {
    text_line("memtables                     ", kevo_memtable_list_count(list));
    text_line("entries                       ", entries);
    text_line("highest sequence number       ", kevo_memtable_list_max_sequence(list));
  }
  for (i = 0; i < sizeof rest / sizeof rest[0]; i++) {
    uint64_t number = kevo_recovery_report_stat(report, rest[i].stat);

    if (number != 0)
      text_line(rest[i].label, number);
  }
}

static void text_damage(const char *wal_dir, const kevo_recovery_report *report)
{
  size_t count = kevo_recovery_report_damage_count(report);
  size_t i;

  put(&out, count == 0 ? "no damage\n" : "\ndamage\n");
  for (i = 0; i < count; i++) {
    const char *path, *what;
    uint64_t offset, length;
    int kind;

    if (kevo_recovery_report_damage(report, i, &path, &offset, &length, &kind, &what) != KEVO_OK)
      continue;
    put(&out, kind == KEVO_DAMAGE_TORN_TAIL ? "  torn tail   " : "  corruption  ");
    put_text(&out, below(wal_dir, path), 0);
    put(&out, ", offset ");
    put_number(&out, offset);
    put(&out, ", ");
    put_number(&out, length);
    put(&out, length == 1 ? " byte: " : " bytes: ");
    put_text(&out, what, 0);
    put(&out, "\n");
  }
}

static void text_hint(const kevo_recovery_report *report)
{
  if (kevo_recovery_report_stat(report, KEVO_STAT_SET_ASIDE_DIRECTORIES) > 0)
    put(&out, "\nKevo moved older logs to backup_*/ in this directory and will not read them again; they were not read "
              "here\neither. To bring them back, use --include-set-aside.\n");
}

static void text_table(size_t index, const kevo_memtable *table)
{
  uint64_t entries = kevo_memtable_entry_count(table);

  put(&out, "\nmemtable ");
  put_number(&out, index);
  put(&out, kevo_memtable_is_immutable(table) ? ", immutable, " : ", open, ");
  put_number(&out, entries);
  put(&out, entries == 1 ? " entry, approximate size " : " entries, approximate size ");
  put_number(&out, kevo_memtable_approximate_size(table));
  put(&out, "\n");
}

static void text_entry(size_t index, const kevo_entry *entry)
{
  (void)index;
  put(&out, "  ");
  put_readable(&out, entry->key);
  put(&out, " at ");
  put_number(&out, entry->sequence);
  if (entry->op == KEVO_OP_DELETE) {
    put(&out, " deleted\n");
  } else {
    put(&out, " = ");
    put_readable(&out, entry->value);
    put(&out, "\n");
  }
}

/* ---- recovery ----------------------------------------------------------------------------------------------- */

/* The last damage in the report is what recovery failed on. */
static int failed_on_torn_tail(const kevo_recovery_report *report)
{
  size_t count = kevo_recovery_report_damage_count(report);
  const char *path, *what;
  uint64_t offset, length;
  int kind;

  return count > 0 &&
         kevo_recovery_report_damage(report, count - 1, &path, &offset, &length, &kind, &what) == KEVO_OK &&
         kind == KEVO_DAMAGE_TORN_TAIL;
}

static void advise(int code, const kevo_recovery_report *report)
{
  if (code == KEVO_E_TOO_MANY_MEMTABLES)
    complain("", "raise --max-memtables or --memtable-size");
  else if (code == KEVO_E_CORRUPT && failed_on_torn_tail(report))
    complain("", "a torn tail is what a crash leaves: --mode tolerate-torn-tail reads all that stands before it");
  else if (code == KEVO_E_CORRUPT)
    complain("", "--mode skip-corrupted reads all that is intact, --mode point-in-time all that stands before the "
                 "damage");
}

static int dump(const struct settings *settings, const kevo_recovery_options *options)
{
  kevo_memtable_list *list = NULL;
  kevo_recovery_report *report = NULL;
  kevo_error *error = NULL;
  uint64_t entries = 0;
  int code = kevo_recover(settings->wal_dir, options, &list, &report, &error);

  if (code == KEVO_OK)
    code = count_entries(list, &entries);

  if (settings->json) {
    json_recovery(code, error, list, entries);
    json_damage(settings->wal_dir, report);
  } else {
    text_summary(settings->wal_dir, code, list, entries, report);
    text_damage(settings->wal_dir, report);
    if (!settings->set_aside)
      text_hint(report);
  }

  if (code == KEVO_OK && settings->json)
    code = each_table(list, json_table, json_entry);
  else if (code == KEVO_OK)
    code = each_table(list, text_table, text_entry);

  if (code != KEVO_OK) {
    output_flush(&out); /* so that on a terminal the complaint comes last */
    complain("", error_message(code, error));
    advise(code, report);
  }

  kevo_error_free(error);
  kevo_recovery_report_free(report);
  kevo_memtable_list_free(list);
  return code == KEVO_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the command line --------------------------------------------------------------------------------------- */

static int bad_usage(const char *what, const char *argument)
{
  complain(what, argument);
  put(&err, usage);
  output_flush(&err);
  return EXIT_USAGE;
}

/* Decimal digits only: no sign, no blank, nothing behind, no overflow. */
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

/* Is argv[*at] this option, as "--name VALUE" or as "--name=VALUE"? If so, *value is set, to NULL if none is there. */
static int is_option(char **argv, int *at, const char *name, const char **value)
{
  const char *argument = argv[*at];
  size_t len = strlen(name);

  if (strncmp(argument, name, len) != 0)
    return 0;
  if (argument[len] == '=') {
    *value = argument + len + 1;
    return 1;
  }
  if (argument[len] != '\0')
    return 0;
  *value = argv[*at + 1]; /* argv ends with a NULL */
  if (*value != NULL)
    ++*at;
  return 1;
}

/* Sets one option that has a value: KEVO_OK, or that the value is no good. */
static int set_option(kevo_recovery_options *options, const char *name, const char *value)
{
  uint64_t number;
  int choice;

  if (strcmp(name, "--mode") == 0)
    return parse_choice(modes, value, &choice) ? kevo_recovery_options_set_mode(options, choice)
                                               : KEVO_E_INVALID_ARGUMENT;
  if (strcmp(name, "--order") == 0)
    return parse_choice(orders, value, &choice) ? kevo_recovery_options_set_order(options, choice)
                                                : KEVO_E_INVALID_ARGUMENT;
  if (!parse_number(value, &number))
    return KEVO_E_INVALID_ARGUMENT;
  if (strcmp(name, "--max-sequence") == 0)
    return kevo_recovery_options_set_max_sequence(options, number);
  if (strcmp(name, "--memtable-size") == 0)
    return kevo_recovery_options_set_memtable_size(options, number);
  if (number > SIZE_MAX)
    return KEVO_E_INVALID_ARGUMENT;
  return kevo_recovery_options_set_max_memtables(options, (size_t)number);
}

/* EXIT_SUCCESS: go on. EXIT_USAGE: it was complained about. */
static int parse_arguments(int argc, char **argv, struct settings *settings, kevo_recovery_options *options)
{
  static const char *const with_value[] = {"--mode", "--order", "--max-sequence", "--max-memtables",
                                           "--memtable-size"};
  int only_directories = 0;
  int i;

  for (i = 1; i < argc; i++) {
    const char *value;
    size_t k;

    if (only_directories || argv[i][0] != '-') {
      if (settings->wal_dir != NULL)
        return bad_usage("one directory only, please, not also ", argv[i]);
      settings->wal_dir = argv[i];
      continue;
    }
    if (strcmp(argv[i], "--") == 0) {
      only_directories = 1;
      continue;
    }
    if (strcmp(argv[i], "--json") == 0) {
      settings->json = 1;
      continue;
    }
    if (strcmp(argv[i], "--include-set-aside") == 0) {
      settings->set_aside = 1;
      kevo_recovery_options_set_include_set_aside(options, 1);
      continue;
    }
    for (k = 0; k < sizeof with_value / sizeof with_value[0]; k++) {
      if (!is_option(argv, &i, with_value[k], &value))
        continue;
      if (value == NULL)
        return bad_usage("a value is missing after ", with_value[k]);
      if (set_option(options, with_value[k], value) != KEVO_OK) {
        put(&err, "kevo-dump: ");
        put(&err, with_value[k]);
        put(&err, " cannot be ");
        put_text(&err, value, 0);
        put(&err, "\n");
        put(&err, usage);
        output_flush(&err);
        return EXIT_USAGE;
      }
      break;
    }
    if (k == sizeof with_value / sizeof with_value[0])
      return bad_usage("there is no option ", argv[i]);
  }
  if (settings->wal_dir == NULL)
    return bad_usage("which directory? ", "WAL_DIR is missing");
  return EXIT_SUCCESS;
}

/* --help and --version are obeyed wherever they stand, except behind "--". */
static int asked_for(int argc, char **argv, const char *option)
{
  int i;

  for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
    if (strcmp(argv[i], option) == 0)
      return 1;
  }
  return 0;
}

static int run(int argc, char **argv)
{
  struct settings settings = {NULL, 0, 0};
  kevo_recovery_options *options;
  int status;

  if (asked_for(argc, argv, "--help")) {
    put(&out, usage);
    put(&out, help);
    return EXIT_SUCCESS;
  }
  if (asked_for(argc, argv, "--version")) {
    put(&out, "kevo-dump ");
    put(&out, kevo_version_string());
    put(&out, "\n");
    return EXIT_SUCCESS;
  }
  if (kevo_abi_check(KEVO_VERSION_NUMBER) != KEVO_OK) {
    complain("this libkevo is too old or too new for this program: version ", kevo_version_string());
    return EXIT_FAILURE;
  }

  options = kevo_recovery_options_new();
  if (options == NULL) {
    complain("", kevo_strerror(KEVO_E_NO_MEMORY));
    return EXIT_FAILURE;
  }
  status = parse_arguments(argc, argv, &settings, options);
  if (status == EXIT_SUCCESS)
    status = dump(&settings, options);
  kevo_recovery_options_free(options);
  return status;
}

int main(int argc, char **argv)
{
  int status;

  output_open(&out, stdout);
  output_open(&err, stderr);
  hex_init();

  status = run(argc, argv);
  if (status == EXIT_USAGE)
    return status;

  output_close(&out);
  if (out.failed) {
    complain("cannot write to standard output: ", out.error != 0 ? strerror(out.error) : "the output is incomplete");
    return EXIT_FAILURE;
  }
  return status;
}
