/* Bars that show a file to scale. */
#ifndef COMMON_BAR_H
#define COMMON_BAR_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sets every cell of a bar of `width` cells that holds a byte from `from` up to `to` of a file of `size` bytes, at
 * least one, so that a single byte can be seen. `size` is not 0, and `width` at most WIDEST.
 */
void bar_paint(unsigned char *cells, size_t width, unsigned char cell, uint64_t from, uint64_t to, uint64_t size);

/* How many cells from `at` on are the same. */
size_t bar_run(const unsigned char *cells, size_t width, size_t at);

#endif
