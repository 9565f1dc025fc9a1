/* The options of recovery: what their setters take, and what each option does. */
#include "harness.h"

static int never_called(void *user, uint64_t bytes_done, uint64_t bytes_total)
{
  (void)user;
  (void)bytes_done;
  (void)bytes_total;
  CHECK(!"the callback that was taken away is called");
  return 1;
}

static const struct {
  const char *name;
  int line;
  int (*set)(kevo_recovery_options *, int);
  int value;
  int expected;
} int_cases[] = {
    {SETTER(kevo_recovery_options_set_mode), KEVO_RECOVERY_TOLERATE_TORN_TAIL, KEVO_OK},
    {SETTER(kevo_recovery_options_set_mode), KEVO_RECOVERY_ABSOLUTE, KEVO_OK},
    {SETTER(kevo_recovery_options_set_mode), KEVO_RECOVERY_POINT_IN_TIME, KEVO_OK},
    {SETTER(kevo_recovery_options_set_mode), KEVO_RECOVERY_SKIP_CORRUPTED, KEVO_OK},
    {SETTER(kevo_recovery_options_set_mode), 4, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_recovery_options_set_mode), -1, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_recovery_options_set_mode), INT_MAX, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_recovery_options_set_mode), INT_MIN, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_recovery_options_set_mode), 256, KEVO_E_INVALID_ARGUMENT}, /* the low byte of which is a mode */
    {SETTER(kevo_recovery_options_set_order), KEVO_ORDER_SEQUENCE, KEVO_OK},
    {SETTER(kevo_recovery_options_set_order), KEVO_ORDER_LOG, KEVO_OK},
    {SETTER(kevo_recovery_options_set_order), 2, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_recovery_options_set_order), -1, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_recovery_options_set_order), INT_MIN, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_recovery_options_set_include_set_aside), 1, KEVO_OK},
    {SETTER(kevo_recovery_options_set_include_set_aside), -5, KEVO_OK},
    {SETTER(kevo_recovery_options_set_include_set_aside), 0, KEVO_OK},
};

static const struct {
  const char *name;
  int line;
  int (*set)(kevo_recovery_options *, size_t);
  size_t value;
  int expected;
} size_cases[] = {
    {SETTER(kevo_recovery_options_set_max_memtables), 0, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_recovery_options_set_max_memtables), 1, KEVO_OK},
    {SETTER(kevo_recovery_options_set_max_memtables), SIZE_MAX, KEVO_OK},
    {SETTER(kevo_recovery_options_set_threads), 3, KEVO_OK},
    {SETTER(kevo_recovery_options_set_threads), 0, KEVO_OK},
};

static const struct {
  const char *name;
  int line;
  int (*set)(kevo_recovery_options *, uint64_t);
  uint64_t value;
  int expected;
} number_cases[] = {
    {SETTER(kevo_recovery_options_set_max_sequence), 0, KEVO_OK},
    {SETTER(kevo_recovery_options_set_max_sequence), KEVO_SEQUENCE_LATEST, KEVO_OK},
    {SETTER(kevo_recovery_options_set_memtable_size), 0, KEVO_E_INVALID_ARGUMENT},
    {SETTER(kevo_recovery_options_set_memtable_size), 1, KEVO_OK},
    {SETTER(kevo_recovery_options_set_memtable_size), UINT64_MAX, KEVO_OK},
};

static void test_setters(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();

  if (!CHECK(options != NULL))
    return;
  kevo_recovery_options_free(NULL);

  CHECK_SETTERS(int_cases, options);
  CHECK_SETTERS(size_cases, options);
  CHECK_SETTERS(number_cases, options);
  OK(kevo_recovery_options_set_progress(options, never_called, NULL));
  OK(kevo_recovery_options_set_progress(options, NULL, NULL));
  INVALID(kevo_recovery_options_set_progress(NULL, never_called, NULL));

  /* After all of that, recovery works as ever, and the options can be used again. */
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

  list = recover(fixture("dmg-flip-payload-mid"), options); /* fails in any other mode */
  CHECK(kevo_memtable_list_count(list) > 4);                /* fails if one of the limits was changed */
  kevo_memtable_list_free(list);

  list = recover(fixture("engine-stale-after-rotation"), options);
  CHECK_SLICE(value_of(list, "k00010", KEVO_SEQUENCE_LATEST), "OLD................."); /* in this order only */
  kevo_memtable_list_free(list);
  kevo_recovery_options_free(options);
}

struct progress {
  unsigned calls;
  unsigned cancel_at; /* the call that returns `answer` instead of 0; none if this is 0 */
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

static void check_cancelled(const kevo_recovery_options *options, const struct progress *progress)
{
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  kevo_error *error;

  CHECK_CODE(kevo_recover(fixture("frag-1m"), options, &list, &report, &error), KEVO_E_CANCELLED);
  CHECK_NUMBER(progress->calls, 1);
  CHECK(list == NULL);
  CHECK(report != NULL);
  CHECK(error != NULL);
  CHECK_CODE(kevo_error_code(error), KEVO_E_CANCELLED);
  kevo_recovery_report_free(report);
  kevo_error_free(error);
}

static void test_progress(void)
{
  kevo_recovery_options *options = kevo_recovery_options_new();
  struct progress progress = {0, 0, 0, 0, 0};
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
    check_cancelled(options, &progress);
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

  for (i = 0; i < COUNT(threads); i++) {
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

void test_options(void)
{
  test_setters();
  test_failed_setters_change_nothing();
  test_progress();
  test_threads();
  test_set_aside();
}
