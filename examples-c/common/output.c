#define _XOPEN_SOURCE 700

#include "output.h"

#include <errno.h>
#include <poll.h>
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

static void output_open(struct output *output, FILE *file)
{
  output->file = file;
  setvbuf(file, NULL, _IONBF, 0);
}

void outputs_open(void)
{
  output_open(&out, stdout);
  output_open(&err, stderr);
  hex_init();
}

static void output_fail(struct output *output)
{
  if (!output->failed) {
    output->failed = 1;
    output->error = errno;
  }
}

void output_flush(struct output *output)
{
  if (output->used > 0 && !output->failed) {
    errno = 0;
    if (fwrite(output->bytes, 1, output->used, output->file) != output->used)
      output_fail(output);
  }
  output->used = 0;
}

int output_is_unread(const struct output *output)
{
  struct pollfd pipe;

  pipe.fd = fileno(output->file);
  pipe.events = 0;
  pipe.revents = 0;
  return poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR) != 0;
}

/* Some file systems report a full disk only when the file is closed. */
void output_close(struct output *output)
{
  output_flush(output);
  errno = 0;
  if (fclose(output->file) != 0)
    output_fail(output);
}

void put_bytes(struct output *output, const char *data, size_t len)
{
  while (len > 0) {
    size_t n = sizeof output->bytes - output->used;

    if (n > len)
      n = len;
    memcpy(output->bytes + output->used, data, n);
    output->used += n;
    data += n;
    len -= n;
    if (output->used == sizeof output->bytes)
      output_flush(output);
  }
}

void put(struct output *output, const char *string)
{
  put_bytes(output, string, strlen(string));
}

void put_number(struct output *output, uint64_t number)
{
  char digits[20];
  size_t at = sizeof digits;

  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  put_bytes(output, digits + at, sizeof digits - at);
}

void put_hex(struct output *output, const void *data, size_t len)
{
  const unsigned char *from = data;

  while (len > 0) {
    size_t n = (sizeof output->bytes - output->used) / 2;
    char *to = output->bytes + output->used;
    size_t i;

    if (n == 0) {
      output_flush(output);
      continue;
    }
    if (n > len)
      n = len;
    for (i = 0; i < n; i++)
      memcpy(to + 2 * i, hex_pairs[from[i]], 2);
    output->used += 2 * n;
    from += n;
    len -= n;
  }
}
