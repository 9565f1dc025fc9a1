#include "numbers.h"

/* `text` is an array of at least 27 bytes. Returns the length of what it writes there. */
static size_t group(uint64_t number, char *text)
{
  char digits[21];
  int count = sprintf(digits, "%llu", (unsigned long long)number);
  size_t used = 0;
  int i;

  for (i = 0; i < count; i++) {
    if (i > 0 && (count - i) % 3 == 0)
      text[used++] = ',';
    text[used++] = digits[i];
  }
  text[used] = '\0';
  return used;
}

void put_grouped(struct output *output, uint64_t number)
{
  put_right(output, number, 0);
}

void put_right(struct output *output, uint64_t number, size_t columns)
{
  char text[27];
  size_t length = group(number, text);

  for (; length < columns; columns--)
    put(output, " ");
  put(output, text);
}

void put_counted(struct output *output, uint64_t number, const char *one, const char *many)
{
  put_grouped(output, number);
  put(output, " ");
  put(output, number == 1 ? one : many);
}

void put_size(struct output *output, uint64_t bytes)
{
  static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = (double)bytes / 1024;
  char text[32];
  size_t unit = 0;

  if (bytes < 1024) {
    put_counted(output, bytes, "byte", "bytes");
    return;
  }
  /* A size that would be rounded to 1024.0 is printed as 1.0 of the next unit. */
  for (; size >= 1023.95 && unit + 1 < sizeof units / sizeof units[0]; unit++)
    size /= 1024;
  snprintf(text, sizeof text, "%.1f %s", size, units[unit]);
  put(output, text);
}
