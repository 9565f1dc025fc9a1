/* What a measured program asks about itself. To be included by its measure.c, which says what it needs of the system. */

#ifndef PROCESS_H
#define PROCESS_H

#include "slice.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static inline uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static inline long page_faults(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/* The number after `name` in a file of /proc/self. */
static inline uint64_t number_of_process(const char *path, const char *name) {
  char line[256];
  uint64_t number = 0;
  FILE *file = fopen(path, "r");
  if (!file) fail(path, strerror(errno));
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, name, strlen(name))) number = strtoull(line + strlen(name), NULL, 10);
  fclose(file);
  return number;
}

/* The most memory so far, in bytes. getrusage would give that of the program that started this one, if it is more. */
static inline uint64_t peak(void) { return number_of_process("/proc/self/status", "VmHWM:") * 1024; }

#endif
