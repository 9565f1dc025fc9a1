#include "text.h"

#include <string.h>

#include "utf8.h"

void put_text(struct output *output, const char *text, int json)
{
  const unsigned char *s = (const unsigned char *)text;
  size_t left = strlen(text);

  while (left > 0) {
    int valid;
    size_t length = utf8_length(s, left, &valid);
    int control = valid && (s[0] < 0x20 || s[0] == 0x7F || (s[0] == 0xC2 && s[1] < 0xA0));

    if (!valid) {
      put(output, "\xEF\xBF\xBD");
    } else if (control) {
      put(output, "\\u00");
      put_hex(output, s + length - 1, 1); /* the second byte of U+0080 to U+009F is their number */
    } else {
      if (json && (s[0] == '"' || s[0] == '\\'))
        put(output, "\\");
      put_bytes(output, (const char *)s, length);
    }
    s += length;
    left -= length;
  }
}
