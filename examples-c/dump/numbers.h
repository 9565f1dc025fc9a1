/* Numbers, sizes and times as people read them. */
#ifndef DUMP_NUMBERS_H
#define DUMP_NUMBERS_H

#include "output.h"

/* 1,234,567 */
void put_grouped(struct output *o, uint64_t number);

/* The same, as far right as `columns` allow. */
void put_right(struct output *o, uint64_t number, size_t columns);

/* 1 entry, 2 entries */
void put_counted(struct output *o, uint64_t number, const char *one, const char *many);

/* 1.2 MiB */
void put_size(struct output *o, uint64_t bytes);

/* When a log file with this name was created, which is what Kevo calls it after; nothing for other names. */
int time_of_name(const char *name, uint64_t *seconds);

/* 2026-11-22 06:41:27 UTC */
void put_time(struct output *o, uint64_t seconds);

#endif
