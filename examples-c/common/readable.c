#define _XOPEN_SOURCE 700

#include "readable.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "numbers.h"
#include "output.h"
#include "terminal.h"
#include "utf8.h"

/* At most this many bytes of a key or a value are shown. */
#define SHOWN 64

/* Characters of no width, which can make one text look like another, and line separators. */
static int is_invisible(uint32_t c)
{
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

/*
 * Whether the part that is shown is all text that the locale can print. If it is not, no part of it is shown as text:
 * some random bytes are UTF-8 by chance.
 */
static int is_text(kevo_slice slice, size_t shown)
{
  const unsigned char *s = slice.data;
  size_t at, length;
  int valid = terminal_is_utf8();

  for (at = 0; valid && at < slice.len && at < shown; at += length)
    length = utf8_length(s + at, slice.len - at, &valid);
  return valid;
}

/* How many columns a character takes; -1 if it must be escaped. */
static int columns_of(uint32_t c, int in_text)
{
  if (c < 0x80)
    return c >= 0x20 && c < 0x7F ? 1 : -1;
  return in_text && !is_invisible(c) ? wcwidth((wchar_t)c) : -1;
}

static size_t put_escaped(const unsigned char *s, size_t length)
{
  size_t i;

  for (i = 0; i < length; i++) {
    put(&out, "\\x");
    put_hex(&out, s + i, 1);
  }
  return 4 * length;
}

/* Prints the first character, sets `*length` to its bytes, and returns the columns that it takes. */
static size_t put_character(const unsigned char *s, size_t size, int in_text, int in_quotes, size_t *length)
{
  int valid, columns;

  *length = utf8_length(s, size, &valid);
  columns = valid ? columns_of(utf8_number(s, *length), in_text) : -1;
  if (columns < 0)
    return put_escaped(s, *length);
  if ((*s == '"' && in_quotes) || *s == '\\') {
    put(&out, "\\");
    columns++;
  }
  put_bytes(&out, (const char *)s, *length);
  return (size_t)columns;
}

void put_readable(kevo_slice slice, size_t columns)
{
  const unsigned char *s = slice.data;
  int text = is_text(slice, SHOWN);
  size_t used = 2;
  size_t at, length;

  put(&out, "\"");
  for (at = 0; at < slice.len && at < SHOWN; at += length)
    used += put_character(s + at, slice.len - at, text, 1, &length);
  put(&out, "\"");
  if (at < slice.len) {
    put(&out, "... (");
    put_grouped(&out, slice.len);
    put(&out, " bytes)");
  }
  for (; used < columns; used++)
    put(&out, " ");
}

/* How many characters from `s` on are ASCII that is shown as it is. */
static size_t plain_length(const unsigned char *s, size_t size)
{
  size_t length = 0;

  while (length < size && s[length] >= 0x20 && s[length] < 0x7F && s[length] != '\\')
    length++;
  return length;
}

void put_readable_whole(kevo_slice slice)
{
  const unsigned char *s = slice.data;
  size_t at = plain_length(s, slice.len), length;
  int text = at == slice.len || is_text(slice, slice.len);

  put_bytes(&out, slice.data, at);
  while (at < slice.len && !out.failed) {
    put_character(s + at, slice.len - at, text, 0, &length);
    at += length;
    length = plain_length(s + at, slice.len - at);
    put_bytes(&out, (const char *)s + at, length);
    at += length;
  }
}

int digit_of(char c)
{
  static const char digits[] = "0123456789abcdef0123456789ABCDEF";
  const char *found = c != '\0' ? strchr(digits, c) : NULL;

  return found != NULL ? (int)((found - digits) % 16) : -1;
}

/*
 * Returns the byte that the escape at *text stands for, and moves *text to its end; -1 if it is no escape. `left`
 * bytes are there.
 */
static int parse_escape(const char **text, size_t left)
{
  const char *s = *text;

  if (left >= 2 && (s[1] == '\\' || s[1] == '"')) {
    *text += 2;
    return s[1];
  }
  if (left < 4 || s[1] != 'x' || digit_of(s[2]) < 0 || digit_of(s[3]) < 0)
    return -1;
  *text += 4;
  return digit_of(s[2]) * 16 + digit_of(s[3]);
}

int parse_readable_bytes(const char *text, size_t length, kevo_slice *slice)
{
  const char *end = text + length;
  unsigned char *bytes = malloc(length + 1);
  size_t used = 0;

  if (bytes == NULL)
    return KEVO_E_NO_MEMORY;
  while (text < end) {
    int byte = *text == '\\' ? parse_escape(&text, (size_t)(end - text)) : (unsigned char)*text++;

    if (byte < 0) {
      free(bytes);
      return KEVO_E_INVALID_ARGUMENT;
    }
    bytes[used++] = (unsigned char)byte;
  }
  slice->data = bytes;
  slice->len = used;
  return KEVO_OK;
}

int parse_readable(const char *text, kevo_slice *slice)
{
  return parse_readable_bytes(text, strlen(text), slice);
}
