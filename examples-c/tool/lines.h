/* Reads standard input line by line. */
#ifndef TOOL_LINES_H
#define TOOL_LINES_H

#include "kevo.h"

struct lines {
  char *text; /* the last line, without its end */
  size_t capacity;
  size_t length;
  uint64_t number; /* of the last line, from 1 up */
  uint64_t bytes;  /* read so far */
  uint64_t total;  /* bytes of standard input, if it is a file; else 0 */
};

void lines_open(struct lines *lines);
void lines_close(struct lines *lines);

/* Reads the next line. Returns: KEVO_OK; KEVO_END; KEVO_E_NO_MEMORY; KEVO_E_IO, and errno is set. */
int lines_next(struct lines *lines);

#endif
