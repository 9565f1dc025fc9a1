/*
 * Kills processes that write to a database, again and again, and looks each time whether all that was acknowledged is
 * there: four writers, with flushes and compactions meanwhile. Each round has options of its own; a directory lives for
 * many rounds.
 *
 * usage: kill DIRECTORY SECONDS SEED (databases are made below DIRECTORY)
 *
 * What fails is printed, with seed and round, and its directory is kept, and how it was before it was opened again.
 */
#define _DEFAULT_SOURCE

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kill.h"

enum { ROUNDS_A_LIFE = 60, SECONDS_FOR_ANYTHING = 120 };
/* Rounds go on for as long after their time, on a slow machine, until all is seen that they are for. */
enum { SECONDS_MORE = 120 };

static char top[4000], path[4096], before[4096];
static struct shared *shared;
static unsigned long ends[ENDS];
static uint64_t writes, flushes, compactions;

static void need(int holds, const char *what)
{
  if (!holds) {
    printf("%s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
  }
}

/* ---- processes ------------------------------------------------------------------------------------------------ */

static pid_t start(void (*run)(const char *, const struct plan *, struct shared *), const struct plan *plan)
{
  pid_t child;

  fflush(stdout);
  child = fork();
  need(child >= 0, "fork");
  if (child == 0) {
    alarm(SECONDS_FOR_ANYTHING); /* what hangs is ended by its signal, and seen */
    run(path, plan, shared);
    _exit(EXIT_FAILURE);
  }
  return child;
}

static int wait_for(pid_t child)
{
  int status = -1;

  while (waitpid(child, &status, 0) != child)
    need(errno == EINTR, "waitpid");
  return status;
}

static void run_tool(const char *tool, const char *flags, const char *first, const char *second)
{
  const pid_t child = fork();

  need(child >= 0, "fork");
  if (child == 0) {
    execlp(tool, tool, flags, "--", first, second, (char *)NULL);
    _exit(EXIT_FAILURE);
  }
  need(wait_for(child) == 0, tool);
}

/* ---- a round -------------------------------------------------------------------------------------------------- */

static int is_alive(pid_t child)
{
  siginfo_t info;

  memset(&info, 0, sizeof info);
  return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

static void wait_for_phase(pid_t child, int phase)
{
  while (atomic_load(&shared->phase) < phase && is_alive(child))
    usleep(50);
}

static void wait_for_rest(pid_t child)
{
  atomic_store(&shared->order, REST);
  while (atomic_load(&shared->resting) < WRITERS && is_alive(child))
    usleep(1000);
  usleep(1000000);
}

/* Waits until the writers are to end, and kills them, or lets them end. */
static void end_writers(pid_t child, const struct plan *plan)
{
  const uint64_t part_of_opening = atomic_load(&shared->open_microseconds) * plan->microseconds / 1000;

  if (plan->end == KILL_OPENING) {
    usleep((useconds_t)part_of_opening);
  } else {
    wait_for_phase(child, WRITING);
    usleep((useconds_t)(plan->end == KILL_CLOSING ? 10000 : plan->microseconds));
  }
  if (plan->end == KILL_RESTING)
    wait_for_rest(child);
  if (plan->end == KILL_CLOSING) {
    atomic_store(&shared->order, CLOSE);
    wait_for_phase(child, CLOSING);
    usleep((useconds_t)part_of_opening / 2);
  }
  if (plan->end == END_BY_CLOSE || plan->end == END_BY_EXIT)
    atomic_store(&shared->order, plan->end == END_BY_CLOSE ? CLOSE : EXIT);
  else
    kill(child, SIGKILL);
}

static int has_ended_well(int status)
{
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    return 1;
  if (WIFSIGNALED(status))
    printf("  signal %d\n", WTERMSIG(status));
  return status == 0;
}

static void count_round(const struct plan *plan)
{
  unsigned i;

  ends[plan->end]++;
  flushes += atomic_load(&shared->flushes);
  compactions += atomic_load(&shared->compactions);
  for (i = 0; i < WRITERS; i++)
    writes += atomic_load(&shared->writers[i].acknowledged) - shared->writers[i].base;
}

static int try_round(const struct plan *plan)
{
  pid_t child;
  int status;

  atomic_store(&shared->phase, OPENING);
  atomic_store(&shared->order, GO_ON);
  atomic_store(&shared->resting, 0);
  atomic_store(&shared->flushes, 0);
  atomic_store(&shared->compactions, 0);
  child = start(run_writers, plan);
  end_writers(child, plan);
  status = wait_for(child);
  if (!has_ended_well(status)) {
    printf("  the writers have failed\n");
    return 0;
  }
  count_round(plan);
  run_tool("rm", "-rf", before, NULL);
  if (access(path, F_OK) == 0)
    run_tool("cp", "-a", path, before);
  status = wait_for(start(run_checker, plan));
  if (WIFSIGNALED(status))
    printf("  signal %d while it was checked\n", WTERMSIG(status));
  return status == 0;
}

static void begin_life(void)
{
  kevo_error *error = NULL;

  if (access(path, F_OK) == 0 && kevo_db_destroy(path, &error) != KEVO_OK)
    need(0, kevo_error_message(error));
  need(access(path, F_OK) != 0, "nothing is left of a database that was destroyed");
  memset(shared, 0, sizeof *shared);
}

/* Whether the rounds had in them what they are for. */
static int is_enough(void)
{
  return ends[KILL_OPENING] > 0 && ends[KILL_WRITING] > 0 && writes > 100 && flushes > 0 && compactions > 0;
}

static int goes_on(uint64_t until)
{
  const uint64_t now = now_microseconds();

  return now < until || (!is_enough() && now < until + SECONDS_MORE * UINT64_C(1000000));
}

/* Returns how many rounds there were; 0 if one has failed. */
static uint64_t try_rounds(uint64_t seconds, uint64_t seed)
{
  const uint64_t until = now_microseconds() + seconds * 1000000;
  struct plan plan;
  uint64_t round;

  for (round = 0; goes_on(until); round++) {
    if (round % ROUNDS_A_LIFE == 0)
      begin_life();
    make_plan(seed, round / ROUNDS_A_LIFE, round, &plan);
    if (!try_round(&plan)) {
      printf("seed %" PRIu64 ", round %" PRIu64 " (%" PRIu64 " of its directory) has failed\n", seed, round,
             round % ROUNDS_A_LIFE);
      print_plan(&plan);
      printf("  the database is %s, and how it was before it was checked is %s\n", path, before);
      return 0;
    }
  }
  return round;
}

static void print_summary(uint64_t rounds)
{
  unsigned i;

  printf("%" PRIu64 " rounds; %" PRIu64 " writes were acknowledged, %" PRIu64 " flushes, %" PRIu64 " compactions\n",
         rounds, writes, flushes, compactions);
  for (i = 0; i < ENDS; i++)
    printf("  %lu %s\n", ends[i], name_of_end((enum end)i));
}

int main(int argc, char **argv)
{
  uint64_t rounds;

  if (argc != 4) {
    fprintf(stderr, "usage: kill DIRECTORY SECONDS SEED\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  snprintf(top, sizeof top, "%s/kevo-kill-XXXXXX", argv[1]);
  need(mkdtemp(top) != NULL, top);
  snprintf(path, sizeof path, "%s/database", top);
  snprintf(before, sizeof before, "%s/before", top);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  need(shared != MAP_FAILED, "mmap");

  rounds = try_rounds(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
  print_summary(rounds);
  if (rounds == 0)
    return EXIT_FAILURE;
  if (!is_enough()) {
    printf("that is not what this is for\n");
    return EXIT_FAILURE;
  }
  run_tool("rm", "-rf", top, NULL);
  return EXIT_SUCCESS;
}
