/* The error object. */
#include "harness.h"

static void test_null(void)
{
  CHECK_CODE(kevo_error_code(NULL), 0);
  CHECK(kevo_error_message(NULL) == NULL);
  CHECK(kevo_error_path(NULL) == NULL);
  CHECK_NUMBER(kevo_error_offset(NULL), 0);
  CHECK(kevo_error_os_code(NULL) == 0);
  kevo_error_free(NULL);
}

static void test_failure_of_the_system(void)
{
  const char *missing = path_of(scratch, "missing");
  kevo_memtable_list *list = NULL;
  kevo_error *error = NULL;

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
}

static void test_damage_in_a_file(void)
{
  const char *file = path_of(fixture("dmg-flip-payload-mid"), "01750000000000000001.wal");
  kevo_memtable_list *list = NULL;
  kevo_error *error = NULL;

  CHECK_CODE(kevo_recover(fixture("dmg-flip-payload-mid"), NULL, &list, NULL, &error), KEVO_E_CORRUPT);
  if (CHECK(error != NULL)) {
    CHECK_CODE(kevo_error_code(error), KEVO_E_CORRUPT);
    CHECK(strstr(kevo_error_message(error), file) != NULL);
    CHECK(strstr(kevo_error_message(error), "19200") != NULL);
    CHECK(kevo_error_path(error) != NULL && strcmp(kevo_error_path(error), file) == 0);
    CHECK_NUMBER(kevo_error_offset(error), 19200);
    CHECK(kevo_error_os_code(error) == 0);
  }
  kevo_error_free(error);
}

static void test_wrong_argument(void)
{
  kevo_memtable_list *list = NULL;
  kevo_error *error = NULL;

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

void test_error(void)
{
  test_null();
  test_failure_of_the_system();
  test_damage_in_a_file();
  test_wrong_argument();
}
