/* kevo_recover: its arguments and outputs, and what each mode and limit makes of damage. */
#include "harness.h"

static int object;

/* Outputs that are neither NULL nor a handle until a call sets them. */
struct outputs {
  kevo_memtable_list *list;
  kevo_recovery_report *report;
  kevo_error *error;
};

static void reset(struct outputs *outputs)
{
  outputs->list = (void *)&object;
  outputs->report = (void *)&object;
  outputs->error = (void *)&object;
}

static void free_outputs(struct outputs *outputs)
{
  kevo_memtable_list_free(outputs->list);
  kevo_recovery_report_free(outputs->report);
  kevo_error_free(outputs->error);
}

/* Success sets all three outputs, the error to NULL. */
static void test_outputs_of_success(void)
{
  struct outputs outputs;

  reset(&outputs);
  OK(kevo_recover(fixture("basic"), NULL, &outputs.list, &outputs.report, &outputs.error));
  CHECK(outputs.list != NULL && outputs.list != (void *)&object);
  CHECK(outputs.report != NULL && outputs.report != (void *)&object);
  CHECK(outputs.error == NULL);
  free_outputs(&outputs);
  kevo_recovery_report_free(NULL);

  /* Each of the optional ones may be missing. */
  OK(kevo_recover(fixture("basic"), NULL, &outputs.list, NULL, NULL));
  kevo_memtable_list_free(outputs.list);
  OK(kevo_recover(fixture("basic"), NULL, &outputs.list, &outputs.report, NULL));
  kevo_memtable_list_free(outputs.list);
  kevo_recovery_report_free(outputs.report);
}

/* Failure sets the list to NULL, and gives a report. */
static void test_outputs_of_failure(void)
{
  struct outputs outputs;

  reset(&outputs);
  CHECK_CODE(kevo_recover(path_of(scratch, "missing"), NULL, &outputs.list, &outputs.report, &outputs.error),
             KEVO_E_IO);
  CHECK(outputs.list == NULL);
  CHECK(outputs.report != NULL && outputs.report != (void *)&object);
  CHECK(outputs.error != NULL && outputs.error != (void *)&object);
  free_outputs(&outputs);

  reset(&outputs);
  CHECK_CODE(kevo_recover(path_of(scratch, "missing"), NULL, &outputs.list, NULL, NULL), KEVO_E_IO);
  CHECK(outputs.list == NULL);
}

static void test_wrong_arguments(void)
{
  struct outputs outputs;

  reset(&outputs);
  INVALID(kevo_recover(NULL, NULL, &outputs.list, &outputs.report, &outputs.error));
  CHECK(outputs.list == NULL);
  CHECK(outputs.report != (void *)&object);
  CHECK(outputs.error != NULL && outputs.error != (void *)&object);
  free_outputs(&outputs);

  reset(&outputs);
  INVALID(kevo_recover(fixture("basic"), NULL, NULL, &outputs.report, &outputs.error));
  CHECK(outputs.report != (void *)&object);
  CHECK(outputs.error != NULL && outputs.error != (void *)&object);
  kevo_recovery_report_free(outputs.report);
  kevo_error_free(outputs.error);

  INVALID(kevo_recover(NULL, NULL, NULL, NULL, NULL));

  reset(&outputs);
  CHECK(kevo_recover("", NULL, &outputs.list, NULL, NULL) < 0);
  CHECK(outputs.list == NULL);
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

static void test_outcomes(void)
{
  static const struct {
    const char *fixture;
    int mode;
    size_t max_memtables;
    uint64_t memtable_size;
    int expected;
  } cases[] = {
      {"dmg-torn-mid-payload", KEVO_RECOVERY_TOLERATE_TORN_TAIL, 4, 32u << 20, KEVO_OK},
      {"dmg-torn-mid-payload", KEVO_RECOVERY_POINT_IN_TIME, 4, 32u << 20, KEVO_OK},
      {"dmg-torn-mid-payload", KEVO_RECOVERY_SKIP_CORRUPTED, 4, 32u << 20, KEVO_OK},
      {"dmg-torn-mid-payload", KEVO_RECOVERY_ABSOLUTE, 4, 32u << 20, KEVO_E_CORRUPT},
      {"dmg-flip-payload-mid", KEVO_RECOVERY_TOLERATE_TORN_TAIL, 4, 32u << 20, KEVO_E_CORRUPT},
      {"dmg-flip-payload-mid", KEVO_RECOVERY_ABSOLUTE, 4, 32u << 20, KEVO_E_CORRUPT},
      {"dmg-flip-payload-mid", KEVO_RECOVERY_POINT_IN_TIME, 4, 32u << 20, KEVO_OK},
      {"dmg-flip-payload-mid", KEVO_RECOVERY_SKIP_CORRUPTED, 4, 32u << 20, KEVO_OK},
      {"max-memtables-exceeded", KEVO_RECOVERY_ABSOLUTE, 3, 5000, KEVO_E_TOO_MANY_MEMTABLES},
      {"max-memtables-exceeded", KEVO_RECOVERY_ABSOLUTE, 4, 5000, KEVO_OK},
  };
  size_t i;

  for (i = 0; i < COUNT(cases); i++)
    check_code(recover_code(fixture(cases[i].fixture), cases[i].mode, cases[i].max_memtables, cases[i].memtable_size),
               cases[i].expected, __FILE__, __LINE__, cases[i].fixture);
}

static void test_file_instead_of_a_directory(void)
{
  const char *file = path_of(scratch, "file");
  FILE *stream = fopen(file, "wb");

  if (CHECK(stream != NULL)) {
    fclose(stream);
    CHECK_CODE(recover_code(file, KEVO_RECOVERY_SKIP_CORRUPTED, 4, 32u << 20), KEVO_E_IO);
    remove(file);
  }
}

void test_recover(void)
{
  test_outputs_of_success();
  test_outputs_of_failure();
  test_wrong_arguments();
  test_outcomes();
  test_file_instead_of_a_directory();
}
