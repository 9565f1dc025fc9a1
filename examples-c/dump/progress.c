#define _XOPEN_SOURCE 700

#include "progress.h"

#include <time.h>
#include <unistd.h>

#include "numbers.h"
#include "output.h"

/* In seconds. What is over by then needs no bar. */
#define SHOWN_AFTER 0.3
#define SHOWN_EVERY 0.1

#define CELLS 24

/* The longest bar with all that is behind it. */
#define COLUMNS 72

static double begun;
static double shown; /* 0 if there is no bar */

static double now(void)
{
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void put_repeated(const char *text, int times)
{
  while (times-- > 0)
    put(&err, text);
}

static void put_bar(double part)
{
  int full = (int)(part * CELLS);

  put(&err, "\rreading [");
  put_repeated("#", full);
  put_repeated("-", CELLS - full);
  put(&err, "] ");
  put_right(&err, (uint64_t)(part * 100), 3);
  put(&err, " % of ");
}

static int show(void *user, uint64_t done, uint64_t total)
{
  double time = now();

  (void)user;
  if (begun == 0)
    begun = time;
  if (total == 0 || time - begun < SHOWN_AFTER || time - shown < SHOWN_EVERY)
    return 0;
  shown = time;
  put_bar((double)done / (double)total);
  put_size(&err, total);
  put(&err, ", ");
  put_size(&err, (uint64_t)((double)done / (time - begun)));
  put(&err, "/s  "); /* over what may be left of a longer one */
  output_flush(&err);
  return 0;
}

void progress_show(kevo_recovery_options *options)
{
  if (isatty(STDERR_FILENO))
    kevo_recovery_options_set_progress(options, show, NULL);
}

void progress_erase(void)
{
  if (shown != 0) {
    put(&err, "\r");
    put_repeated(" ", COLUMNS);
    put(&err, "\r");
    output_flush(&err);
  }
  begun = shown = 0;
}
