#include "range.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "failure.h"

int is_range_given(const struct settings *settings)
{
  return settings->from != NULL || settings->to != NULL || settings->prefix != NULL;
}

static int compare(kevo_slice a, kevo_slice b)
{
  int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

  return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Makes of a prefix the first key after all that begin with it. Without one, `data` is NULL. */
static void to_end(kevo_slice *prefix)
{
  unsigned char *bytes = (unsigned char *)(uintptr_t)prefix->data;

  while (prefix->len > 0 && bytes[prefix->len - 1] == 0xFF)
    prefix->len--;
  if (prefix->len > 0)
    bytes[prefix->len - 1]++;
  else
    bytes_free(prefix);
}

/* Puts `other` in the place of `bound` if there is none, or if their order is `wanted`. Frees the one that is left.
 */
static void narrow(kevo_slice *bound, kevo_slice *other, int wanted)
{
  if (other->data == NULL)
    return;
  if (bound->data == NULL || (compare(*other, *bound) > 0) == (wanted > 0)) {
    bytes_free(bound);
    *bound = *other;
  } else {
    bytes_free(other);
  }
}

static int parse(const struct settings *settings, const char *text, kevo_slice *bytes)
{
  return text != NULL ? bytes_of_argument(settings, text, bytes) : EXIT_SUCCESS;
}

int range_parse(const struct settings *settings, struct range *range)
{
  static const struct range all;
  kevo_slice first = {NULL, 0}, end = {NULL, 0};
  int status;

  *range = all;
  status = parse(settings, settings->from, &range->from);
  if (status == EXIT_SUCCESS)
    status = parse(settings, settings->to, &range->to);
  if (status == EXIT_SUCCESS)
    status = parse(settings, settings->prefix, &first);
  if (status == EXIT_SUCCESS)
    status = parse(settings, settings->prefix, &end);
  if (end.data != NULL)
    to_end(&end);
  narrow(&range->from, &first, 1);
  narrow(&range->to, &end, -1);
  return status;
}

void range_free(struct range *range)
{
  bytes_free(&range->from);
  bytes_free(&range->to);
}
