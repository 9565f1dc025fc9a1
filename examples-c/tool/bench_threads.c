#define _XOPEN_SOURCE 700

#include "bench_threads.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Threads wait here until all of them are there. */
struct gate {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  enum { SHUT, OPEN, GIVEN_UP } state;
};

struct thread {
  pthread_t id;
  struct worker worker;
  int (*run)(struct worker *worker);
  struct gate *gate;
  uint64_t began;
};

static void set_gate(struct gate *gate, int is_open)
{
  pthread_mutex_lock(&gate->lock);
  gate->state = is_open ? OPEN : GIVEN_UP;
  pthread_cond_broadcast(&gate->changed);
  pthread_mutex_unlock(&gate->lock);
}

/* Returns: whether it was opened. */
static int pass(struct gate *gate)
{
  int is_open;

  pthread_mutex_lock(&gate->lock);
  while (gate->state == SHUT)
    pthread_cond_wait(&gate->changed, &gate->lock);
  is_open = gate->state == OPEN;
  pthread_mutex_unlock(&gate->lock);
  return is_open;
}

static void *run_thread(void *argument)
{
  struct thread *thread = argument;

  if (pass(thread->gate)) {
    thread->began = thread->worker.last = bench_clock();
    thread->worker.code = thread->run(&thread->worker);
  }
  return NULL;
}

static int start(struct thread *thread, struct bench *bench, int (*run)(struct worker *), uint64_t seed,
                 struct gate *gate)
{
  thread->run = run;
  thread->gate = gate;
  thread->worker.bench = bench;
  thread->worker.random = seed * 0x9E3779B97F4A7C15u | 1;
  return pthread_create(&thread->id, NULL, run_thread, thread);
}

static void gather(struct outcome *outcome, const struct thread *thread, uint64_t *began, uint64_t *ended)
{
  const struct worker *worker = &thread->worker;

  outcome->done += worker->done;
  outcome->bytes += worker->bytes;
  outcome->found += worker->found;
  outcome->busy += (double)(worker->last - thread->began) / 1e9;
  histogram_merge(&outcome->histogram, &worker->histogram);
  if (thread->began < *began)
    *began = thread->began;
  if (worker->last > *ended)
    *ended = worker->last;
}

static void keep_failure(struct outcome *outcome, struct worker *worker)
{
  if (outcome->code == KEVO_OK && worker->code != KEVO_OK) {
    outcome->code = worker->code;
    outcome->error = worker->error;
  } else {
    kevo_error_free(worker->error);
  }
}

/* Waits for the threads that are measured, then for the one beside them. */
static void join_all(struct bench *bench, struct thread *all, size_t measured, size_t started,
                     struct outcome *outcome)
{
  uint64_t began = UINT64_MAX, ended = 0;
  size_t i;

  for (i = 0; i < started; i++) {
    if (i == measured)
      bench_set_over(bench, 1);
    pthread_join(all[i].id, NULL);
    if (i < measured)
      gather(outcome, &all[i], &began, &ended);
    keep_failure(outcome, &all[i].worker);
  }
  if (ended > began)
    outcome->elapsed = (double)(ended - began) / 1e9;
}

static void run_all(const struct workload *workload, struct bench *bench, struct thread *all, size_t threads,
                    uint64_t seed, struct outcome *outcome)
{
  struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, SHUT};
  size_t count = threads + (workload->beside != NULL), started = 0;
  int failed = 0;

  bench_set_over(bench, 0);
  while (started < count && !failed) {
    failed = start(&all[started], bench, started < threads ? workload->run : workload->beside, seed + started, &gate);
    started += !failed;
  }
  set_gate(&gate, !failed);
  join_all(bench, all, threads, started, outcome);
  if (failed)
    outcome->code = KEVO_E_NO_MEMORY;
}

void run_workload(const struct workload *workload, struct bench *bench, size_t threads, uint64_t seed,
                  struct outcome *outcome)
{
  struct thread *all = calloc(threads + 1, sizeof *all);

  memset(outcome, 0, sizeof *outcome);
  if (all == NULL)
    outcome->code = KEVO_E_NO_MEMORY;
  else
    run_all(workload, bench, all, threads, seed, outcome);
  free(all);
}
