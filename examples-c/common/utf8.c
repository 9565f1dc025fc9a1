#include "utf8.h"

size_t utf8_length(const unsigned char *s, size_t size, int *valid)
{
  unsigned char low = 0x80, high = 0xBF; /* the limits of the second byte; those of later bytes are always these */
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
  for (i = 1; i < length && i < size && s[i] >= low && s[i] <= high; i++) {
    low = 0x80;
    high = 0xBF;
  }
  *valid = i == length;
  return i;
}

uint32_t utf8_number(const unsigned char *s, size_t length)
{
  static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07}; /* the first byte's bits of the number */
  uint32_t number = s[0] & lead[length];
  size_t i;

  for (i = 1; i < length; i++)
    number = number << 6 | (s[i] & 0x3Fu);
  return number;
}
