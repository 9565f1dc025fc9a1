#include "bytes.h"

#include <stdlib.h>
#include <string.h>

#include "../common/complaint.h"
#include "../common/output.h"
#include "../common/readable.h"
#include "failure.h"

static int parse_raw(const char *text, size_t length, kevo_slice *bytes)
{
  void *copy = malloc(length + 1);

  if (copy == NULL)
    return KEVO_E_NO_MEMORY;
  memcpy(copy, text, length);
  bytes->data = copy;
  bytes->len = length;
  return KEVO_OK;
}

static int parse_hex(const char *text, size_t length, kevo_slice *bytes)
{
  unsigned char *parsed;
  size_t i;

  if (length % 2 != 0)
    return KEVO_E_INVALID_ARGUMENT;
  parsed = malloc(length / 2 + 1);
  if (parsed == NULL)
    return KEVO_E_NO_MEMORY;
  for (i = 0; i < length / 2; i++) {
    int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);

    if (high < 0 || low < 0) {
      free(parsed);
      return KEVO_E_INVALID_ARGUMENT;
    }
    parsed[i] = (unsigned char)(high * 16 + low);
  }
  bytes->data = parsed;
  bytes->len = length / 2;
  return KEVO_OK;
}

int bytes_parse(enum form form, const char *text, size_t length, kevo_slice *bytes)
{
  bytes->data = NULL;
  bytes->len = 0;
  switch (form) {
  case HEX:
    return parse_hex(text, length, bytes);
  case RAW:
    return parse_raw(text, length, bytes);
  default:
    return parse_readable_bytes(text, length, bytes);
  }
}

void bytes_free(kevo_slice *bytes)
{
  free((void *)(uintptr_t)bytes->data);
  bytes->data = NULL;
}

int bytes_of_argument(const struct settings *settings, const char *text, kevo_slice *bytes)
{
  int code = bytes_parse(settings->form, text, strlen(text), bytes);

  if (code == KEVO_E_INVALID_ARGUMENT)
    return bad_usage(settings->form == HEX ? "this is not hexadecimal: "
                                           : "\\ begins \\xHH, \\\\ or \\\", and so not what is here: ",
                     text);
  return code == KEVO_OK ? EXIT_SUCCESS : fail(settings, code, NULL);
}

void bytes_put(enum form form, kevo_slice bytes)
{
  switch (form) {
  case HEX:
    put_hex(&out, bytes.data, bytes.len);
    break;
  case RAW:
    put_bytes(&out, bytes.data, bytes.len);
    break;
  default:
    put_readable_whole(bytes);
  }
}
