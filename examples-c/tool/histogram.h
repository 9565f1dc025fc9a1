/* How long operations took. */
#ifndef TOOL_HISTOGRAM_H
#define TOOL_HISTOGRAM_H

#include <stdint.h>

/* Times below 64 ns have a bucket each, and so has each thirty-second part of a power of two above. */
#define HISTOGRAM_BUCKETS (64 + 58 * 32)

struct histogram {
  uint64_t buckets[HISTOGRAM_BUCKETS];
  uint64_t count;
  uint64_t longest; /* in nanoseconds */
};

void histogram_add(struct histogram *histogram, uint64_t nanoseconds);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The time in microseconds that `part` of all operations, from 0 to 1, did not exceed, to about 3 %. */
double histogram_percentile(const struct histogram *histogram, double part);

#endif
