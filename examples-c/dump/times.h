/* When Kevo made a file or a directory, which it names them after. */
#ifndef DUMP_TIMES_H
#define DUMP_TIMES_H

#include "output.h"

/* In seconds since 1970 in UTC, of a log file; nothing for a name that is not a time. */
int time_of_log(const char *name, uint64_t *seconds);

/* The same of a set-aside directory, but in the local time of the machine, which the name does not tell from UTC. */
int time_of_set_aside(const char *name, uint64_t *seconds);

/* 2026-11-22 06:41:27 UTC */
void put_time(struct output *o, uint64_t seconds, const char *zone);

#endif
