#include "text.h"

/* No more than this many bytes of a key or a value are shown. */
#define SHOWN 64

/*
 * How many bytes at s are one character of UTF-8; or, if they are not valid, how many of them stand for one U+FFFD:
 * as many as could have begun a character (the practice that Unicode recommends). A string's final NUL is never a
 * continuation byte, so this does not read past it.
 */
static size_t utf8_length(const unsigned char *s, int *valid)
{
  unsigned char low = 0x80, high = 0xBF; /* limits of the second byte; further ones have these */
  size_t length, i;

  *valid = 1;
  if (s[0] < 0x80)
    return 1;
  if (s[0] >= 0xC2 && s[0] <= 0xDF) {
    length = 2;
  } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
    length = 3;
    if (s[0] == 0xE0)
      low = 0xA0; /* below: overlong */
    if (s[0] == 0xED)
      high = 0x9F; /* above: surrogates */
  } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
    length = 4;
    if (s[0] == 0xF0)
      low = 0x90; /* below: overlong */
    if (s[0] == 0xF4)
      high = 0x8F; /* above: beyond U+10FFFF */
  } else {
    *valid = 0;
    return 1;
  }
  for (i = 1; i < length && s[i] >= low && s[i] <= high; i++) {
    low = 0x80;
    high = 0xBF;
  }
  *valid = i == length;
  return i;
}

void put_text(struct output *o, const char *text, int json)
{
  const unsigned char *s = (const unsigned char *)text;

  while (*s != '\0') {
    int valid;
    size_t length = utf8_length(s, &valid);
    int control = valid && (s[0] < 0x20 || s[0] == 0x7F || (s[0] == 0xC2 && s[1] < 0xA0));

    if (!valid) {
      put(o, "\xEF\xBF\xBD");
    } else if (control) {
      put(o, "\\u00");
      put_hex(o, s + length - 1, 1); /* of U+0080 to U+009F, the second byte of two is the number */
    } else {
      if (json && (s[0] == '"' || s[0] == '\\'))
        put(o, "\\");
      put_bytes(o, (const char *)s, length);
    }
    s += length;
  }
}

void put_readable(struct output *o, kevo_slice slice)
{
  const unsigned char *s = slice.data;
  size_t shown = slice.len < SHOWN ? slice.len : SHOWN;
  size_t i;

  put(o, "\"");
  for (i = 0; i < shown; i++) {
    if (s[i] < 0x20 || s[i] > 0x7E) {
      put(o, "\\x");
      put_hex(o, s + i, 1);
    } else {
      if (s[i] == '"' || s[i] == '\\')
        put(o, "\\");
      put_bytes(o, (const char *)s + i, 1);
    }
  }
  put(o, "\"");
  if (shown < slice.len) {
    put(o, "... (");
    put_number(o, slice.len);
    put(o, " bytes)");
  }
}
