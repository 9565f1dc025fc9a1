/*
 * A clock that moves by CLOCK_STEP milliseconds each time it is read, and never otherwise. It is preloaded into a
 * program that does something after some time.
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

static atomic_llong looks = 1;

int clock_gettime(clockid_t clock, struct timespec *time)
{
  const char *step = getenv("CLOCK_STEP");
  const long long now = 1000 + atomic_fetch_add(&looks, 1) * (step != NULL ? atoll(step) : 0);
  (void)clock;
  time->tv_sec = (time_t)(now / 1000);
  time->tv_nsec = (long)(now % 1000 * 1000000);
  return 0;
}
