#include "histogram.h"

#include <stddef.h>

static size_t bucket_of(uint64_t nanoseconds)
{
  unsigned power = 5; /* the highest set bit */

  if (nanoseconds < 64)
    return (size_t)nanoseconds;
  while (nanoseconds >> power > 1)
    power++;
  return 64 + (size_t)(power - 6) * 32 + (size_t)(nanoseconds >> (power - 5) & 31);
}

/* In nanoseconds. */
static double middle_of(size_t bucket)
{
  double width = 1;
  size_t power;

  if (bucket < 64)
    return (double)bucket;
  for (power = (bucket - 64) / 32 + 6; power > 5; power--)
    width *= 2;
  return (32 + (double)((bucket - 64) % 32) + 0.5) * width;
}

void histogram_add(struct histogram *histogram, uint64_t nanoseconds)
{
  histogram->buckets[bucket_of(nanoseconds)]++;
  histogram->count++;
  if (nanoseconds > histogram->longest)
    histogram->longest = nanoseconds;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
  size_t i;

  for (i = 0; i < HISTOGRAM_BUCKETS; i++)
    into->buckets[i] += from->buckets[i];
  into->count += from->count;
  if (from->longest > into->longest)
    into->longest = from->longest;
}

double histogram_percentile(const struct histogram *histogram, double part)
{
  uint64_t wanted = (uint64_t)((double)histogram->count * part), seen = 0;
  double longest = (double)histogram->longest;
  size_t i;

  for (i = 0; i < HISTOGRAM_BUCKETS && seen <= wanted; i++)
    seen += histogram->buckets[i];
  return (seen > wanted && middle_of(i - 1) < longest ? middle_of(i - 1) : longest) / 1000;
}
