/* Messages on standard error. */
#ifndef COMMON_COMPLAINT_H
#define COMMON_COMPLAINT_H

#include "output.h"

/* The exit status after bad usage. */
#define EXIT_USAGE 2

/* The program that runs. Each program defines it. */
struct program {
  const char *name;                         /* begins each message */
  void (*put_usage)(struct output *output); /* prints in a few lines how to use it */
};

extern const struct program program;

void complain(const char *what, const char *text);

/* Says what is wrong with an argument, and how to use the program. Returns: EXIT_USAGE. */
int bad_usage(const char *what, const char *argument);

#endif
