#include "bar.h"

#include "terminal.h"

/* The cell that holds a byte of a file of `size` bytes. `*is_inside` is 0 if the cell starts with that byte. */
static size_t cell_of(uint64_t offset, uint64_t size, size_t width, int *is_inside)
{
  while (size > UINT64_MAX / WIDEST) { /* then one byte makes no visible difference */
    size /= 2;
    offset /= 2;
  }
  *is_inside = offset * width % size != 0;
  return (size_t)(offset * width / size);
}

void bar_paint(unsigned char *cells, size_t width, unsigned char cell, uint64_t from, uint64_t to, uint64_t size)
{
  int is_inside;
  size_t first = cell_of(from < size ? from : size, size, width, &is_inside);
  size_t end = cell_of(to < size ? to : size, size, width, &is_inside) + (size_t)is_inside;

  if (end > width)
    end = width;
  if (end <= first)
    end = first + 1;
  for (; first < end && first < width; first++)
    cells[first] = cell;
}

size_t bar_run(const unsigned char *cells, size_t width, size_t at)
{
  size_t run = 1;

  while (at + run < width && cells[at + run] == cells[at])
    run++;
  return run;
}
