/* Prints numbers and sizes for people. */
#ifndef COMMON_NUMBERS_H
#define COMMON_NUMBERS_H

#include "output.h"

/* 1,234,567 */
void put_grouped(struct output *output, uint64_t number);

/* The same, aligned to the right in a field of `columns` characters. */
void put_right(struct output *output, uint64_t number, size_t columns);

/* 1 entry, 2 entries */
void put_counted(struct output *output, uint64_t number, const char *one, const char *many);

/* 1.2 MiB */
void put_size(struct output *output, uint64_t bytes);

#endif
