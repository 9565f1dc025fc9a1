/* Runs a workload on threads. */
#ifndef TOOL_BENCH_THREADS_H
#define TOOL_BENCH_THREADS_H

#include "workload.h"

/* What all threads did together. */
struct outcome {
  uint64_t done;
  uint64_t bytes;
  uint64_t found;
  double busy;    /* seconds, of all threads together */
  double elapsed; /* seconds, of the workload */
  struct histogram histogram;
  int code;
  kevo_error *error;
};

/* Runs it on so many threads, and waits for them. The caller frees the error, if there is one. */
void run_workload(const struct workload *workload, struct bench *bench, size_t threads, uint64_t seed,
                  struct outcome *outcome);

#endif
