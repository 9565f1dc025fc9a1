/* When Kevo created a file or a directory: their names say it. */
#ifndef DUMP_TIMES_H
#define DUMP_TIMES_H

#include "../common/output.h"

/* The time of a log file, in seconds since 1970 in UTC. Returns: 0 if the name is not a time. */
int time_of_log(const char *name, uint64_t *seconds);

/* The same for a set-aside directory. Its name has the local time of its machine, whose offset nobody knows. */
int time_of_set_aside(const char *name, uint64_t *seconds);

/* 2026-11-22 06:41:27 UTC */
void put_time(struct output *output, uint64_t seconds, const char *zone);

#endif
