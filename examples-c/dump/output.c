#include "output.h"

#include <errno.h>
#include <string.h>

struct output out;
struct output err;

static char hex_pairs[256][2];

static void hex_init(void)
{
  static const char digits[] = "0123456789abcdef";
  int byte;

  for (byte = 0; byte < 256; byte++) {
    hex_pairs[byte][0] = digits[byte >> 4];
    hex_pairs[byte][1] = digits[byte & 15];
  }
}

static void output_open(struct output *o, FILE *file)
{
  o->file = file;
  setvbuf(file, NULL, _IONBF, 0);
}

void outputs_open(void)
{
  output_open(&out, stdout);
  output_open(&err, stderr);
  hex_init();
}

static void output_fail(struct output *o)
{
  if (!o->failed) {
    o->failed = 1;
    o->error = errno;
  }
}

void output_flush(struct output *o)
{
  if (o->used > 0 && !o->failed) {
    errno = 0;
    if (fwrite(o->bytes, 1, o->used, o->file) != o->used)
      output_fail(o);
  }
  o->used = 0;
}

/* Some file systems report a full disk only when the file is closed. */
void output_close(struct output *o)
{
  output_flush(o);
  errno = 0;
  if (fclose(o->file) != 0)
    output_fail(o);
}

void put_bytes(struct output *o, const char *data, size_t len)
{
  while (len > 0) {
    size_t n = sizeof o->bytes - o->used;

    if (n > len)
      n = len;
    memcpy(o->bytes + o->used, data, n);
    o->used += n;
    data += n;
    len -= n;
    if (o->used == sizeof o->bytes)
      output_flush(o);
  }
}

void put(struct output *o, const char *string)
{
  put_bytes(o, string, strlen(string));
}

void put_number(struct output *o, uint64_t number)
{
  char digits[20];
  size_t at = sizeof digits;

  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  put_bytes(o, digits + at, sizeof digits - at);
}

void put_hex(struct output *o, const void *data, size_t len)
{
  const unsigned char *from = data;

  while (len > 0) {
    size_t n = (sizeof o->bytes - o->used) / 2;
    char *to = o->bytes + o->used;
    size_t i;

    if (n == 0) {
      output_flush(o);
      continue;
    }
    if (n > len)
      n = len;
    for (i = 0; i < n; i++)
      memcpy(to + 2 * i, hex_pairs[from[i]], 2);
    o->used += 2 * n;
    from += n;
    len -= n;
  }
}
