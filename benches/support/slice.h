/* What each measured program and its store have in common. */

#ifndef SLICE_H
#define SLICE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct slice {
  const char *data;
  size_t len;
};

/* Ends the program. */
void fail(const char *what, const char *why);

#ifdef __cplusplus
}
#endif

#endif
