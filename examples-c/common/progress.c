#define _XOPEN_SOURCE 700

#include "progress.h"

#include <time.h>
#include <unistd.h>

#include "numbers.h"
#include "output.h"
#include "terminal.h"

/* In seconds. A recovery that ends sooner shows no bar. */
#define SHOWN_AFTER 0.3
#define SHOWN_EVERY 0.1

#define CELLS 16

/* The longest line with a bar. If it did not fit the terminal, it would wrap, and only its second row be erased. */
#define COLUMNS 72

/* Moves to the start of the line and erases it. */
#define ERASE "\r\033[K"

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

  put(&err, " [");
  put_repeated("#", full);
  put_repeated("-", CELLS - full);
  put(&err, "]");
}

static void put_percentage(double part)
{
  put(&err, " ");
  put_right(&err, (uint64_t)(part * 100), 3);
  put(&err, " %");
}

static void put_speed(uint64_t done, uint64_t total, double seconds)
{
  put(&err, " of ");
  put_size(&err, total);
  put(&err, ", ");
  put_size(&err, (uint64_t)((double)done / seconds));
  put(&err, "/s");
}

int progress_tell(void *what, uint64_t done, uint64_t total)
{
  double time = now();
  int is_wide;

  if (begun == 0)
    begun = time;
  if (total == 0 || time - begun < SHOWN_AFTER || time - shown < SHOWN_EVERY)
    return 0;
  shown = time;
  output_flush(&out); /* Completes a line that the terminal shows only in part, because the bar would erase it. */
  is_wide = terminal_columns(STDERR_FILENO) >= COLUMNS;
  put(&err, ERASE);
  put(&err, what);
  if (is_wide)
    put_bar((double)done / (double)total);
  put_percentage((double)done / (double)total);
  if (is_wide)
    put_speed(done, total, time - begun);
  output_flush(&err);
  return 0;
}

kevo_progress_callback progress_callback(void)
{
  return terminal_obeys(STDERR_FILENO) ? progress_tell : NULL;
}

void progress_show(kevo_recovery_options *options, const char *what)
{
  if (progress_callback() != NULL)
    kevo_recovery_options_set_progress(options, progress_tell, (void *)(uintptr_t)what);
}

void progress_erase(void)
{
  if (shown != 0) {
    put(&err, ERASE);
    output_flush(&err);
  }
  begun = shown = 0;
}
