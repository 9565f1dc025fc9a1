/* Ends a test program at the first thing that does not hold, and says which. */
#ifndef CHECK_H
#define CHECK_H

#include <kevo.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int holds, const char *file, int line, const char *what)
{
  if (holds)
    return;
  printf("%s:%d: %s\n", file, line, what);
  exit(1);
}

#define CHECK(condition) check(condition, __FILE__, __LINE__, #condition)
#define OK(call) CHECK((call) == KEVO_OK)

#endif
