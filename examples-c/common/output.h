/* Output streams with large buffers. */
#ifndef COMMON_OUTPUT_H
#define COMMON_OUTPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A stream with a buffer of its own. After a write has failed, `failed` is set and everything else is discarded. */
struct output {
  FILE *file;
  int failed;
  int error; /* errno of the write that failed */
  size_t used;
  char bytes[1u << 18];
};

/* Standard output and standard error. */
extern struct output out;
extern struct output err;

void outputs_open(void);
void output_flush(struct output *output);

/* Whether it is a pipe that nobody reads any more. */
int output_is_unread(const struct output *output);

void output_close(struct output *output);

void put_bytes(struct output *output, const char *data, size_t len);
void put(struct output *output, const char *string);
void put_number(struct output *output, uint64_t number);
void put_hex(struct output *output, const void *data, size_t len);

#endif
