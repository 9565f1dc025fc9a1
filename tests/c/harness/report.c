/* The report of a recovery. */
#include "harness.h"

struct stat_case {
  int stat;
  uint64_t expected;
};

/* A recovery with these options, or the default ones if they are NULL, counts this. */
static void check_stats(const char *name, const kevo_recovery_options *options, const struct stat_case *cases,
                        size_t count, int line)
{
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  size_t i;

  OK(kevo_recover(fixture(name), options, &list, &report, NULL));
  for (i = 0; i < count; i++) {
    char text[64];

    sprintf(text, "%.40s, statistic %d", name, cases[i].stat);
    check_number(kevo_recovery_report_stat(report, cases[i].stat), cases[i].expected, __FILE__, line, text);
    CHECK_NUMBER(kevo_recovery_report_stat(NULL, cases[i].stat), 0);
  }
  kevo_memtable_list_free(list);
  kevo_recovery_report_free(report);
}

#define CHECK_STATS(name, options, cases) check_stats((name), (options), (cases), COUNT(cases), __LINE__)

static void test_stats(void)
{
  static const struct stat_case basic[] = {
      {KEVO_STAT_FILES, 1},
      {KEVO_STAT_BYTES, 126},
      {KEVO_STAT_ENTRIES_APPLIED, 4},
      {KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE, 0},
      {KEVO_STAT_MERGES_IGNORED, 0},
      {KEVO_STAT_BATCHES_DROPPED, 0},
      {KEVO_STAT_BYTES_DAMAGED, 0},
      {KEVO_STAT_SET_ASIDE_DIRECTORIES, 0},
      {KEVO_STAT_FILES_LEFT_OUT, 0},
      /* There are no such statistics. */
      {0, 0},
      {1000, 0},
      {-1, 0},
      {INT_MIN, 0},
  };
  static const struct stat_case merge[] = {{KEVO_STAT_ENTRIES_APPLIED, 2}, {KEVO_STAT_MERGES_IGNORED, 3}};
  static const struct stat_case up_to_50[] = {
      {KEVO_STAT_FILES, 4}, {KEVO_STAT_ENTRIES_APPLIED, 50}, {KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE, 50}};
  static const struct stat_case torn[] = {{KEVO_STAT_BYTES_DAMAGED, 30}};
  kevo_recovery_options *options = kevo_recovery_options_new();
  kevo_memtable_list *list;

  CHECK_STATS("basic", NULL, basic);
  CHECK_STATS("merge", NULL, merge);
  CHECK_STATS("dmg-torn-mid-payload", NULL, torn);

  OK(kevo_recovery_options_set_max_sequence(options, 50));
  CHECK_STATS("multi-file", options, up_to_50);
  list = recover(fixture("multi-file"), options);
  CHECK_NUMBER(kevo_memtable_list_max_sequence(list), 50);
  kevo_memtable_list_free(list);
  kevo_recovery_options_free(options);
}

static void test_files_left_out(void)
{
  static const struct {
    const char *fixture;
    int mode;
    uint64_t expected;
  } cases[] = {
      {"dmg-torn-first-of-two", KEVO_RECOVERY_POINT_IN_TIME, 1},
      {"dmg-torn-first-of-two", KEVO_RECOVERY_TOLERATE_TORN_TAIL, 0},
      {"dmg-torn-second-of-two", KEVO_RECOVERY_POINT_IN_TIME, 0},
      {"dmg-flip-first-of-two", KEVO_RECOVERY_POINT_IN_TIME, 1},
      {"dmg-flip-first-of-two", KEVO_RECOVERY_SKIP_CORRUPTED, 0},
  };
  size_t i;

  for (i = 0; i < COUNT(cases); i++) {
    kevo_recovery_options *options = kevo_recovery_options_new();
    const struct stat_case left_out = {KEVO_STAT_FILES_LEFT_OUT, cases[i].expected};

    OK(kevo_recovery_options_set_mode(options, cases[i].mode));
    check_stats(cases[i].fixture, options, &left_out, 1, __LINE__);
    kevo_recovery_options_free(options);
  }
}

/* What kevo_recovery_report_damage sets. */
struct damage {
  const char *path;
  uint64_t offset;
  uint64_t length;
  int kind;
  const char *what;
};

static int damage_at(const kevo_recovery_report *report, size_t index, struct damage *damage)
{
  return kevo_recovery_report_damage(report, index, &damage->path, &damage->offset, &damage->length, &damage->kind,
                                     &damage->what);
}

static void check_damage(const kevo_recovery_report *report, const char *name, uint64_t offset, uint64_t length,
                         int kind)
{
  struct damage damage = {mark, MARKED_NUMBER, MARKED_NUMBER, MARKED_CODE, mark};

  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 1);
  OK(damage_at(report, 0, &damage));
  CHECK_STRING(damage.path, path_of(fixture(name), "01750000000000000001.wal"));
  CHECK_NUMBER(damage.offset, offset);
  CHECK_NUMBER(damage.length, length);
  CHECK_CODE(damage.kind, kind);
  CHECK(damage.what != NULL && damage.what[0] != '\0' && damage.what != mark);
}

static void check_refused_damage(const kevo_recovery_report *report)
{
  struct damage it = {mark, MARKED_NUMBER, MARKED_NUMBER, MARKED_CODE, mark};
  const struct refusal refusals[] = {
      REFUSAL(damage_at(report, 1, &it)),
      REFUSAL(damage_at(report, SIZE_MAX, &it)),
      REFUSAL(damage_at(NULL, 0, &it)),
      REFUSAL(kevo_recovery_report_damage(report, 0, NULL, &it.offset, &it.length, &it.kind, &it.what)),
      REFUSAL(kevo_recovery_report_damage(report, 0, &it.path, NULL, &it.length, &it.kind, &it.what)),
      REFUSAL(kevo_recovery_report_damage(report, 0, &it.path, &it.offset, NULL, &it.kind, &it.what)),
      REFUSAL(kevo_recovery_report_damage(report, 0, &it.path, &it.offset, &it.length, NULL, &it.what)),
      REFUSAL(kevo_recovery_report_damage(report, 0, &it.path, &it.offset, &it.length, &it.kind, NULL)),
  };

  CHECK_REFUSALS(refusals);
  CHECK(it.path == mark && it.what == mark);
  CHECK(it.offset == MARKED_NUMBER && it.length == MARKED_NUMBER && it.kind == MARKED_CODE);
}

static void test_damage(void)
{
  kevo_memtable_list *list;
  kevo_recovery_report *report;

  OK(kevo_recover(fixture("basic"), NULL, &list, &report, NULL));
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 0);
  CHECK_NUMBER(kevo_recovery_report_damage_count(NULL), 0);
  kevo_recovery_report_free(report);
  kevo_memtable_list_free(list);

  /* A tolerated torn tail. */
  OK(kevo_recover(fixture("dmg-torn-mid-payload"), NULL, &list, &report, NULL));
  check_refused_damage(report);
  check_damage(report, "dmg-torn-mid-payload", 1672, 30, KEVO_DAMAGE_TORN_TAIL);
  kevo_recovery_report_free(report);
  kevo_memtable_list_free(list);

  /* The damage that recovery failed on. */
  CHECK_CODE(kevo_recover(fixture("dmg-flip-payload-mid"), NULL, &list, &report, NULL), KEVO_E_CORRUPT);
  check_damage(report, "dmg-flip-payload-mid", 19200, 640, KEVO_DAMAGE_CORRUPTION);
  kevo_recovery_report_free(report);

  /* A failure that is not damage: there is a report nevertheless. */
  CHECK(kevo_recover(path_of(scratch, "missing"), NULL, &list, &report, NULL) < 0);
  CHECK(report != NULL);
  CHECK_NUMBER(kevo_recovery_report_damage_count(report), 0);
  CHECK_NUMBER(kevo_recovery_report_stat(report, KEVO_STAT_FILES), 0);
  kevo_recovery_report_free(report);
}

void test_report(void)
{
  test_stats();
  test_files_left_out();
  test_damage();
}
