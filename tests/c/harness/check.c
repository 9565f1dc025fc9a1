/* Checks: each is counted, and one that fails is printed. */
#include "harness.h"

unsigned long checks;
unsigned long failures;

const char mark[] = "mark";

int check(int holds, const char *file, int line, const char *text)
{
  checks++;
  if (!holds) {
    failures++;
    printf("%s:%d: %s\n", file, line, text);
  }
  return holds;
}

void check_number(uint64_t actual, uint64_t expected, const char *file, int line, const char *text)
{
  if (!check(actual == expected, file, line, text))
    printf("  is %" PRIu64 ", should be %" PRIu64 "\n", actual, expected);
}

void check_code(int actual, int expected, const char *file, int line, const char *text)
{
  if (!check(actual == expected, file, line, text))
    printf("  is %d (%s), should be %d\n", actual, kevo_strerror(actual), expected);
}

void check_bytes(const void *actual, size_t actual_len, const char *expected, const char *file, int line,
                 const char *text)
{
  const size_t len = strlen(expected);

  if (!check(actual_len == len && (len == 0 || memcmp(actual, expected, len) == 0), file, line, text)) {
    printf("  is \"");
    if (actual != NULL)
      fwrite(actual, 1, actual_len < 200 ? actual_len : 200, stdout);
    printf("\" (%zu bytes), should be \"%s\"\n", actual_len, expected);
  }
}

void check_string(const char *actual, const char *expected, const char *file, int line, const char *text)
{
  check_bytes(actual, actual != NULL ? strlen(actual) : 0, expected, file, line, text);
}

void check_refusals(const struct refusal *refusals, size_t count, const char *file)
{
  size_t i;

  for (i = 0; i < count; i++)
    check_code(refusals[i].code, KEVO_E_INVALID_ARGUMENT, file, refusals[i].line, refusals[i].call);
}

kevo_slice marked_slice(void)
{
  kevo_slice slice;

  slice.data = mark;
  slice.len = MARKED_NUMBER;
  return slice;
}

int is_marked(kevo_slice slice)
{
  return slice.data == mark && slice.len == MARKED_NUMBER;
}

kevo_slice slice_of(const char *string)
{
  kevo_slice slice;

  slice.data = string;
  slice.len = strlen(string);
  return slice;
}
