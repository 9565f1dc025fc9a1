/*
 * Calls every function of kevo.h, rightly and wrongly, and checks what comes of it: the code, the outputs, and that
 * outputs are left alone where the header says that they are.
 *
 * usage: harness FIXTURES SCRATCH (SCRATCH is an empty directory that may be written to)
 */
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

static const char *fixtures;
static const char *scratch;

/* ---- checks ------------------------------------------------------------------------------------------------- */

static unsigned long checks;
static unsigned long failures;

static int check(int holds, const char *file, int line, const char *text)
{
  checks++;
  if (!holds) {
    failures++;
    printf("%s:%d: %s\n", file, line, text);
  }
  return holds;
}

static void check_number(uint64_t actual, uint64_t expected, const char *file, int line, const char *text)
{
  if (!check(actual == expected, file, line, text))
    printf("  is %" PRIu64 ", should be %" PRIu64 "\n", actual, expected);
}

static void check_code(int actual, int expected, const char *file, int line, const char *text)
{
  if (!check(actual == expected, file, line, text))
    printf("  is %d (%s), should be %d\n", actual, kevo_strerror(actual), expected);
}

static void check_bytes(const void *actual, size_t actual_len, const char *expected, const char *file, int line,
                        const char *text)
{
  size_t len = strlen(expected);

  if (!check(actual_len == len && (len == 0 || memcmp(actual, expected, len) == 0), file, line, text)) {
    printf("  is \"");
    if (actual != NULL)
      fwrite(actual, 1, actual_len < 200 ? actual_len : 200, stdout);
    printf("\" (%zu bytes), should be \"%s\"\n", actual_len, expected);
  }
}

static void check_string(const char *actual, const char *expected, const char *file, int line, const char *text)
{
  check_bytes(actual, actual != NULL ? strlen(actual) : 0, expected, file, line, text);
}

#define CHECK(condition) check((condition) ? 1 : 0, __FILE__, __LINE__, #condition)
#define CHECK_NUMBER(actual, expected) check_number((actual), (expected), __FILE__, __LINE__, #actual)
#define CHECK_CODE(call, expected) check_code((call), (expected), __FILE__, __LINE__, #call)
#define CHECK_SLICE(slice, expected) check_bytes((slice).data, (slice).len, (expected), __FILE__, __LINE__, #slice)
#define CHECK_STRING(string, expected) check_string((string), (expected), __FILE__, __LINE__, #string)

#define OK(call) CHECK_CODE(call, KEVO_OK)
#define INVALID(call) CHECK_CODE(call, KEVO_E_INVALID_ARGUMENT)

/* ---- what the tests are made of ----------------------------------------------------------------------------- */

/* Stands in outputs, to see whether they are written. */
static const char marker[] = "marker";
#define MARKED_NUMBER 77777u
#define MARKED_CODE 7777

static kevo_slice marked_slice(void)
{
  kevo_slice slice;

  slice.data = marker;
  slice.len = MARKED_NUMBER;
  return slice;
}

static int is_marked(kevo_slice slice)
{
  return slice.data == marker && slice.len == MARKED_NUMBER;
}

static kevo_slice slice_of(const char *string)
{
  kevo_slice slice;

  slice.data = string;
  slice.len = strlen(string);
  return slice;
}

/* A path in memory that is used again after a good many calls. */
static const char *path_of(const char *directory, const char *below)
{
  static char paths[32][4096];
  static unsigned turn;
  char *path = paths[turn++ % 32];

  if (strlen(directory) + strlen(below) + 2 > sizeof paths[0]) {
    printf("%s/%s: too long a path\n", directory, below);
    exit(EXIT_FAILURE);
  }
  sprintf(path, "%s/%s", directory, below);
  return path;
}

static const char *fixture(const char *name)
{
  return path_of(path_of(fixtures, name), "wal");
}

/* A list without which a test cannot go on. */
static kevo_memtable_list *recover(const char *wal_dir, const kevo_recovery_options *options)
{
  kevo_memtable_list *list = NULL;
  kevo_error *error = NULL;

  if (kevo_recover(wal_dir, options, &list, NULL, &error) != KEVO_OK || list == NULL) {
    printf("%s: %s\n", wal_dir, error != NULL ? kevo_error_message(error) : "not recovered");
    exit(EXIT_FAILURE);
  }
  kevo_error_free(error);
  return list;
}

static kevo_memtable_list *empty_list(void)
{
  return recover(scratch, NULL);
}

static kevo_memtable_list *empty_list_with(int order, uint64_t memtable_size)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list;

  OK(kevo_recovery_options_set_order(options, order));
  OK(kevo_recovery_options_set_memtable_size(options, memtable_size));
  OK(kevo_recovery_options_set_max_memtables(options, 1));
  list = recover(scratch, options);
  kevo_recovery_options_free(options);
  return list;
}

static kevo_memtable *table_of(const kevo_memtable_list *list, size_t index)
{
  kevo_memtable *table = NULL;

  if (kevo_memtable_list_table(list, index, &table) != KEVO_OK || table == NULL) {
    printf("there is no table %zu\n", index);
    exit(EXIT_FAILURE);
  }
  return table;
}

static kevo_iterator *iterator_of(const kevo_memtable_list *list, const kevo_scan *scan)
{
  kevo_iterator *iterator = NULL;

  if (kevo_memtable_list_iterator(list, scan, &iterator) != KEVO_OK || iterator == NULL) {
    printf("there is no iterator\n");
    exit(EXIT_FAILURE);
  }
  return iterator;
}

static void put(kevo_memtable_list *list, const char *key, const char *value, uint64_t sequence)
{
  OK(kevo_memtable_list_put(list, key, strlen(key), value, strlen(value), sequence));
}

static void delete(kevo_memtable_list *list, const char *key, uint64_t sequence)
{
  OK(kevo_memtable_list_delete(list, key, strlen(key), sequence));
}

static int get_code(const kevo_memtable_list *list, const char *key, uint64_t max_sequence)
{
  return kevo_memtable_list_get(list, key, strlen(key), max_sequence, NULL, NULL);
}

static kevo_slice value_of(const kevo_memtable_list *list, const char *key, uint64_t max_sequence)
{
  kevo_slice value = marked_slice();

  OK(kevo_memtable_list_get(list, key, strlen(key), max_sequence, &value, NULL));
  return is_marked(value) ? slice_of("") : value;
}

/* An entry as text: key, + for a put or - for a delete, sequence number: "a+1". */
static void append_entry(char *text, size_t size, const kevo_entry *entry)
{
  const int key_len = entry->key.len < 20 ? (int)entry->key.len : 20;
  char one[64];

  sprintf(one, "%s%.*s%c%" PRIu64, text[0] == '\0' ? "" : " ", key_len,
          key_len > 0 ? (const char *)entry->key.data : "", entry->op == KEVO_OP_DELETE ? '-' : '+', entry->sequence);
  if (strlen(text) + strlen(one) < size)
    strcat(text, one);
  CHECK(entry->op == KEVO_OP_PUT ||
        (entry->op == KEVO_OP_DELETE && entry->value.data == NULL && entry->value.len == 0));
}

/* The entry that the iterator is on, or "END". */
static const char *entry_at(const kevo_iterator *iterator)
{
  static char text[64];
  kevo_entry entry;
  int code = kevo_iterator_entry(iterator, &entry);

  text[0] = '\0';
  if (code == KEVO_OK)
    append_entry(text, sizeof text, &entry);
  else
    strcpy(text, code == KEVO_END ? "END" : "ERROR");
  return text;
}

/* Everything that a step leads to, if it ever comes to an end. */
static const char *all_entries(kevo_iterator *iterator, int (*step)(kevo_iterator *))
{
  static char text[4096];
  unsigned left = 1000;
  kevo_entry entry;
  int code;

  text[0] = '\0';
  while ((code = step(iterator)) == KEVO_OK && left-- > 0) {
    if (!CHECK(kevo_iterator_entry(iterator, &entry) == KEVO_OK))
      break;
    append_entry(text, sizeof text, &entry);
  }
  CHECK_CODE(code, KEVO_END);
  return text;
}

static int seek(kevo_iterator *iterator, const char *key)
{
  return kevo_iterator_seek(iterator, key, strlen(key));
}

static int seek_for_prev(kevo_iterator *iterator, const char *key)
{
  return kevo_iterator_seek_for_prev(iterator, key, strlen(key));
}

/* What a scan of the list gives; checks that the way back gives the same in reverse. */
static const char *scanned(const kevo_memtable_list *list, const kevo_scan *scan)
{
  static char forward[4096];
  kevo_iterator *iterator = iterator_of(list, scan);
  char *copy, *last;
  const char *backward;

  strcpy(forward, all_entries(iterator, kevo_iterator_next));
  backward = all_entries(iterator, kevo_iterator_prev);

  copy = malloc(strlen(forward) + 1);
  if (copy != NULL) {
    strcpy(copy, forward);
    while (copy[0] != '\0') {
      last = strrchr(copy, ' ');
      last = last == NULL ? copy : last + 1;
      CHECK(strncmp(backward, last, strlen(last)) == 0);
      backward += strlen(last);
      backward += *backward == ' ' ? 1 : 0;
      *(last == copy ? copy : last - 1) = '\0';
    }
    CHECK_STRING(backward, "");
    free(copy);
  }
  kevo_iterator_free(iterator);
  return forward;
}

static kevo_scan *scan_with(uint32_t flags, uint64_t max_sequence)
{
  kevo_scan *scan = kevo_scan_new();

  OK(kevo_scan_set_flags(scan, flags));
  OK(kevo_scan_set_max_sequence(scan, max_sequence));
  return scan;
}

/* ---- version and errors ------------------------------------------------------------------------------------- */

static void test_version(void)
{
  char expected[64];
  uint32_t version = KEVO_VERSION_NUMBER;

  CHECK_NUMBER(kevo_version_number(), KEVO_VERSION_NUMBER);
  sprintf(expected, "%u.%u.%u", (unsigned)(version / 1000000), (unsigned)(version / 1000 % 1000),
          (unsigned)(version % 1000));
  CHECK_STRING(kevo_version_string(), expected);

  OK(kevo_abi_check(KEVO_VERSION_NUMBER));
  CHECK(kevo_abi_check(KEVO_VERSION_NUMBER + 1000) < 0); /* that header may have functions that are not here */
  CHECK(kevo_abi_check(KEVO_VERSION_NUMBER + 1000000) < 0);
  CHECK(kevo_abi_check(UINT32_MAX) < 0);
}

static void test_strerror(void)
{
  static const int codes[] = {KEVO_OK,
                              KEVO_NOT_FOUND,
                              KEVO_DELETED,
                              KEVO_END,
                              KEVO_E_INVALID_ARGUMENT,
                              KEVO_E_IO,
                              KEVO_E_CORRUPT,
                              KEVO_E_TOO_MANY_MEMTABLES,
                              KEVO_E_BUFFER_TOO_SMALL,
                              KEVO_E_CANCELLED,
                              KEVO_E_IMMUTABLE,
                              KEVO_E_NO_MEMORY,
                              KEVO_E_PANIC};
  static const int unknown[] = {4, 1000, -9, -98, -100, INT_MAX, INT_MIN};
  const size_t count = sizeof codes / sizeof codes[0];
  size_t i, j;

  for (i = 0; i < count; i++) {
    const char *text = kevo_strerror(codes[i]);

    if (!CHECK(text != NULL && text[0] != '\0'))
      continue;
    CHECK(kevo_strerror(codes[i]) == text);
    for (j = 0; j < i; j++)
      CHECK(strcmp(text, kevo_strerror(codes[j])) != 0);
  }
  for (i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
    CHECK(kevo_strerror(unknown[i]) != NULL && kevo_strerror(unknown[i])[0] != '\0');
}

static void test_error_object(void)
{
  const char *missing = path_of(scratch, "missing");
  kevo_memtable_list *list = NULL;
  kevo_error *error = NULL;

  CHECK_CODE(kevo_error_code(NULL), 0);
  CHECK(kevo_error_message(NULL) == NULL);
  CHECK(kevo_error_path(NULL) == NULL);
  CHECK_NUMBER(kevo_error_offset(NULL), 0);
  CHECK(kevo_error_os_code(NULL) == 0);
  kevo_error_free(NULL);

  /* A failure of the operating system. */
  CHECK_CODE(kevo_recover(missing, NULL, &list, NULL, &error), KEVO_E_IO);
  if (CHECK(error != NULL)) {
    CHECK_CODE(kevo_error_code(error), KEVO_E_IO);
    CHECK(strstr(kevo_error_message(error), missing) != NULL);
    CHECK(kevo_error_message(error) == kevo_error_message(error));
    CHECK(kevo_error_path(error) != NULL && strcmp(kevo_error_path(error), missing) == 0);
    CHECK_NUMBER(kevo_error_offset(error), UINT64_MAX);
    CHECK(kevo_error_os_code(error) > 0);
  }
  kevo_error_free(error);

  /* A place in a file. */
  CHECK_CODE(kevo_recover(fixture("dmg-flip-payload-mid"), NULL, &list, NULL, &error), KEVO_E_CORRUPT);
  if (CHECK(error != NULL)) {
    const char *file = path_of(fixture("dmg-flip-payload-mid"), "01750000000000000001.wal");

    CHECK_CODE(kevo_error_code(error), KEVO_E_CORRUPT);
    CHECK(strstr(kevo_error_message(error), file) != NULL);
    CHECK(strstr(kevo_error_message(error), "19200") != NULL);
    CHECK(kevo_error_path(error) != NULL && strcmp(kevo_error_path(error), file) == 0);
    CHECK_NUMBER(kevo_error_offset(error), 19200);
    CHECK(kevo_error_os_code(error) == 0);
  }
  kevo_error_free(error);

  /* A wrong argument. */
  INVALID(kevo_recover(NULL, NULL, &list, NULL, &error));
  if (CHECK(error != NULL)) {
    CHECK_CODE(kevo_error_code(error), KEVO_E_INVALID_ARGUMENT);
    CHECK(kevo_error_message(error) != NULL && kevo_error_message(error)[0] != '\0');
    CHECK(kevo_error_path(error) == NULL);
    CHECK_NUMBER(kevo_error_offset(error), UINT64_MAX);
    CHECK(kevo_error_os_code(error) == 0);
  }
  kevo_error_free(error);
}

/* ---- recovery ----------------------------------------------------------------------------------------------- */

static int never_called(void *user, uint64_t bytes_done, uint64_t bytes_total)
{
  (void)user;
  (void)bytes_done;
  (void)bytes_total;
  CHECK(!"the callback that was taken away is called");
  return 1;
}

static void test_options(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();

  if (!CHECK(options != NULL))
    return;
  kevo_recovery_options_free(NULL);

  OK(kevo_recovery_options_set_mode(options, KEVO_RECOVERY_TOLERATE_TORN_TAIL));
  OK(kevo_recovery_options_set_mode(options, KEVO_RECOVERY_ABSOLUTE));
  OK(kevo_recovery_options_set_mode(options, KEVO_RECOVERY_POINT_IN_TIME));
  OK(kevo_recovery_options_set_mode(options, KEVO_RECOVERY_SKIP_CORRUPTED));
  INVALID(kevo_recovery_options_set_mode(options, 4));
  INVALID(kevo_recovery_options_set_mode(options, -1));
  INVALID(kevo_recovery_options_set_mode(options, INT_MAX));
  INVALID(kevo_recovery_options_set_mode(options, INT_MIN));
  INVALID(kevo_recovery_options_set_mode(options, 256)); /* whose low byte is a mode */
  INVALID(kevo_recovery_options_set_mode(NULL, KEVO_RECOVERY_ABSOLUTE));

  OK(kevo_recovery_options_set_order(options, KEVO_ORDER_SEQUENCE));
  OK(kevo_recovery_options_set_order(options, KEVO_ORDER_LOG));
  INVALID(kevo_recovery_options_set_order(options, 2));
  INVALID(kevo_recovery_options_set_order(options, -1));
  INVALID(kevo_recovery_options_set_order(options, INT_MIN));
  INVALID(kevo_recovery_options_set_order(NULL, KEVO_ORDER_LOG));

  OK(kevo_recovery_options_set_max_sequence(options, 0));
  OK(kevo_recovery_options_set_max_sequence(options, KEVO_SEQUENCE_LATEST));
  INVALID(kevo_recovery_options_set_max_sequence(NULL, 1));

  INVALID(kevo_recovery_options_set_max_memtables(options, 0));
  OK(kevo_recovery_options_set_max_memtables(options, 1));
  OK(kevo_recovery_options_set_max_memtables(options, SIZE_MAX));
  INVALID(kevo_recovery_options_set_max_memtables(NULL, 1));

  INVALID(kevo_recovery_options_set_memtable_size(options, 0));
  OK(kevo_recovery_options_set_memtable_size(options, 1));
  OK(kevo_recovery_options_set_memtable_size(options, UINT64_MAX));
  INVALID(kevo_recovery_options_set_memtable_size(NULL, 1));

  OK(kevo_recovery_options_set_include_set_aside(options, 1));
  OK(kevo_recovery_options_set_include_set_aside(options, -5));
  OK(kevo_recovery_options_set_include_set_aside(options, 0));
  INVALID(kevo_recovery_options_set_include_set_aside(NULL, 1));

  OK(kevo_recovery_options_set_threads(options, 3));
  OK(kevo_recovery_options_set_threads(options, 0));
  INVALID(kevo_recovery_options_set_threads(NULL, 1));

  OK(kevo_recovery_options_set_progress(options, never_called, NULL));
  OK(kevo_recovery_options_set_progress(options, NULL, NULL));
  INVALID(kevo_recovery_options_set_progress(NULL, never_called, NULL));

  /* What is left of all that is a recovery like any other, as often as one likes. */
  kevo_memtable_list_free(recover(fixture("basic"), options));
  kevo_memtable_list_free(recover(fixture("basic"), options));
  kevo_recovery_options_free(options);
}

static void test_failed_setters_change_nothing(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list;

  OK(kevo_recovery_options_set_mode(options, KEVO_RECOVERY_SKIP_CORRUPTED));
  INVALID(kevo_recovery_options_set_mode(options, 9));
  OK(kevo_recovery_options_set_order(options, KEVO_ORDER_SEQUENCE));
  INVALID(kevo_recovery_options_set_order(options, 9));
  OK(kevo_recovery_options_set_max_memtables(options, 100));
  INVALID(kevo_recovery_options_set_max_memtables(options, 0));
  OK(kevo_recovery_options_set_memtable_size(options, 5000));
  INVALID(kevo_recovery_options_set_memtable_size(options, 0));

  list = recover(fixture("dmg-flip-payload-mid"), options); /* fails if the mode is another */
  CHECK(kevo_memtable_list_count(list) > 4);                /* fails if one of the limits is */
  kevo_memtable_list_free(list);

  list = recover(fixture("engine-stale-after-rotation"), options);
  CHECK_SLICE(value_of(list, "k00010", KEVO_SEQUENCE_LATEST), "OLD................."); /* the order */
  kevo_memtable_list_free(list);
  kevo_recovery_options_free(options);
}

static void test_recover_arguments(void)
{
  int object;
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  kevo_error *error;

  /* Success sets all three outputs, the error to NULL. */
  list = (void *)&object;
  report = (void *)&object;
  error = (void *)&object;
  OK(kevo_recover(fixture("basic"), NULL, &list, &report, &error));
  CHECK(list != NULL && list != (void *)&object);
  CHECK(report != NULL && report != (void *)&object);
  CHECK(error == NULL);
  kevo_memtable_list_free(list);
  kevo_recovery_report_free(report);
  kevo_recovery_report_free(NULL);

  /* Each of the optional ones may be missing. */
  OK(kevo_recover(fixture("basic"), NULL, &list, NULL, NULL));
  kevo_memtable_list_free(list);
  OK(kevo_recover(fixture("basic"), NULL, &list, &report, NULL));
  kevo_memtable_list_free(list);
  kevo_recovery_report_free(report);

  /* Failure sets the list to NULL, and the report to one. */
  list = (void *)&object;
  report = (void *)&object;
  error = (void *)&object;
  CHECK_CODE(kevo_recover(path_of(scratch, "missing"), NULL, &list, &report, &error), KEVO_E_IO);
  CHECK(list == NULL);
  CHECK(report != NULL && report != (void *)&object);
  CHECK(error != NULL && error != (void *)&object);
  kevo_recovery_report_free(report);
  kevo_error_free(error);

  list = (void *)&object;
  CHECK_CODE(kevo_recover(path_of(scratch, "missing"), NULL, &list, NULL, NULL), KEVO_E_IO);
  CHECK(list == NULL);

  /* Wrong arguments. */
  list = (void *)&object;
  report = (void *)&object;
  error = (void *)&object;
  INVALID(kevo_recover(NULL, NULL, &list, &report, &error));
  CHECK(list == NULL);
  CHECK(report != (void *)&object);
  CHECK(error != NULL && error != (void *)&object);
  kevo_recovery_report_free(report);
  kevo_error_free(error);

  report = (void *)&object;
  error = (void *)&object;
  INVALID(kevo_recover(fixture("basic"), NULL, NULL, &report, &error));
  CHECK(report != (void *)&object);
  CHECK(error != NULL && error != (void *)&object);
  kevo_recovery_report_free(report);
  kevo_error_free(error);

  INVALID(kevo_recover(NULL, NULL, NULL, NULL, NULL));

  list = (void *)&object;
  CHECK(kevo_recover("", NULL, &list, NULL, NULL) < 0);
  CHECK(list == NULL);
}

static int recover_code(const char *wal_dir, int mode, size_t max_memtables, uint64_t memtable_size)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list = NULL;
  int code;

  OK(kevo_recovery_options_set_mode(options, mode));
  OK(kevo_recovery_options_set_max_memtables(options, max_memtables));
  OK(kevo_recovery_options_set_memtable_size(options, memtable_size));
  code = kevo_recover(wal_dir, options, &list, NULL, NULL);
  CHECK((code == KEVO_OK) == (list != NULL));
  kevo_memtable_list_free(list);
  kevo_recovery_options_free(options);
  return code;
}

static void test_recover_outcomes(void)
{
  const uint64_t large = 32u << 20;
  const char *torn = fixture("dmg-torn-mid-payload");
  const char *corrupt = fixture("dmg-flip-payload-mid");
  char file[4096];
  FILE *stream;

  OK(recover_code(torn, KEVO_RECOVERY_TOLERATE_TORN_TAIL, 4, large));
  OK(recover_code(torn, KEVO_RECOVERY_POINT_IN_TIME, 4, large));
  OK(recover_code(torn, KEVO_RECOVERY_SKIP_CORRUPTED, 4, large));
  CHECK_CODE(recover_code(torn, KEVO_RECOVERY_ABSOLUTE, 4, large), KEVO_E_CORRUPT);

  CHECK_CODE(recover_code(corrupt, KEVO_RECOVERY_TOLERATE_TORN_TAIL, 4, large), KEVO_E_CORRUPT);
  CHECK_CODE(recover_code(corrupt, KEVO_RECOVERY_ABSOLUTE, 4, large), KEVO_E_CORRUPT);
  OK(recover_code(corrupt, KEVO_RECOVERY_POINT_IN_TIME, 4, large));
  OK(recover_code(corrupt, KEVO_RECOVERY_SKIP_CORRUPTED, 4, large));

  CHECK_CODE(recover_code(fixture("max-memtables-exceeded"), KEVO_RECOVERY_ABSOLUTE, 3, 5000),
             KEVO_E_TOO_MANY_MEMTABLES);
  OK(recover_code(fixture("max-memtables-exceeded"), KEVO_RECOVERY_ABSOLUTE, 4, 5000));

  /* A file in the place of the directory. */
  strcpy(file, path_of(scratch, "file"));
  stream = fopen(file, "wb");
  if (CHECK(stream != NULL)) {
    fclose(stream);
    CHECK_CODE(recover_code(file, KEVO_RECOVERY_SKIP_CORRUPTED, 4, large), KEVO_E_IO);
    remove(file);
  }
}

struct progress {
  unsigned calls;
  unsigned cancel_at; /* the call that answers other than 0; 0: none */
  int answer;
  uint64_t done;
  uint64_t total;
};

static int on_progress(void *user, uint64_t bytes_done, uint64_t bytes_total)
{
  struct progress *progress = user;

  progress->calls++;
  CHECK(bytes_done >= progress->done);
  CHECK(bytes_done <= bytes_total);
  CHECK(progress->calls == 1 || bytes_total == progress->total);
  progress->done = bytes_done;
  progress->total = bytes_total;
  return progress->calls == progress->cancel_at ? progress->answer : 0;
}

static void test_progress(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  struct progress progress = {0, 0, 0, 0, 0};
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  kevo_error *error;
  int answer;

  OK(kevo_recovery_options_set_progress(options, on_progress, &progress));
  kevo_memtable_list_free(recover(fixture("frag-1m"), options));
  CHECK(progress.calls > 0);
  CHECK(progress.total > 1u << 20);
  CHECK_NUMBER(progress.done, progress.total);

  for (answer = -1; answer <= 1; answer += 2) {
    memset(&progress, 0, sizeof progress);
    progress.cancel_at = 1;
    progress.answer = answer;
    CHECK_CODE(kevo_recover(fixture("frag-1m"), options, &list, &report, &error), KEVO_E_CANCELLED);
    CHECK_NUMBER(progress.calls, 1);
    CHECK(list == NULL);
    CHECK(report != NULL);
    CHECK(error != NULL);
    CHECK_CODE(kevo_error_code(error), KEVO_E_CANCELLED);
    kevo_recovery_report_free(report);
    kevo_error_free(error);
  }

  OK(kevo_recovery_options_set_progress(options, never_called, NULL));
  OK(kevo_recovery_options_set_progress(options, NULL, NULL));
  kevo_memtable_list_free(recover(fixture("basic"), options));
  kevo_recovery_options_free(options);
}

static void test_threads(void)
{
  static const size_t threads[] = {0, 1, 2, 16, SIZE_MAX};
  kevo_recovery_options *options = kevo_recovery_options_new();
  size_t i;

  for (i = 0; i < sizeof threads / sizeof threads[0]; i++) {
    kevo_memtable_list *list;

    OK(kevo_recovery_options_set_threads(options, threads[i]));
    list = recover(fixture("multi-file"), options);
    CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 100);
    CHECK_SLICE(value_of(list, "k00", KEVO_SEQUENCE_LATEST), "f3-0");
    kevo_memtable_list_free(list);
  }
  kevo_recovery_options_free(options);
}

static void test_set_aside(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list;
  kevo_recovery_report *report;

  OK(kevo_recover(fixture("engine-set-aside"), options, &list, &report, NULL));
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_SET_ASIDE_DIRECTORIES), 1);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_FILES), 1);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_ENTRIES_APPLIED), 3);
  CHECK_CODE(get_code(list, "k00000", KEVO_SEQUENCE_LATEST), KEVO_NOT_FOUND);
  kevo_memtable_list_free(list);
  kevo_recovery_report_free(report);

  OK(kevo_recovery_options_set_include_set_aside(options, 1));
  OK(kevo_recover(fixture("engine-set-aside"), options, &list, &report, NULL));
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_SET_ASIDE_DIRECTORIES), 1);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_FILES), 2);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_ENTRIES_APPLIED), 102);
  CHECK_CODE(get_code(list, "k00000", KEVO_SEQUENCE_LATEST), KEVO_OK);
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 1);
  kevo_memtable_list_free(list);
  kevo_recovery_report_free(report);
  kevo_recovery_options_free(options);
}

/* ---- the report --------------------------------------------------------------------------------------------- */

static void test_report_stats(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list;
  kevo_recovery_report *report;

  OK(kevo_recover(fixture("basic"), NULL, &list, &report, NULL));
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_FILES), 1);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_BYTES), 126);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_ENTRIES_APPLIED), 4);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_MERGES_IGNORED), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_BATCHES_DROPPED), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_BYTES_DAMAGED), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_SET_ASIDE_DIRECTORIES), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(report, 0), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(report, 1000), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(report, -1), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(report, INT_MIN), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(NULL, KEVO_STAT_FILES), 0);
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 0);
  CHECK_NUMBER(kevo_recovery_report_damage_count(NULL), 0);
  kevo_memtable_list_free(list);
  kevo_recovery_report_free(report);

  OK(kevo_recover(fixture("merge"), NULL, &list, &report, NULL));
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_ENTRIES_APPLIED), 2);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_MERGES_IGNORED), 3);
  kevo_memtable_list_free(list);
  kevo_recovery_report_free(report);

  OK(kevo_recovery_options_set_max_sequence(options, 50));
  OK(kevo_recover(fixture("multi-file"), options, &list, &report, NULL));
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_FILES), 4);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_ENTRIES_APPLIED), 50);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE), 50);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 50);
  kevo_memtable_list_free(list);
  kevo_recovery_report_free(report);
  kevo_recovery_options_free(options);

  OK(kevo_recover(fixture("dmg-torn-mid-payload"), NULL, &list, &report, NULL));
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_BYTES_DAMAGED), 30);
  kevo_memtable_list_free(list);
  kevo_recovery_report_free(report);
}

static uint64_t files_left_out(const char *wal_dir, int mode)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  uint64_t count;

  OK(kevo_recovery_options_set_mode(options, mode));
  OK(kevo_recover(wal_dir, options, &list, &report, NULL));
  count = kevo_recovery_report_stat(report, KEVO_STAT_FILES_LEFT_OUT);
  kevo_memtable_list_free(list);
  kevo_recovery_report_free(report);
  kevo_recovery_options_free(options);
  return count;
}

static void test_report_files_left_out(void)
{
  CHECK_NUMBER(files_left_out(fixture("dmg-torn-first-of-two"), KEVO_RECOVERY_POINT_IN_TIME), 1);
  CHECK_NUMBER(files_left_out(fixture("dmg-torn-first-of-two"), KEVO_RECOVERY_TOLERATE_TORN_TAIL), 0);
  CHECK_NUMBER(files_left_out(fixture("dmg-torn-second-of-two"), KEVO_RECOVERY_POINT_IN_TIME), 0);
  CHECK_NUMBER(files_left_out(fixture("dmg-flip-first-of-two"), KEVO_RECOVERY_POINT_IN_TIME), 1);
  CHECK_NUMBER(files_left_out(fixture("dmg-flip-first-of-two"), KEVO_RECOVERY_SKIP_CORRUPTED), 0);
}

static void test_report_damage(void)
{
  const char *file = "01750000000000000001.wal";
  const char *path = marker, *what = marker;
  uint64_t offset = MARKED_NUMBER, length = MARKED_NUMBER;
  int kind = MARKED_CODE;
  kevo_memtable_list *list;
  kevo_recovery_report *report;

  /* A tolerated torn tail. */
  OK(kevo_recover(fixture("dmg-torn-mid-payload"), NULL, &list, &report, NULL));
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 1);

  INVALID(kevo_recovery_report_damage(report, 1, &path, &offset, &length, &kind, &what));
  INVALID(kevo_recovery_report_damage(report, SIZE_MAX, &path, &offset, &length, &kind, &what));
  INVALID(kevo_recovery_report_damage(NULL, 0, &path, &offset, &length, &kind, &what));
  INVALID(kevo_recovery_report_damage(report, 0, NULL, &offset, &length, &kind, &what));
  INVALID(kevo_recovery_report_damage(report, 0, &path, NULL, &length, &kind, &what));
  INVALID(kevo_recovery_report_damage(report, 0, &path, &offset, NULL, &kind, &what));
  INVALID(kevo_recovery_report_damage(report, 0, &path, &offset, &length, NULL, &what));
  INVALID(kevo_recovery_report_damage(report, 0, &path, &offset, &length, &kind, NULL));
  CHECK(path == marker && what == marker);
  CHECK(offset == MARKED_NUMBER && length == MARKED_NUMBER && kind == MARKED_CODE);

  OK(kevo_recovery_report_damage(report, 0, &path, &offset, &length, &kind, &what));
  CHECK_STRING(path, path_of(fixture("dmg-torn-mid-payload"), file));
  CHECK_NUMBER(offset, 1672);
  CHECK_NUMBER(length, 30);
  CHECK_CODE(kind, KEVO_DAMAGE_TORN_TAIL);
  CHECK(what != NULL && what[0] != '\0' && what != marker);
  kevo_recovery_report_free(report);
  kevo_memtable_list_free(list);

  /* The damage that recovery failed on. */
  CHECK_CODE(kevo_recover(fixture("dmg-flip-payload-mid"), NULL, &list, &report, NULL), KEVO_E_CORRUPT);
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 1);
  OK(kevo_recovery_report_damage(report, 0, &path, &offset, &length, &kind, &what));
  CHECK_STRING(path, path_of(fixture("dmg-flip-payload-mid"), file));
  CHECK_NUMBER(offset, 19200);
  CHECK_NUMBER(length, 640);
  CHECK_CODE(kind, KEVO_DAMAGE_CORRUPTION);
  kevo_recovery_report_free(report);

  /* A failure that is not damage: no damage, a report nevertheless. */
  CHECK(kevo_recover(path_of(scratch, "missing"), NULL, &list, &report, NULL) < 0);
  CHECK(report != NULL);
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_FILES), 0);
  kevo_recovery_report_free(report);
}

/* ---- the list ----------------------------------------------------------------------------------------------- */

static void test_list_handles(void)
{
  kevo_memtable_list *list = empty_list();
  kevo_memtable_list *other = kevo_memtable_list_ref(list);

  CHECK(kevo_memtable_list_ref(NULL) == NULL);
  kevo_memtable_list_free(NULL);
  CHECK_NUMBER(kevo_memtable_list_count(NULL), 0);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(NULL), 0);

  CHECK_NUMBER(kevo_memtable_list_count(list), 1);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 0);

  /* Both are handles on one list. */
  if (CHECK(other != NULL)) {
    put(list, "a", "1", 5);
    CHECK_SLICE(value_of(other, "a", KEVO_SEQUENCE_LATEST), "1");
    put(other, "a", "2", 6);
    CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 6);
    kevo_memtable_list_free(list);
    CHECK_SLICE(value_of(other, "a", KEVO_SEQUENCE_LATEST), "2");
  }
  kevo_memtable_list_free(other);
}

static void test_get(void)
{
  const uint64_t latest = KEVO_SEQUENCE_LATEST;
  kevo_memtable_list *list = recover(fixture("basic"), NULL); /* put key1, put key2, delete key1, put key3 */
  kevo_slice value;
  uint64_t sequence;

  value = marked_slice();
  sequence = MARKED_NUMBER;
  OK(kevo_memtable_list_get(list, "key2", 4, latest, &value, &sequence));
  CHECK_SLICE(value, "value2");
  CHECK_NUMBER(sequence, 2);

  value = marked_slice();
  sequence = MARKED_NUMBER;
  CHECK_CODE(kevo_memtable_list_get(list, "key1", 4, latest, &value, &sequence), KEVO_DELETED);
  CHECK(is_marked(value));
  CHECK_NUMBER(sequence, 3);

  value = marked_slice();
  sequence = MARKED_NUMBER;
  CHECK_CODE(kevo_memtable_list_get(list, "key", 3, latest, &value, &sequence), KEVO_NOT_FOUND);
  CHECK_CODE(kevo_memtable_list_get(list, "key11", 5, latest, &value, &sequence), KEVO_NOT_FOUND);
  CHECK_CODE(kevo_memtable_list_get(list, NULL, 0, latest, &value, &sequence), KEVO_NOT_FOUND);
  CHECK_CODE(kevo_memtable_list_get(list, "", 0, latest, &value, &sequence), KEVO_NOT_FOUND);
  INVALID(kevo_memtable_list_get(list, NULL, 1, latest, &value, &sequence));
  INVALID(kevo_memtable_list_get(list, NULL, SIZE_MAX, latest, &value, &sequence));
  INVALID(kevo_memtable_list_get(NULL, "key2", 4, latest, &value, &sequence));
  CHECK(is_marked(value));
  CHECK_NUMBER(sequence, MARKED_NUMBER);

  /* One output, or none. */
  OK(kevo_memtable_list_get(list, "key2", 4, latest, &value, NULL));
  CHECK_SLICE(value, "value2");
  OK(kevo_memtable_list_get(list, "key3", 4, latest, NULL, &sequence));
  CHECK_NUMBER(sequence, 4);
  CHECK_CODE(get_code(list, "key3", latest), KEVO_OK);
  CHECK_CODE(get_code(list, "key1", latest), KEVO_DELETED);
  CHECK_CODE(get_code(list, "key4", latest), KEVO_NOT_FOUND);

  /* The past. */
  CHECK_CODE(get_code(list, "key1", 0), KEVO_NOT_FOUND);
  CHECK_SLICE(value_of(list, "key1", 1), "value1");
  CHECK_SLICE(value_of(list, "key1", 2), "value1");
  CHECK_CODE(get_code(list, "key1", 3), KEVO_DELETED);
  CHECK_CODE(get_code(list, "key3", 3), KEVO_NOT_FOUND);
  kevo_memtable_list_free(list);
}

static void test_empty_and_binary_keys(void)
{
  static const char zeros[] = "a\0b";
  kevo_memtable_list *list = empty_list();
  kevo_slice value = marked_slice();

  OK(kevo_memtable_list_put(list, NULL, 0, NULL, 0, 1));
  OK(kevo_memtable_list_get(list, "", 0, KEVO_SEQUENCE_LATEST, &value, NULL));
  CHECK_NUMBER(value.len, 0);
  CHECK(!is_marked(value));

  OK(kevo_memtable_list_put(list, zeros, 3, zeros, 3, 2));
  OK(kevo_memtable_list_get(list, zeros, 3, KEVO_SEQUENCE_LATEST, &value, NULL));
  CHECK(value.len == 3 && memcmp(value.data, zeros, 3) == 0);
  CHECK_CODE(kevo_memtable_list_get(list, zeros, 1, KEVO_SEQUENCE_LATEST, &value, NULL), KEVO_NOT_FOUND);

  OK(kevo_memtable_list_delete(list, NULL, 0, 3));
  CHECK_CODE(kevo_memtable_list_get(list, NULL, 0, KEVO_SEQUENCE_LATEST, &value, NULL), KEVO_DELETED);
  OK(kevo_memtable_list_get(list, NULL, 0, 2, &value, NULL));
  kevo_memtable_list_free(list);
}

static void test_multi_get(void)
{
  enum { COUNT = 4 };
  kevo_memtable_list *list = recover(fixture("basic"), NULL);
  kevo_slice keys[COUNT], values[COUNT];
  int codes[COUNT];
  size_t i;

  keys[0] = slice_of("key3");
  keys[1] = slice_of("key1");
  keys[2] = slice_of("nothing");
  keys[3] = slice_of("key2");
  for (i = 0; i < COUNT; i++) {
    values[i] = marked_slice();
    codes[i] = MARKED_CODE;
  }

  /* Whatever is wrong, nothing is written. */
  INVALID(kevo_memtable_list_multi_get(NULL, keys, COUNT, KEVO_SEQUENCE_LATEST, values, codes));
  INVALID(kevo_memtable_list_multi_get(list, NULL, COUNT, KEVO_SEQUENCE_LATEST, values, codes));
  INVALID(kevo_memtable_list_multi_get(list, keys, COUNT, KEVO_SEQUENCE_LATEST, values, NULL));
  keys[3].data = NULL;
  INVALID(kevo_memtable_list_multi_get(list, keys, COUNT, KEVO_SEQUENCE_LATEST, values, codes));
  keys[3] = slice_of("key2");
  for (i = 0; i < COUNT; i++)
    CHECK(is_marked(values[i]) && codes[i] == MARKED_CODE);

  OK(kevo_memtable_list_multi_get(list, NULL, 0, KEVO_SEQUENCE_LATEST, NULL, NULL));
  OK(kevo_memtable_list_multi_get(list, keys, 0, KEVO_SEQUENCE_LATEST, values, codes));
  CHECK(is_marked(values[0]) && codes[0] == MARKED_CODE);

  OK(kevo_memtable_list_multi_get(list, keys, COUNT, KEVO_SEQUENCE_LATEST, values, codes));
  CHECK_CODE(codes[0], KEVO_OK);
  CHECK_SLICE(values[0], "value3");
  CHECK_CODE(codes[1], KEVO_DELETED);
  CHECK(is_marked(values[1]));
  CHECK_CODE(codes[2], KEVO_NOT_FOUND);
  CHECK(is_marked(values[2]));
  CHECK_CODE(codes[3], KEVO_OK);
  CHECK_SLICE(values[3], "value2");

  /* The past, and without values. */
  OK(kevo_memtable_list_multi_get(list, keys, COUNT, 2, NULL, codes));
  CHECK_CODE(codes[0], KEVO_NOT_FOUND);
  CHECK_CODE(codes[1], KEVO_OK);
  CHECK_CODE(codes[2], KEVO_NOT_FOUND);
  CHECK_CODE(codes[3], KEVO_OK);

  /* (NULL, 0) is a key. */
  keys[0].data = NULL;
  keys[0].len = 0;
  OK(kevo_memtable_list_multi_get(list, keys, 1, KEVO_SEQUENCE_LATEST, values, codes));
  CHECK_CODE(codes[0], KEVO_NOT_FOUND);
  kevo_memtable_list_free(list);
}

static void test_put_and_delete(void)
{
  char key[] = "key", value[] = "value";
  kevo_memtable_list *list = empty_list();

  INVALID(kevo_memtable_list_put(NULL, "a", 1, "1", 1, 1));
  INVALID(kevo_memtable_list_put(list, NULL, 1, "1", 1, 1));
  INVALID(kevo_memtable_list_put(list, "a", 1, NULL, 1, 1));
  INVALID(kevo_memtable_list_delete(NULL, "a", 1, 1));
  INVALID(kevo_memtable_list_delete(list, NULL, 1, 1));
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 0);
  CHECK_CODE(get_code(list, "a", KEVO_SEQUENCE_LATEST), KEVO_NOT_FOUND);

  /* The caller's bytes are copied. */
  OK(kevo_memtable_list_put(list, key, 3, value, 5, 1));
  memset(key, 'x', 3);
  memset(value, 'x', 5);
  CHECK_SLICE(value_of(list, "key", KEVO_SEQUENCE_LATEST), "value");
  CHECK_CODE(get_code(list, "xxx", KEVO_SEQUENCE_LATEST), KEVO_NOT_FOUND);

  /* The maximum sequence follows, upwards only; deletes count; a key that never was can be deleted. */
  put(list, "a", "1", 10);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 10);
  delete(list, "b", 12);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 12);
  CHECK_CODE(get_code(list, "b", KEVO_SEQUENCE_LATEST), KEVO_DELETED);
  put(list, "c", "1", 11);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 12);
  put(list, "b", "again", 13);
  CHECK_SLICE(value_of(list, "b", KEVO_SEQUENCE_LATEST), "again");
  CHECK_CODE(get_code(list, "b", 12), KEVO_DELETED);
  put(list, "d", "", UINT64_MAX);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), UINT64_MAX);
  CHECK_SLICE(value_of(list, "d", KEVO_SEQUENCE_LATEST), "");
  CHECK_CODE(get_code(list, "d", UINT64_MAX - 1), KEVO_NOT_FOUND);
  kevo_memtable_list_free(list);
}

static void test_order(void)
{
  const uint64_t latest = KEVO_SEQUENCE_LATEST;
  kevo_scan *versions = scan_with(KEVO_SCAN_ALL_VERSIONS, latest);
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 1u << 20);

  /* What was written last is the newest. */
  put(list, "a", "first", 10);
  put(list, "a", "second", 5);
  put(list, "a", "third", 7);
  put(list, "a", "fourth", 7);
  CHECK_SLICE(value_of(list, "a", latest), "fourth");
  CHECK_SLICE(value_of(list, "a", 6), "second");
  CHECK_STRING(scanned(list, NULL), "a+7");
  CHECK_STRING(scanned(list, versions), "a+7 a+7 a+5 a+10");
  kevo_memtable_list_free(list);

  /* What has the highest number is; of equals, the later one. */
  list = empty_list_with(KEVO_ORDER_SEQUENCE, 1u << 20);
  put(list, "a", "first", 10);
  put(list, "a", "second", 5);
  put(list, "a", "third", 7);
  put(list, "a", "fourth", 7);
  CHECK_SLICE(value_of(list, "a", latest), "first");
  CHECK_SLICE(value_of(list, "a", 9), "fourth");
  CHECK_SLICE(value_of(list, "a", 6), "second");
  CHECK_STRING(scanned(list, NULL), "a+10");
  CHECK_STRING(scanned(list, versions), "a+10 a+7 a+7 a+5");
  kevo_memtable_list_free(list);

  /* Across tables, the newest table that knows the key decides in either order. */
  list = empty_list_with(KEVO_ORDER_SEQUENCE, 1);
  put(list, "a", "first", 10);
  put(list, "a", "second", 5);
  CHECK_NUMBER(kevo_memtable_list_count(list), 2);
  CHECK_SLICE(value_of(list, "a", latest), "second");
  CHECK_SLICE(value_of(list, "a", 5), "second");
  CHECK_CODE(get_code(list, "a", 4), KEVO_NOT_FOUND);
  CHECK_STRING(scanned(list, versions), "a+5 a+10");
  kevo_memtable_list_free(list);
  kevo_scan_free(versions);
}

static void test_rotation(void)
{
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 36); /* the limit on tables is 1: recovery's alone */
  kevo_memtable *first, *second;

  /* An entry here takes 18 bytes. A table is full at 36, and the next entry starts a new one. */
  put(list, "a", "1", 1);
  put(list, "b", "1", 2);
  CHECK_NUMBER(kevo_memtable_list_count(list), 1);
  first = table_of(list, 0);
  CHECK(!kevo_memtable_is_immutable(first));
  CHECK_NUMBER(kevo_memtable_approximate_size(first), 36);

  put(list, "c", "1", 3);
  CHECK_NUMBER(kevo_memtable_list_count(list), 2);
  CHECK(kevo_memtable_is_immutable(first));
  second = table_of(list, 1);
  CHECK(!kevo_memtable_is_immutable(second));
  CHECK_NUMBER(kevo_memtable_entry_count(first), 2);
  CHECK_NUMBER(kevo_memtable_entry_count(second), 1);
  CHECK_STRING(scanned(list, NULL), "a+1 b+2 c+3");

  /* Deletes rotate as well. */
  put(list, "d", "1", 4);
  delete(list, "a", 5);
  CHECK_NUMBER(kevo_memtable_list_count(list), 3);
  CHECK_CODE(get_code(list, "a", KEVO_SEQUENCE_LATEST), KEVO_DELETED);

  /* A table that was made immutable is followed by a new one, full or not. */
  kevo_memtable_free(second);
  second = table_of(list, 2);
  OK(kevo_memtable_set_immutable(second));
  CHECK_NUMBER(kevo_memtable_list_count(list), 3);
  put(list, "e", "1", 6);
  CHECK_NUMBER(kevo_memtable_list_count(list), 4);
  CHECK_STRING(scanned(list, NULL), "b+2 c+3 d+4 e+6");

  kevo_memtable_free(first);
  kevo_memtable_free(second);
  kevo_memtable_list_free(list);
}

/* ---- one memtable ------------------------------------------------------------------------------------------- */

static void test_table_handles(void)
{
  int object;
  kevo_memtable_list *list = recover(fixture("basic"), NULL);
  kevo_memtable *table;

  table = (void *)&object;
  INVALID(kevo_memtable_list_table(list, 1, &table));
  CHECK(table == NULL);
  table = (void *)&object;
  INVALID(kevo_memtable_list_table(list, SIZE_MAX, &table));
  CHECK(table == NULL);
  table = (void *)&object;
  INVALID(kevo_memtable_list_table(NULL, 0, &table));
  CHECK(table == NULL);
  INVALID(kevo_memtable_list_table(list, 0, NULL));

  kevo_memtable_free(NULL);
  CHECK_CODE(kevo_memtable_is_immutable(NULL), 0);
  CHECK_NUMBER(kevo_memtable_approximate_size(NULL), 0);
  CHECK_NUMBER(kevo_memtable_entry_count(NULL), 0);
  CHECK_NUMBER(kevo_memtable_next_sequence(NULL), 0);
  CHECK(kevo_memtable_age_seconds(NULL) <= 0 && kevo_memtable_age_seconds(NULL) >= 0);
  INVALID(kevo_memtable_set_immutable(NULL));

  OK(kevo_memtable_list_table(list, 0, &table));
  CHECK(!kevo_memtable_is_immutable(table));
  CHECK_NUMBER(kevo_memtable_approximate_size(table), 98);
  CHECK_NUMBER(kevo_memtable_entry_count(table), 4);
  CHECK_NUMBER(kevo_memtable_next_sequence(table), 5);
  CHECK(kevo_memtable_age_seconds(table) >= 0 && kevo_memtable_age_seconds(table) < 60);
  kevo_memtable_free(table);
  kevo_memtable_list_free(list);
}

static void test_table_get(void)
{
  const uint64_t latest = KEVO_SEQUENCE_LATEST;
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 1);
  kevo_memtable *older, *newer;
  kevo_slice value;
  uint64_t sequence;

  put(list, "a", "1", 1);
  delete(list, "a", 2);
  older = table_of(list, 0);
  newer = table_of(list, 1);

  /* A table knows its own entries only. */
  value = marked_slice();
  OK(kevo_memtable_get(older, "a", 1, latest, &value, &sequence));
  CHECK_SLICE(value, "1");
  CHECK_NUMBER(sequence, 1);
  value = marked_slice();
  CHECK_CODE(kevo_memtable_get(newer, "a", 1, latest, &value, &sequence), KEVO_DELETED);
  CHECK(is_marked(value));
  CHECK_NUMBER(sequence, 2);

  sequence = MARKED_NUMBER;
  CHECK_CODE(kevo_memtable_get(newer, "a", 1, 1, &value, &sequence), KEVO_NOT_FOUND);
  CHECK_CODE(kevo_memtable_get(older, "b", 1, latest, &value, &sequence), KEVO_NOT_FOUND);
  CHECK_CODE(kevo_memtable_get(older, NULL, 0, latest, &value, &sequence), KEVO_NOT_FOUND);
  INVALID(kevo_memtable_get(older, NULL, 1, latest, &value, &sequence));
  INVALID(kevo_memtable_get(NULL, "a", 1, latest, &value, &sequence));
  CHECK(is_marked(value));
  CHECK_NUMBER(sequence, MARKED_NUMBER);

  OK(kevo_memtable_get(older, "a", 1, latest, NULL, NULL));
  CHECK_CODE(kevo_memtable_get(newer, "a", 1, latest, NULL, NULL), KEVO_DELETED);

  kevo_memtable_free(older);
  kevo_memtable_free(newer);
  kevo_memtable_list_free(list);
}

static void test_table_writes(void)
{
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 20);
  kevo_memtable *table = table_of(list, 0);
  kevo_memtable *same = table_of(list, 0);

  CHECK_NUMBER(kevo_memtable_next_sequence(table), 0);
  CHECK_NUMBER(kevo_memtable_entry_count(table), 0);
  CHECK_NUMBER(kevo_memtable_approximate_size(table), 0);

  INVALID(kevo_memtable_put(NULL, "a", 1, "1", 1, 1));
  INVALID(kevo_memtable_put(table, NULL, 1, "1", 1, 1));
  INVALID(kevo_memtable_put(table, "a", 1, NULL, 1, 1));
  INVALID(kevo_memtable_delete(NULL, "a", 1, 1));
  INVALID(kevo_memtable_delete(table, NULL, 1, 1));
  CHECK_NUMBER(kevo_memtable_entry_count(table), 0);
  CHECK_NUMBER(kevo_memtable_next_sequence(table), 0);

  OK(kevo_memtable_put(table, "a", 1, "12345", 5, 1));
  OK(kevo_memtable_put(table, "a", 1, "1", 1, 3)); /* full, but open: only the list rotates */
  OK(kevo_memtable_delete(table, "bb", 2, 2));
  OK(kevo_memtable_put(table, NULL, 0, NULL, 0, 3));
  CHECK_NUMBER(kevo_memtable_list_count(list), 1);
  CHECK_NUMBER(kevo_memtable_entry_count(same), 4);
  CHECK_NUMBER(kevo_memtable_approximate_size(same), 22 + 18 + 18 + 16);
  CHECK_NUMBER(kevo_memtable_next_sequence(same), 4);
  CHECK_SLICE(value_of(list, "a", KEVO_SEQUENCE_LATEST), "1");
  CHECK_CODE(get_code(list, "bb", KEVO_SEQUENCE_LATEST), KEVO_DELETED);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 3);

  OK(kevo_memtable_put(table, "z", 1, "1", 1, UINT64_MAX));
  CHECK_NUMBER(kevo_memtable_next_sequence(table), UINT64_MAX);

  OK(kevo_memtable_set_immutable(table));
  OK(kevo_memtable_set_immutable(same));
  CHECK(kevo_memtable_is_immutable(table) && kevo_memtable_is_immutable(same));
  CHECK_CODE(kevo_memtable_put(table, "c", 1, "1", 1, 9), KEVO_E_IMMUTABLE);
  CHECK_CODE(kevo_memtable_delete(same, "a", 1, 9), KEVO_E_IMMUTABLE);
  CHECK_NUMBER(kevo_memtable_entry_count(table), 5);
  CHECK_CODE(get_code(list, "c", KEVO_SEQUENCE_LATEST), KEVO_NOT_FOUND);
  CHECK_SLICE(value_of(list, "a", KEVO_SEQUENCE_LATEST), "1");

  kevo_memtable_free(same);
  kevo_memtable_free(table);
  kevo_memtable_list_free(list);
}

/* ---- scans -------------------------------------------------------------------------------------------------- */

/* a c e g, each written once, but c twice and e deleted at last. */
static kevo_memtable_list *letters(void)
{
  kevo_memtable_list *list = empty_list();

  put(list, "g", "g", 1);
  put(list, "e", "e", 2);
  put(list, "c", "c", 3);
  put(list, "a", "a", 4);
  put(list, "c", "C", 5);
  delete(list, "e", 6);
  return list;
}

static void test_scan_setters(void)
{
  kevo_memtable_list *list = letters();
  kevo_scan *scan = kevo_scan_new();

  kevo_scan_free(NULL);
  CHECK(scan != NULL);
  CHECK_STRING(scanned(list, scan), "a+4 c+5 g+1");
  CHECK_STRING(scanned(list, NULL), "a+4 c+5 g+1");

  INVALID(kevo_scan_set_lower(NULL, "a", 1, 1));
  INVALID(kevo_scan_set_upper(NULL, "a", 1, 1));
  INVALID(kevo_scan_set_prefix(NULL, "a", 1));
  INVALID(kevo_scan_set_max_sequence(NULL, 1));
  INVALID(kevo_scan_set_flags(NULL, 0));

  /* A setter that fails leaves what there was. */
  OK(kevo_scan_set_lower(scan, "c", 1, 1));
  OK(kevo_scan_set_upper(scan, "e", 1, 1));
  OK(kevo_scan_set_flags(scan, KEVO_SCAN_TOMBSTONES));
  INVALID(kevo_scan_set_lower(scan, NULL, 1, 1));
  INVALID(kevo_scan_set_upper(scan, NULL, 1, 1));
  INVALID(kevo_scan_set_prefix(scan, NULL, 1));
  INVALID(kevo_scan_set_flags(scan, 4));
  INVALID(kevo_scan_set_flags(scan, KEVO_SCAN_ALL_VERSIONS | 0x80000000u));
  INVALID(kevo_scan_set_flags(scan, UINT32_MAX));
  CHECK_STRING(scanned(list, scan), "c+5 e-6");

  /* Setting again replaces; the caller's bytes are copied. */
  {
    char bound[] = "a";

    OK(kevo_scan_set_lower(scan, bound, 1, 0));
    bound[0] = 'z';
    CHECK_STRING(scanned(list, scan), "c+5 e-6");
    OK(kevo_scan_set_lower(scan, "a", 1, -1)); /* what is not 0 is true */
    CHECK_STRING(scanned(list, scan), "a+4 c+5 e-6");
    OK(kevo_scan_set_flags(scan, 0));
    CHECK_STRING(scanned(list, scan), "a+4 c+5");
  }
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

static void test_versions_and_tombstones(void)
{
  const uint64_t latest = KEVO_SEQUENCE_LATEST;
  const uint32_t both = KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES;
  static const struct {
    uint32_t flags;
    uint64_t max_sequence;
    const char *expected;
  } cases[] = {{0, KEVO_SEQUENCE_LATEST, "a+4 c+5 g+1"},
               {KEVO_SCAN_TOMBSTONES, KEVO_SEQUENCE_LATEST, "a+4 c+5 e-6 g+1"},
               {KEVO_SCAN_ALL_VERSIONS, KEVO_SEQUENCE_LATEST, "a+4 c+5 c+3 e+2 g+1"},
               {KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES, KEVO_SEQUENCE_LATEST, "a+4 c+5 c+3 e-6 e+2 g+1"},
               {0, 5, "a+4 c+5 e+2 g+1"},
               {0, 4, "a+4 c+3 e+2 g+1"},
               {KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES, 4, "a+4 c+3 e+2 g+1"},
               {0, 1, "g+1"},
               {KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES, 0, ""}};
  kevo_memtable_list *list = letters();
  kevo_scan *scan;
  kevo_iterator *iterator;
  size_t i;

  for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    scan = scan_with(cases[i].flags, cases[i].max_sequence);
    CHECK_STRING(scanned(list, scan), cases[i].expected);
    kevo_scan_free(scan);
  }

  /* Going to a key from below is to its newest version, from above to its oldest. */
  scan = scan_with(both, latest);
  iterator = iterator_of(list, scan);
  OK(seek(iterator, "c"));
  CHECK_STRING(entry_at(iterator), "c+5");
  OK(seek_for_prev(iterator, "c"));
  CHECK_STRING(entry_at(iterator), "c+3");
  OK(kevo_iterator_next(iterator));
  CHECK_STRING(entry_at(iterator), "e-6");
  OK(seek_for_prev(iterator, "d"));
  CHECK_STRING(entry_at(iterator), "c+3");
  OK(kevo_iterator_prev(iterator));
  CHECK_STRING(entry_at(iterator), "c+5");
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);

  delete(list, "g", 7);
  scan = scan_with(both, latest);
  iterator = iterator_of(list, scan);
  OK(kevo_iterator_last(iterator));
  CHECK_STRING(entry_at(iterator), "g+1");
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

static const char *in_range(const kevo_memtable_list *list, const char *lower, int lower_inclusive, const char *upper,
                            int upper_inclusive, const char *prefix)
{
  kevo_scan *scan = kevo_scan_new();
  const char *found;

  if (lower != NULL)
    OK(kevo_scan_set_lower(scan, lower, strlen(lower), lower_inclusive));
  if (upper != NULL)
    OK(kevo_scan_set_upper(scan, upper, strlen(upper), upper_inclusive));
  if (prefix != NULL)
    OK(kevo_scan_set_prefix(scan, prefix, strlen(prefix)));
  found = scanned(list, scan);
  kevo_scan_free(scan);
  return found;
}

static void test_bounds(void)
{
  kevo_memtable_list *list = empty_list();
  kevo_scan *scan;

  put(list, "", "", 1);
  put(list, "a", "", 2);
  put(list, "ab", "", 3);
  put(list, "abc", "", 4);
  put(list, "b", "", 5);
  put(list, "\xfe", "", 6);
  put(list, "\xff", "", 7);
  put(list, "\xff\xff", "", 8);

  CHECK_STRING(in_range(list, "a", 1, "b", 1, NULL), "a+2 ab+3 abc+4 b+5");
  CHECK_STRING(in_range(list, "a", 0, "b", 0, NULL), "ab+3 abc+4");
  CHECK_STRING(in_range(list, "a", 0, "b", 1, NULL), "ab+3 abc+4 b+5");
  CHECK_STRING(in_range(list, "a", 1, "b", 0, NULL), "a+2 ab+3 abc+4");
  CHECK_STRING(in_range(list, "aa", 0, "abb", 0, NULL), "ab+3");
  CHECK_STRING(in_range(list, NULL, 0, "a", 1, NULL), "+1 a+2");
  CHECK_STRING(in_range(list, "b", 0, NULL, 0, NULL), "\xfe+6 \xff+7 \xff\xff+8");
  CHECK_STRING(in_range(list, "a", 1, "a", 1, NULL), "a+2");

  /* The empty key is a key, and a bound. */
  CHECK_STRING(in_range(list, "", 1, "a", 0, NULL), "+1");
  CHECK_STRING(in_range(list, "", 0, "a", 1, NULL), "a+2");
  CHECK_STRING(in_range(list, NULL, 0, "", 1, NULL), "+1");
  CHECK_STRING(in_range(list, NULL, 0, "", 0, NULL), "");

  /* Nothing lies between these. */
  CHECK_STRING(in_range(list, "a", 1, "a", 0, NULL), "");
  CHECK_STRING(in_range(list, "a", 0, "a", 1, NULL), "");
  CHECK_STRING(in_range(list, "a", 0, "a", 0, NULL), "");
  CHECK_STRING(in_range(list, "b", 1, "a", 1, NULL), "");
  CHECK_STRING(in_range(list, "b", 0, "a", 0, NULL), "");
  CHECK_STRING(in_range(list, "c", 1, "d", 1, NULL), "");
  CHECK_STRING(in_range(list, "\xff\xff", 0, NULL, 0, NULL), "");

  /* Prefixes, alone and with bounds; one of nothing but 0xff has no key above it. */
  CHECK_STRING(in_range(list, NULL, 0, NULL, 0, "a"), "a+2 ab+3 abc+4");
  CHECK_STRING(in_range(list, NULL, 0, NULL, 0, "ab"), "ab+3 abc+4");
  CHECK_STRING(in_range(list, NULL, 0, NULL, 0, "\xff"), "\xff+7 \xff\xff+8");
  CHECK_STRING(in_range(list, NULL, 0, NULL, 0, "\xfe"), "\xfe+6");
  CHECK_STRING(in_range(list, NULL, 0, NULL, 0, "abcd"), "");
  CHECK_STRING(in_range(list, NULL, 0, NULL, 0, ""), "+1 a+2 ab+3 abc+4 b+5 \xfe+6 \xff+7 \xff\xff+8");
  CHECK_STRING(in_range(list, "a", 0, NULL, 0, "a"), "ab+3 abc+4");
  CHECK_STRING(in_range(list, NULL, 0, "abc", 0, "a"), "a+2 ab+3");
  CHECK_STRING(in_range(list, "ab", 1, "ab", 1, "a"), "ab+3");
  CHECK_STRING(in_range(list, "", 1, "z", 1, "ab"), "ab+3 abc+4");
  CHECK_STRING(in_range(list, "b", 1, NULL, 0, "a"), "");
  CHECK_STRING(in_range(list, NULL, 0, "a", 0, "a"), "");

  scan = kevo_scan_new();
  OK(kevo_scan_set_lower(scan, NULL, 0, 0));
  OK(kevo_scan_set_upper(scan, "a", 1, 1));
  OK(kevo_scan_set_prefix(scan, NULL, 0));
  CHECK_STRING(scanned(list, scan), "a+2");
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* ---- iterators ---------------------------------------------------------------------------------------------- */

static void test_iterator_arguments(void)
{
  int object;
  kevo_memtable_list *list = letters();
  kevo_memtable *table = table_of(list, 0);
  kevo_iterator *iterator;
  kevo_entry entry, entries[2];
  unsigned char buffer[64];
  size_t count = MARKED_NUMBER, used = MARKED_NUMBER;

  iterator = (void *)&object;
  INVALID(kevo_memtable_list_iterator(NULL, NULL, &iterator));
  CHECK(iterator == NULL);
  INVALID(kevo_memtable_list_iterator(list, NULL, NULL));
  iterator = (void *)&object;
  INVALID(kevo_memtable_iterator(NULL, NULL, &iterator));
  CHECK(iterator == NULL);
  INVALID(kevo_memtable_iterator(table, NULL, NULL));
  kevo_iterator_free(NULL);

  INVALID(kevo_iterator_first(NULL));
  INVALID(kevo_iterator_last(NULL));
  INVALID(kevo_iterator_next(NULL));
  INVALID(kevo_iterator_prev(NULL));
  INVALID(kevo_iterator_seek(NULL, "a", 1));
  INVALID(kevo_iterator_seek_for_prev(NULL, "a", 1));
  INVALID(kevo_iterator_entry(NULL, &entry));
  INVALID(kevo_iterator_next_batch(NULL, entries, 2, &count));
  INVALID(kevo_iterator_next_packed(NULL, buffer, sizeof buffer, &used, &count));

  /* A call that is refused does not move the iterator and writes nothing. */
  iterator = iterator_of(list, NULL);
  OK(seek(iterator, "c"));
  INVALID(kevo_iterator_entry(iterator, NULL));
  INVALID(kevo_iterator_seek(iterator, NULL, 1));
  INVALID(kevo_iterator_seek_for_prev(iterator, NULL, 1));
  INVALID(kevo_iterator_next_batch(iterator, NULL, 2, &count));
  INVALID(kevo_iterator_next_batch(iterator, entries, 2, NULL));
  INVALID(kevo_iterator_next_batch(iterator, entries, 0, &count));
  INVALID(kevo_iterator_next_batch(iterator, NULL, 0, &count));
  INVALID(kevo_iterator_next_packed(iterator, NULL, 1, &used, &count));
  INVALID(kevo_iterator_next_packed(iterator, buffer, sizeof buffer, NULL, &count));
  INVALID(kevo_iterator_next_packed(iterator, buffer, sizeof buffer, &used, NULL));
  CHECK_NUMBER(count, MARKED_NUMBER);
  CHECK_NUMBER(used, MARKED_NUMBER);
  CHECK_STRING(entry_at(iterator), "c+5");

  OK(kevo_iterator_seek(iterator, NULL, 0)); /* the empty key is below all */
  CHECK_STRING(entry_at(iterator), "a+4");
  CHECK_CODE(kevo_iterator_seek_for_prev(iterator, NULL, 0), KEVO_END);

  kevo_iterator_free(iterator);
  kevo_memtable_free(table);
  kevo_memtable_list_free(list);
}

static void test_iterator_moves(void)
{
  kevo_memtable_list *list = letters(); /* a c g */
  kevo_iterator *iterator = iterator_of(list, NULL);
  kevo_entry entry;

  /* Before the first entry. */
  memset(&entry, 0x55, sizeof entry);
  CHECK_CODE(kevo_iterator_entry(iterator, &entry), KEVO_END);
  CHECK_NUMBER(entry.sequence, UINT64_C(0x5555555555555555));
  CHECK_CODE(kevo_iterator_prev(iterator), KEVO_END);
  CHECK_CODE(kevo_iterator_prev(iterator), KEVO_END);
  OK(kevo_iterator_next(iterator));
  CHECK_STRING(entry_at(iterator), "a+4");
  OK(kevo_iterator_entry(iterator, &entry));
  CHECK_SLICE(entry.key, "a");
  CHECK_SLICE(entry.value, "a");
  CHECK_NUMBER(entry.reserved, 0);

  /* Off the first entry and back. */
  CHECK_CODE(kevo_iterator_prev(iterator), KEVO_END);
  CHECK_STRING(entry_at(iterator), "END");
  OK(kevo_iterator_next(iterator));
  CHECK_STRING(entry_at(iterator), "a+4");

  /* Off the last entry and back. */
  OK(kevo_iterator_last(iterator));
  CHECK_STRING(entry_at(iterator), "g+1");
  CHECK_CODE(kevo_iterator_next(iterator), KEVO_END);
  CHECK_STRING(entry_at(iterator), "END");
  CHECK_CODE(kevo_iterator_next(iterator), KEVO_END);
  OK(kevo_iterator_prev(iterator));
  CHECK_STRING(entry_at(iterator), "g+1");
  OK(kevo_iterator_prev(iterator));
  CHECK_STRING(entry_at(iterator), "c+5");
  OK(kevo_iterator_next(iterator));
  CHECK_STRING(entry_at(iterator), "g+1");
  OK(kevo_iterator_first(iterator));
  CHECK_STRING(entry_at(iterator), "a+4");

  /* Seeks: on a key, between keys, onto a deleted one, off either end. */
  OK(seek(iterator, "c"));
  CHECK_STRING(entry_at(iterator), "c+5");
  OK(seek(iterator, "b"));
  CHECK_STRING(entry_at(iterator), "c+5");
  OK(seek(iterator, "e"));
  CHECK_STRING(entry_at(iterator), "g+1");
  OK(seek_for_prev(iterator, "e"));
  CHECK_STRING(entry_at(iterator), "c+5");
  OK(seek_for_prev(iterator, "a"));
  CHECK_STRING(entry_at(iterator), "a+4");
  OK(seek_for_prev(iterator, "z"));
  CHECK_STRING(entry_at(iterator), "g+1");

  CHECK_CODE(seek(iterator, "h"), KEVO_END); /* now after the last entry */
  CHECK_STRING(entry_at(iterator), "END");
  CHECK_CODE(kevo_iterator_next(iterator), KEVO_END);
  OK(kevo_iterator_prev(iterator));
  CHECK_STRING(entry_at(iterator), "g+1");

  CHECK_CODE(seek_for_prev(iterator, "A"), KEVO_END); /* now before the first */
  CHECK_STRING(entry_at(iterator), "END");
  CHECK_CODE(kevo_iterator_prev(iterator), KEVO_END);
  OK(kevo_iterator_next(iterator));
  CHECK_STRING(entry_at(iterator), "a+4");
  kevo_iterator_free(iterator);

  /* Nothing there at all. */
  kevo_memtable_list_free(list);
  list = empty_list();
  iterator = iterator_of(list, NULL);
  CHECK_CODE(kevo_iterator_first(iterator), KEVO_END);
  CHECK_CODE(kevo_iterator_last(iterator), KEVO_END);
  CHECK_CODE(kevo_iterator_next(iterator), KEVO_END);
  CHECK_CODE(kevo_iterator_prev(iterator), KEVO_END);
  CHECK_CODE(seek(iterator, ""), KEVO_END);
  CHECK_CODE(seek_for_prev(iterator, "z"), KEVO_END);
  CHECK_CODE(kevo_iterator_entry(iterator, &entry), KEVO_END);
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);
}

/* A seek never leaves the range of the scan. */
static void test_seek_in_range(void)
{
  kevo_memtable_list *list = empty_list();
  kevo_scan *scan = kevo_scan_new();
  kevo_iterator *iterator;
  const char *key;
  char text[2] = "a";

  for (key = "abcdefg"; *key != '\0'; key++) {
    text[0] = *key;
    put(list, text, "", (uint64_t)(*key - 'a') + 1);
  }
  OK(kevo_scan_set_lower(scan, "b", 1, 0));
  OK(kevo_scan_set_upper(scan, "f", 1, 0));
  iterator = iterator_of(list, scan);

  OK(seek(iterator, "a"));
  CHECK_STRING(entry_at(iterator), "c+3");
  OK(seek(iterator, "b"));
  CHECK_STRING(entry_at(iterator), "c+3");
  CHECK_CODE(kevo_iterator_prev(iterator), KEVO_END);
  CHECK_CODE(seek(iterator, "f"), KEVO_END);
  OK(kevo_iterator_prev(iterator));
  CHECK_STRING(entry_at(iterator), "e+5");
  OK(seek_for_prev(iterator, "g"));
  CHECK_STRING(entry_at(iterator), "e+5");
  CHECK_CODE(kevo_iterator_next(iterator), KEVO_END);
  CHECK_CODE(seek_for_prev(iterator, "b"), KEVO_END);
  OK(kevo_iterator_next(iterator));
  CHECK_STRING(entry_at(iterator), "c+3");
  kevo_iterator_free(iterator);

  /* A range that is empty, wherever one goes in it. */
  OK(kevo_scan_set_upper(scan, "a", 1, 1));
  iterator = iterator_of(list, scan);
  CHECK_CODE(kevo_iterator_first(iterator), KEVO_END);
  CHECK_CODE(kevo_iterator_last(iterator), KEVO_END);
  CHECK_CODE(seek(iterator, "a"), KEVO_END);
  CHECK_CODE(kevo_iterator_prev(iterator), KEVO_END);
  CHECK_CODE(seek_for_prev(iterator, "g"), KEVO_END);
  CHECK_CODE(kevo_iterator_next(iterator), KEVO_END);
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* Turning back between any two entries leads back to where one came from. */
static void check_turns(const kevo_memtable_list *list, uint32_t flags, unsigned entries)
{
  kevo_scan *scan = scan_with(flags, KEVO_SEQUENCE_LATEST);
  kevo_iterator *iterator = iterator_of(list, scan);
  unsigned i;

  for (i = 1; i <= entries; i++) {
    char here[64];

    OK(kevo_iterator_next(iterator));
    strcpy(here, entry_at(iterator));
    CHECK_CODE(kevo_iterator_prev(iterator), i == 1 ? KEVO_END : KEVO_OK);
    OK(kevo_iterator_next(iterator));
    CHECK_STRING(entry_at(iterator), here);
    CHECK_CODE(kevo_iterator_next(iterator), i == entries ? KEVO_END : KEVO_OK);
    OK(kevo_iterator_prev(iterator));
    CHECK_STRING(entry_at(iterator), here);
  }
  CHECK_CODE(kevo_iterator_next(iterator), KEVO_END);
  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
}

static void test_turns(void)
{
  const uint32_t both = KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES;
  kevo_memtable_list *list = recover(fixture("basic"), NULL);
  kevo_scan *scan;
  kevo_iterator *iterator;

  /* What was recovered, the very first entry of the log included. */
  check_turns(list, both, 4);
  check_turns(list, KEVO_SCAN_TOMBSTONES, 3);
  check_turns(list, 0, 2);
  scan = scan_with(both, KEVO_SEQUENCE_LATEST);
  CHECK_STRING(scanned(list, scan), "key1-3 key1+1 key2+2 key3+4");
  iterator = iterator_of(list, scan);
  OK(seek_for_prev(iterator, "key1"));
  CHECK_STRING(entry_at(iterator), "key1+1");
  kevo_iterator_free(iterator);
  OK(kevo_scan_set_lower(scan, "key1", 4, 0));
  CHECK_STRING(scanned(list, scan), "key2+2 key3+4");
  OK(kevo_scan_set_lower(scan, "", 0, 1));
  OK(kevo_scan_set_upper(scan, "key1", 4, 1));
  CHECK_STRING(scanned(list, scan), "key1-3 key1+1");

  /* What was recovered and what was written, mixed. */
  put(list, "key1", "again", 5);
  put(list, "key2", "again", 6);
  check_turns(list, both, 6);
  check_turns(list, 0, 3);
  kevo_memtable_list_free(list);

  /* What was written alone, the very first entry included, first in one table, then in several. */
  list = letters();
  check_turns(list, both, 6);
  check_turns(list, 0, 3);
  OK(kevo_scan_set_upper(scan, "g", 1, 1));
  OK(kevo_scan_set_lower(scan, "e", 1, 0));
  CHECK_STRING(scanned(list, scan), "g+1");
  kevo_memtable_list_free(list);
  list = empty_list_with(KEVO_ORDER_LOG, 1);
  put(list, "a", "1", 0);
  put(list, "a", "2", 0);
  put(list, "b", "3", 0);
  check_turns(list, both, 3);
  check_turns(list, 0, 2);
  kevo_memtable_list_free(list);
  list = empty_list_with(KEVO_ORDER_SEQUENCE, 1u << 20);
  put(list, "a", "1", 0);
  put(list, "a", "2", 0);
  check_turns(list, both, 2);
  check_turns(list, 0, 1);
  kevo_memtable_list_free(list);
  kevo_scan_free(scan);
}

static void test_scan_is_copied(void)
{
  kevo_memtable_list *list = letters();
  kevo_scan *scan = kevo_scan_new();
  kevo_iterator *iterator;

  OK(kevo_scan_set_lower(scan, "c", 1, 1));
  iterator = iterator_of(list, scan);
  OK(kevo_scan_set_lower(scan, "z", 1, 1));
  kevo_scan_free(scan);
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "c+5 g+1");
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);
}

static void test_table_iterators(void)
{
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 36);
  kevo_scan *scan = scan_with(KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES, KEVO_SEQUENCE_LATEST);
  kevo_memtable *table;
  kevo_iterator *iterator;

  put(list, "b", "1", 1);
  put(list, "a", "1", 2);
  delete(list, "b", 3);
  put(list, "b", "2", 4);
  CHECK_STRING(scanned(list, scan), "a+2 b+4 b-3 b+1");

  table = table_of(list, 0);
  OK(kevo_memtable_iterator(table, scan, &iterator));
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "a+2 b+1");
  kevo_iterator_free(iterator);
  kevo_memtable_free(table);

  table = table_of(list, 1);
  OK(kevo_memtable_iterator(table, scan, &iterator));
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "b+4 b-3");
  kevo_iterator_free(iterator);
  OK(kevo_memtable_iterator(table, NULL, &iterator));
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "b+4");
  kevo_iterator_free(iterator);
  kevo_memtable_free(table);

  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

static void test_next_batch(void)
{
  kevo_memtable_list *list = letters(); /* a c g */
  kevo_iterator *iterator = iterator_of(list, NULL);
  kevo_entry entries[4];
  size_t count;

  OK(kevo_iterator_next_batch(iterator, entries, 2, &count));
  CHECK_NUMBER(count, 2);
  CHECK_SLICE(entries[0].key, "a");
  CHECK_SLICE(entries[1].key, "c");
  CHECK_SLICE(entries[1].value, "C");
  CHECK_NUMBER(entries[1].sequence, 5);
  CHECK_NUMBER(entries[1].op, KEVO_OP_PUT);
  CHECK_NUMBER(entries[1].reserved, 0);
  CHECK_STRING(entry_at(iterator), "c+5"); /* on the last one given */

  memset(entries, 0x55, sizeof entries);
  OK(kevo_iterator_next_batch(iterator, entries, 4, &count));
  CHECK_NUMBER(count, 1);
  CHECK_SLICE(entries[0].key, "g");
  CHECK_NUMBER(entries[1].sequence, UINT64_C(0x5555555555555555));
  CHECK_STRING(entry_at(iterator), "g+1");

  count = MARKED_NUMBER;
  CHECK_CODE(kevo_iterator_next_batch(iterator, entries, 4, &count), KEVO_END);
  CHECK_NUMBER(count, 0);
  CHECK_CODE(kevo_iterator_next_batch(iterator, entries, 4, &count), KEVO_END);
  CHECK_STRING(entry_at(iterator), "END");
  OK(kevo_iterator_prev(iterator));
  CHECK_STRING(entry_at(iterator), "g+1");

  /* From where one stands. */
  OK(kevo_iterator_first(iterator));
  OK(kevo_iterator_next_batch(iterator, entries, 1, &count));
  CHECK_NUMBER(count, 1);
  CHECK_SLICE(entries[0].key, "c");
  OK(kevo_iterator_next(iterator));
  CHECK_STRING(entry_at(iterator), "g+1");
  kevo_iterator_free(iterator);
  kevo_memtable_list_free(list);
}

static uint64_t little_endian(const unsigned char *bytes, int count)
{
  uint64_t number = 0;

  while (count-- > 0)
    number = number << 8 | bytes[count];
  return number;
}

/* Checks one packed entry and gives its length. */
static size_t check_packed(const unsigned char *at, const char *key, const char *value, uint64_t sequence, unsigned op)
{
  const size_t key_len = strlen(key), value_len = strlen(value);

  CHECK_NUMBER(little_endian(at, 4), key_len);
  CHECK_NUMBER(little_endian(at + 4, 4), value_len);
  CHECK_NUMBER(little_endian(at + 8, 8), sequence);
  CHECK_NUMBER(little_endian(at + 16, 4), op);
  CHECK_NUMBER(little_endian(at + 20, 4), 0);
  CHECK(memcmp(at + 24, key, key_len) == 0);
  CHECK(memcmp(at + 24 + key_len, value, value_len) == 0);
  return 24 + key_len + value_len;
}

static void test_next_packed(void)
{
  kevo_memtable_list *list = empty_list();
  kevo_scan *scan = scan_with(KEVO_SCAN_TOMBSTONES, KEVO_SEQUENCE_LATEST);
  kevo_iterator *iterator;
  unsigned char buffer[256];
  size_t used, count, at;

  put(list, "key", "value", UINT64_C(0x0102030405060708));
  delete(list, "lock", 2);
  put(list, "m", "", 3);
  iterator = iterator_of(list, scan);

  /* Too small for the first one, which takes 32. */
  memset(buffer, 0x55, sizeof buffer);
  count = MARKED_NUMBER;
  CHECK_CODE(kevo_iterator_next_packed(iterator, NULL, 0, &used, &count), KEVO_E_BUFFER_TOO_SMALL);
  CHECK_NUMBER(used, 32);
  CHECK_CODE(kevo_iterator_next_packed(iterator, buffer, 0, &used, &count), KEVO_E_BUFFER_TOO_SMALL);
  CHECK_NUMBER(used, 32);
  CHECK_CODE(kevo_iterator_next_packed(iterator, buffer, 31, &used, &count), KEVO_E_BUFFER_TOO_SMALL);
  CHECK_NUMBER(used, 32);
  CHECK(count == MARKED_NUMBER || count == 0);
  CHECK(buffer[0] == 0x55);
  CHECK_STRING(entry_at(iterator), "END");

  /* Room for one, and not quite for two. */
  OK(kevo_iterator_next_packed(iterator, buffer, 32 + 27, &used, &count));
  CHECK_NUMBER(used, 32);
  CHECK_NUMBER(count, 1);
  CHECK_NUMBER(check_packed(buffer, "key", "value", UINT64_C(0x0102030405060708), KEVO_OP_PUT), 32);
  CHECK(buffer[32 + 27] == 0x55);
  CHECK_STRING(entry_at(iterator), "key+72623859790382856");

  CHECK_CODE(kevo_iterator_next_packed(iterator, buffer, 27, &used, &count), KEVO_E_BUFFER_TOO_SMALL);
  CHECK_NUMBER(used, 28);
  CHECK_STRING(entry_at(iterator), "key+72623859790382856");

  /* Room for the rest, exactly. */
  OK(kevo_iterator_next_packed(iterator, buffer, 28 + 25, &used, &count));
  CHECK_NUMBER(used, 28 + 25);
  CHECK_NUMBER(count, 2);
  at = check_packed(buffer, "lock", "", 2, KEVO_OP_DELETE);
  at += check_packed(buffer + at, "m", "", 3, KEVO_OP_PUT);
  CHECK_NUMBER(at, used);
  CHECK_STRING(entry_at(iterator), "m+3");

  used = count = MARKED_NUMBER;
  CHECK_CODE(kevo_iterator_next_packed(iterator, NULL, 0, &used, &count), KEVO_END);
  CHECK_NUMBER(used, 0);
  CHECK_NUMBER(count, 0);
  used = count = MARKED_NUMBER;
  CHECK_CODE(kevo_iterator_next_packed(iterator, buffer, sizeof buffer, &used, &count), KEVO_END);
  CHECK_NUMBER(used, 0);
  CHECK_NUMBER(count, 0);
  CHECK_STRING(entry_at(iterator), "END");
  OK(kevo_iterator_prev(iterator));
  CHECK_STRING(entry_at(iterator), "m+3");

  kevo_iterator_free(iterator);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* Thousands of entries in batches that do not divide them, against the same one by one. */
static void test_long_scans(void)
{
  kevo_memtable_list *list = recover(fixture("many-keys"), NULL);
  kevo_scan *scan = scan_with(KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES, KEVO_SEQUENCE_LATEST);
  kevo_iterator *one = iterator_of(list, scan);
  kevo_iterator *many = iterator_of(list, scan);
  kevo_iterator *packed = iterator_of(list, scan);
  kevo_entry entries[7], entry;
  unsigned char buffer[1000];
  size_t count, used, i, total = 0, packed_total = 0;
  int code;

  while ((code = kevo_iterator_next_batch(many, entries, 7, &count)) == KEVO_OK) {
    for (i = 0; i < count; i++, total++) {
      if (!CHECK(kevo_iterator_next(one) == KEVO_OK && kevo_iterator_entry(one, &entry) == KEVO_OK))
        break;
      CHECK(entry.key.data == entries[i].key.data && entry.key.len == entries[i].key.len);
      CHECK(entry.value.data == entries[i].value.data && entry.value.len == entries[i].value.len);
      CHECK(entry.sequence == entries[i].sequence && entry.op == entries[i].op);
    }
  }
  CHECK_CODE(code, KEVO_END);
  CHECK_CODE(kevo_iterator_next(one), KEVO_END);
  CHECK_NUMBER(total, 5000);

  while ((code = kevo_iterator_next_packed(packed, buffer, sizeof buffer, &used, &count)) == KEVO_OK) {
    CHECK(used <= sizeof buffer && count > 0);
    packed_total += count;
  }
  CHECK_CODE(code, KEVO_END);
  CHECK_NUMBER(packed_total, 5000);

  kevo_iterator_free(one);
  kevo_iterator_free(many);
  kevo_iterator_free(packed);
  kevo_scan_free(scan);
  kevo_memtable_list_free(list);
}

/* ---- what lives how long ------------------------------------------------------------------------------------ */

static void test_snapshots(void)
{
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 4000);
  kevo_memtable *table;
  kevo_iterator *iterator, *of_table;
  kevo_slice value;
  char key[16];
  uint64_t i;

  put(list, "a", "old a", 1);
  put(list, "b", "old b", 2);
  table = table_of(list, 0);
  iterator = iterator_of(list, NULL);
  OK(kevo_memtable_iterator(table, NULL, &of_table));
  value = value_of(list, "a", KEVO_SEQUENCE_LATEST);

  /* Overwrite, delete, and enough more to rotate several times; half-way, the iterator is on an entry. */
  put(list, "a", "new a", 3);
  delete(list, "b", 4);
  OK(kevo_iterator_next(iterator));
  for (i = 5; i < 1000; i++) {
    sprintf(key, "c%" PRIu64, i);
    put(list, key, "more", i);
  }
  CHECK(kevo_memtable_list_count(list) > 2);

  CHECK_SLICE(value, "old a");
  CHECK_STRING(entry_at(iterator), "a+1");
  CHECK_STRING(all_entries(iterator, kevo_iterator_next), "b+2");
  CHECK_STRING(all_entries(iterator, kevo_iterator_prev), "b+2 a+1");
  CHECK_STRING(all_entries(of_table, kevo_iterator_next), "a+1 b+2");
  CHECK_CODE(seek(iterator, "c"), KEVO_END);
  CHECK_SLICE(value_of(list, "a", KEVO_SEQUENCE_LATEST), "new a");

  kevo_iterator_free(iterator);
  kevo_iterator_free(of_table);
  kevo_memtable_free(table);
  kevo_memtable_list_free(list);
}

enum { LIST, REF, TABLE, ITERATOR, TABLE_ITERATOR, HANDLES };

static void free_one(void **handles, int which)
{
  switch (which) {
  case LIST:
  case REF:
    kevo_memtable_list_free(handles[which]);
    break;
  case TABLE:
    kevo_memtable_free(handles[which]);
    break;
  default:
    kevo_iterator_free(handles[which]);
  }
  handles[which] = NULL;
}

/* Every handle that is left works, and so does what was got from those that are gone. */
static void use_handles(void **handles, kevo_slice value)
{
  int left = 0;
  int i;

  for (i = 0; i < HANDLES; i++)
    left += handles[i] != NULL ? 1 : 0;
  if (left > 0)
    CHECK_SLICE(value, "1");
  for (i = LIST; i <= REF; i++) {
    if (handles[i] != NULL)
      CHECK_SLICE(value_of(handles[i], "a", KEVO_SEQUENCE_LATEST), "1");
  }
  if (handles[TABLE] != NULL)
    CHECK_CODE(kevo_memtable_get(handles[TABLE], "a", 1, KEVO_SEQUENCE_LATEST, NULL, NULL), KEVO_OK);
  if (handles[ITERATOR] != NULL) {
    OK(kevo_iterator_first(handles[ITERATOR]));
    CHECK_STRING(entry_at(handles[ITERATOR]), "a+1");
    OK(kevo_iterator_next(handles[ITERATOR]));
    CHECK_STRING(entry_at(handles[ITERATOR]), "b+2");
  }
  if (handles[TABLE_ITERATOR] != NULL) {
    OK(kevo_iterator_last(handles[TABLE_ITERATOR]));
    CHECK_STRING(entry_at(handles[TABLE_ITERATOR]), "a+1");
  }
}

/* All handles on one list are freed in every order that there is. */
static void free_in_order(const int *order)
{
  void *handles[HANDLES];
  kevo_memtable_list *list = empty_list_with(KEVO_ORDER_LOG, 1);
  kevo_iterator *of_table = NULL;
  kevo_slice value;
  int i;

  put(list, "a", "1", 1);
  put(list, "b", "1", 2); /* in a table of its own */
  value = value_of(list, "a", KEVO_SEQUENCE_LATEST);
  handles[LIST] = list;
  handles[REF] = kevo_memtable_list_ref(list);
  handles[TABLE] = table_of(list, 0);
  handles[ITERATOR] = iterator_of(list, NULL);
  OK(kevo_memtable_iterator(handles[TABLE], NULL, &of_table));
  handles[TABLE_ITERATOR] = of_table;

  for (i = 0; i < HANDLES; i++) {
    use_handles(handles, value);
    free_one(handles, order[i]);
  }
}

static void permute(int *order, int from)
{
  int i;

  if (from == HANDLES)
    free_in_order(order);
  for (i = from; i < HANDLES; i++) {
    int swapped = order[from];

    order[from] = order[i];
    order[i] = swapped;
    permute(order, from + 1);
    order[i] = order[from];
    order[from] = swapped;
  }
}

static void test_freeing_in_every_order(void)
{
  int order[HANDLES] = {LIST, REF, TABLE, ITERATOR, TABLE_ITERATOR};

  permute(order, 0);
}

/* A table outlives its list, and may still be written to. */
static void test_orphaned_table(void)
{
  kevo_memtable_list *list = empty_list();
  kevo_memtable *table = table_of(list, 0);
  kevo_slice value;

  kevo_memtable_list_free(list);
  OK(kevo_memtable_put(table, "a", 1, "1", 1, 1));
  OK(kevo_memtable_get(table, "a", 1, KEVO_SEQUENCE_LATEST, &value, NULL));
  CHECK_SLICE(value, "1");
  kevo_memtable_free(table);
}

/* Report and error are on their own. */
static void test_report_and_error_outlive(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  kevo_error *error;
  const char *message;

  OK(kevo_recover(fixture("dmg-torn-mid-payload"), options, &list, &report, NULL));
  kevo_recovery_options_free(options);
  kevo_recovery_report_free(report);
  CHECK_NUMBER(kevo_memtable_list_count(list), 1);
  kevo_memtable_list_free(list);

  CHECK_CODE(kevo_recover(fixture("dmg-flip-payload-mid"), NULL, &list, &report, &error), KEVO_E_CORRUPT);
  message = kevo_error_message(error);
  kevo_recovery_report_free(report);
  CHECK(message != NULL && strlen(message) > 0);
  kevo_error_free(error);
}

/* ---- export ------------------------------------------------------------------------------------------------- */

static void check_export(const kevo_memtable_list *list, const char *name, uint32_t flags, const char *expected)
{
  const char *out_dir = path_of(scratch, name);
  uint64_t entries = MARKED_NUMBER;
  uint64_t memtable_size = MARKED_NUMBER;
  kevo_error *error = (kevo_error *)(uintptr_t)marker;
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_scan *scan = scan_with(KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES, KEVO_SEQUENCE_LATEST);
  kevo_memtable_list *exported;
  kevo_memtable *table;

  OK(kevo_memtable_list_export(list, out_dir, flags, &entries, &memtable_size, &error));
  CHECK(error == NULL);
  OK(kevo_recovery_options_set_mode(options, KEVO_RECOVERY_ABSOLUTE));
  exported = recover(out_dir, options);
  CHECK_NUMBER(kevo_memtable_list_count(exported), 1);
  OK(kevo_memtable_list_table(exported, 0, &table));
  CHECK_NUMBER(memtable_size, kevo_memtable_approximate_size(table));
  kevo_memtable_free(table);
  CHECK_NUMBER(entries, kevo_memtable_list_max_sequence(exported));
  CHECK_STRING(scanned(exported, scan), expected);
  CHECK_SLICE(value_of(exported, "key3", KEVO_SEQUENCE_LATEST), "again");
  kevo_memtable_list_free(exported);
  kevo_scan_free(scan);
  kevo_recovery_options_free(options);
}

static void test_export(void)
{
  kevo_memtable_list *list = recover(fixture("basic"), NULL);

  put(list, "key3", "again", 2);
  put(list, "", "of the empty key", 1);
  check_export(list, "all", 0, "+6 key1-3 key1+1 key2+2 key3+5 key3+4");
  check_export(list, "newest", KEVO_EXPORT_NEWEST_ONLY, "+4 key1-2 key2+1 key3+3");
  OK(kevo_memtable_list_export(list, path_of(scratch, "no outputs"), 0, NULL, NULL, NULL));
  kevo_memtable_list_free(list);
}

static void check_refused(const kevo_memtable_list *list, const char *out_dir, uint32_t flags, int code)
{
  uint64_t entries = MARKED_NUMBER;
  uint64_t memtable_size = MARKED_NUMBER;
  kevo_error *error = NULL;

  CHECK_CODE(kevo_memtable_list_export(list, out_dir, flags, &entries, &memtable_size, &error), code);
  CHECK(entries == MARKED_NUMBER && memtable_size == MARKED_NUMBER);
  CHECK_CODE(kevo_error_code(error), code);
  CHECK(kevo_error_message(error) != NULL);
  if (code == KEVO_E_IO)
    CHECK_STRING(kevo_error_path(error), out_dir);
  CHECK_NUMBER(kevo_error_offset(error), UINT64_MAX);
  kevo_error_free(error);
  CHECK_CODE(kevo_memtable_list_export(list, out_dir, flags, NULL, NULL, NULL), code);
}

static void test_refused_exports(void)
{
  kevo_memtable_list *list = recover(fixture("basic"), NULL);

  check_refused(NULL, path_of(scratch, "refused"), 0, KEVO_E_INVALID_ARGUMENT);
  check_refused(list, NULL, 0, KEVO_E_INVALID_ARGUMENT);
  check_refused(list, path_of(scratch, "refused"), 2, KEVO_E_INVALID_ARGUMENT);
  check_refused(list, path_of(scratch, "refused"), KEVO_EXPORT_NEWEST_ONLY | 1u << 31, KEVO_E_INVALID_ARGUMENT);
  check_refused(list, fixture("basic"), 0, KEVO_E_IO);
  check_refused(list, path_of(scratch, "refused/twice"), 0, KEVO_E_IO);
  check_refused(list, "", 0, KEVO_E_IO);
  kevo_memtable_list_free(list);
}

/* ---- main --------------------------------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
  if (argc != 3) {
    fprintf(stderr, "usage: harness FIXTURES SCRATCH\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IONBF, 0); /* what was found is shown even if the library crashes */

  fixtures = argv[1];
  scratch = argv[2];

  test_version();
  test_strerror();
  test_error_object();

  test_options();
  test_failed_setters_change_nothing();
  test_recover_arguments();
  test_recover_outcomes();
  test_progress();
  test_threads();
  test_set_aside();

  test_report_stats();
  test_report_files_left_out();
  test_report_damage();

  test_list_handles();
  test_get();
  test_empty_and_binary_keys();
  test_multi_get();
  test_put_and_delete();
  test_order();
  test_rotation();

  test_table_handles();
  test_table_get();
  test_table_writes();

  test_scan_setters();
  test_versions_and_tombstones();
  test_bounds();

  test_iterator_arguments();
  test_iterator_moves();
  test_seek_in_range();
  test_turns();
  test_scan_is_copied();
  test_table_iterators();
  test_next_batch();
  test_next_packed();
  test_long_scans();

  test_snapshots();
  test_freeing_in_every_order();
  test_orphaned_table();
  test_report_and_error_outlive();

  /* Last: until here the scratch directory is an empty log. */
  test_export();
  test_refused_exports();

  printf("%lu checks, %lu failed\n", checks, failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
