/* The version of the library, and what its codes mean. */
#include "harness.h"

static void test_version_of_the_library(void)
{
  char expected[64];
  const uint32_t version = KEVO_VERSION_NUMBER;

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
                              KEVO_E_LOCKED,
                              KEVO_E_CONFLICT,
                              KEVO_E_READ_ONLY,
                              KEVO_E_CLOSED,
                              KEVO_E_FAILED,
                              KEVO_E_EXISTS,
                              KEVO_E_NOT_A_DATABASE,
                              KEVO_E_TOO_LARGE,
                              KEVO_E_EXPIRED,
                              KEVO_E_UNSUPPORTED,
                              KEVO_E_BUSY,
                              KEVO_E_PANIC};
  static const int unknown[] = {4, 1000, -20, -98, -100, INT_MAX, INT_MIN};
  size_t i, j;

  for (i = 0; i < COUNT(codes); i++) {
    const char *text = kevo_strerror(codes[i]);

    if (!CHECK(text != NULL && text[0] != '\0'))
      continue;
    CHECK(kevo_strerror(codes[i]) == text);
    for (j = 0; j < i; j++)
      CHECK(strcmp(text, kevo_strerror(codes[j])) != 0);
  }
  for (i = 0; i < COUNT(unknown); i++)
    CHECK(kevo_strerror(unknown[i]) != NULL && kevo_strerror(unknown[i])[0] != '\0');
}

void test_version(void)
{
  test_version_of_the_library();
  test_strerror();
}
