#define _XOPEN_SOURCE 700

#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void lines_open(struct lines *lines)
{
  static const struct lines none;
  struct stat status;

  *lines = none;
  if (fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode))
    lines->total = (uint64_t)status.st_size;
}

void lines_close(struct lines *lines)
{
  free(lines->text);
}

int lines_next(struct lines *lines)
{
  ssize_t length;

  errno = 0;
  length = getline(&lines->text, &lines->capacity, stdin);
  if (length < 0 && errno == ENOMEM)
    return KEVO_E_NO_MEMORY;
  if (length < 0)
    return feof(stdin) ? KEVO_END : KEVO_E_IO;
  lines->number++;
  lines->bytes += (uint64_t)length;
  if (length > 0 && lines->text[length - 1] == '\n')
    length--;
  lines->length = (size_t)length;
  return KEVO_OK;
}
