#define _GNU_SOURCE /* for timegm */

#include "times.h"

#include <string.h>
#include <time.h>

#define NANOSECONDS 1000000000u

/* A number that stands for an earlier time is older than Kevo, so it is not a time. */
#define FIRST_YEAR 2001

#define SET_ASIDE_NAME "backup_%Y%m%d_%H%M%S"

int time_of_log(const char *name, uint64_t *seconds)
{
  uint64_t number = 0;
  size_t digits = strspn(name, "0123456789");
  size_t i;

  if (digits == 0 || digits > 20 || strcmp(name + digits, ".wal") != 0)
    return 0;
  for (i = 0; i < digits; i++) {
    uint64_t digit = (uint64_t)(name[i] - '0');

    if (number > (UINT64_MAX - digit) / 10)
      return 0;
    number = number * 10 + digit;
  }
  *seconds = number / NANOSECONDS;
  return *seconds >= (FIRST_YEAR - 1970) * (uint64_t)31556952;
}

int time_of_set_aside(const char *name, uint64_t *seconds)
{
  struct tm parts;
  char text[64];
  time_t time;

  memset(&parts, 0, sizeof parts);
  if (strptime(name, SET_ASIDE_NAME, &parts) == NULL)
    return 0;
  time = timegm(&parts);
  *seconds = (uint64_t)time;
  /* timegm turns 30 February into 2 March. Only the name of a time, with nothing after it, is formatted as it was. */
  return time >= 0 && strftime(text, sizeof text, SET_ASIDE_NAME, &parts) > 0 && strcmp(text, name) == 0;
}

void put_time(struct output *output, uint64_t seconds, const char *zone)
{
  time_t time = (time_t)seconds;
  struct tm parts;
  char text[64];

  if (gmtime_r(&time, &parts) != NULL && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S ", &parts) > 0) {
    put(output, text);
    put(output, zone);
  }
}
