/*
 * Makes each call of kevo.h again and again: the first time the first request for memory is refused, then the second
 * one, and so on, until the call makes no more requests. Each time in a process of its own.
 *
 * A call either does what it does with memory, or returns KEVO_E_NO_MEMORY or NULL. It never ends the process, keeps no
 * memory, leaves handles as they were, and leaves no files.
 *
 * usage: no-memory FIXTURES SCRATCH [CALL [later|once N]]
 *
 * SCRATCH is an empty directory. faults.c is preloaded, with FAULT_CALL=memory and FAULT_ERRNO=12. RUST_BACKTRACE=1
 * shows where a process was ended, but takes much longer.
 *
 * With `later`, all requests from the refused one on are refused as well; with `once`, it is the only one. With these
 * two arguments, the call is made in this process: for a debugger.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "no-memory.h"

/* A call that makes more requests than this does not end. */
#define MOST_REQUESTS 20000ull
#define NEVER (~0ull)
#define ANY_CODE 1000

const char *fixtures;
const char *scratch;

/* The functions of faults.c. */
static void (*faults_arm)(int);
static void (*faults_choose)(unsigned long long, unsigned long long);
static unsigned long long (*faults_seen)(void);
static long long (*faults_live)(void);

/* What a process that makes a call tells the one that started it, in memory that both share. */
struct outcome {
  int code;
  unsigned long long requests; /* NEVER if the call has not returned */
  char why[512]; /* empty if nothing is wrong */
};

static struct outcome *outcome;

void fail(const char *format, ...)
{
  const int len = snprintf(outcome->why, sizeof outcome->why, "returns %d; ", outcome->code);
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(outcome->why + len, sizeof outcome->why - (size_t)len, format, arguments);
  va_end(arguments);
  _exit(1);
}

static void or_exit(int holds, const char *what)
{
  if (!holds) {
    fprintf(stderr, "%s (error number %d)\n", what, errno);
    exit(2);
  }
}

static void find(const char *name, void *function)
{
  void *found = dlsym(RTLD_DEFAULT, name);

  or_exit(found != NULL, "tests/c/faults.c must be preloaded");
  memcpy(function, &found, sizeof found);
}

int clear(const char *directory)
{
  DIR *open = opendir(directory);
  struct dirent *entry;
  char path[4096];
  int count = 0;

  or_exit(open != NULL, directory);
  while ((entry = readdir(open)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    count++;
    snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    if (unlink(path) != 0) {
      clear(path);
      or_exit(rmdir(path) == 0, path);
    }
  }
  closedir(open);
  return count;
}

/* ---- in the process that makes the call --------------------------------------------------------------------- */

/* Which requests are refused. */
struct refusal {
  unsigned long long first;
  unsigned long long last;
};

/* Makes the call with handles of its own. Returns its code. */
static int make_once(const struct call *call, struct refusal refusal)
{
  int code;

  make_handles();
  if (call->prepare != NULL)
    call->prepare();
  faults_choose(refusal.first, refusal.last);
  faults_arm(1);
  code = call->make();
  faults_arm(0);
  outcome->code = code;
  outcome->requests = faults_seen();
  if (call->check != NULL)
    call->check(code);
  free_handles();
  return code;
}

/*
 * The first call of a process makes requests that later ones do not, and keeps some of that memory for them. So a call
 * is tried cold, as the first of its process; and warm, after it was made once with memory. Then it may keep nothing,
 * or not each time: how many threads of a database run at once, each of which leaves a little for the next, is chance.
 */
static void make_and_check(const struct call *call, struct refusal refusal, int is_warm, int usual_code)
{
  const struct refusal nothing = {NEVER, NEVER};
  long long kept;
  int code, turns = is_warm ? 4 : 1;

  if (is_warm) {
    make_once(call, nothing);
    clear(scratch);
  }
  do {
    kept = -faults_live();
    code = make_once(call, refusal);
    kept += faults_live();
    if (usual_code != ANY_CODE && code != usual_code && (code != KEVO_E_NO_MEMORY || outcome->requests < refusal.first))
      fail("%s", kevo_strerror(code));
  } while (--turns > 0 && kept > 0 && clear(scratch) >= 0);
  if (is_warm && kept > 0)
    fail("keeps %lld allocations", kept);
}

/* ---- in the process that starts the others ------------------------------------------------------------------ */

/* Appends what the process wrote to standard error: the first line, and the first place in src if it names any. */
static void append_messages(FILE *messages)
{
  char line[1024], *place;
  size_t len = strlen(outcome->why);
  int number;

  rewind(messages);
  for (number = 0; fgets(line, sizeof line, messages) != NULL; number++) {
    line[strcspn(line, "\n")] = '\0';
    place = number == 0 ? line : strstr(line, "./src/");
    if (place == NULL)
      continue;
    snprintf(outcome->why + len, sizeof outcome->why - len, ": %s", place);
    len = strlen(outcome->why);
    if (number > 0)
      break;
  }
}

/* Whether the call was right. */
static int try_once(const struct call *call, struct refusal refusal, int is_warm, int usual_code)
{
  const struct rlimit no_core = {0, 0};
  FILE *messages = tmpfile();
  pid_t child;
  int status;

  or_exit(messages != NULL, "tmpfile");
  memset(outcome, 0, sizeof *outcome);
  outcome->requests = NEVER;
  child = fork();
  or_exit(child != -1, "fork");
  if (child == 0) {
    setrlimit(RLIMIT_CORE, &no_core);
    alarm(20); /* nothing here takes as long: a process that does is stuck */
    dup2(fileno(messages), STDERR_FILENO);
    make_and_check(call, refusal, is_warm, usual_code);
    _exit(0);
  }
  or_exit(waitpid(child, &status, 0) == child, "waitpid");
  clear(scratch);
  if (WIFSIGNALED(status)) {
    snprintf(outcome->why, sizeof outcome->why, "%s", strsignal(WTERMSIG(status)));
    append_messages(messages);
  } else if (WEXITSTATUS(status) != 0 && outcome->why[0] == '\0') {
    snprintf(outcome->why, sizeof outcome->why, "exit status %d", WEXITSTATUS(status));
  }
  fclose(messages);
  return outcome->why[0] == '\0';
}

/* Refuses each request in turn. Returns how many of these calls were wrong. */
static unsigned try_each_request(const struct call *call, int is_later, int is_warm, int usual_code)
{
  unsigned wrong = 0;
  struct refusal refusal;

  for (refusal.first = 1; refusal.first <= MOST_REQUESTS; refusal.first++) {
    refusal.last = is_later ? NEVER : refusal.first;
    if (!try_once(call, refusal, is_warm, usual_code)) {
      wrong++;
      printf("%s, %s %llu, %s: %s\n", call->name, is_later ? "later" : "once", refusal.first,
             is_warm ? "warm" : "cold", outcome->why);
    }
    if (outcome->requests < refusal.first)
      return wrong;
  }
  printf("%s makes more than %llu requests\n", call->name, MOST_REQUESTS);
  return wrong + 1;
}

static unsigned try_call(const struct call *call)
{
  const struct refusal nothing = {NEVER, NEVER};
  unsigned wrong = 0;
  int turn, usual_code;

  if (!try_once(call, nothing, 0, ANY_CODE)) {
    printf("%s, with memory: %s\n", call->name, outcome->why);
    return 1;
  }
  usual_code = outcome->code;
  for (turn = 0; turn < 4; turn++)
    wrong += try_each_request(call, turn & 1, turn >> 1, usual_code);
  printf("%s: %llu requests, %u wrong\n", call->name, outcome->requests, wrong);
  return wrong;
}

static const struct call *call_number(size_t i)
{
  return i < call_count ? &calls[i] : &database_calls[i - call_count];
}

static void make_here(const char *name, const char *mode, const char *number)
{
  struct refusal refusal;
  size_t i;

  refusal.first = strtoull(number, NULL, 10);
  refusal.last = strcmp(mode, "later") == 0 ? NEVER : refusal.first;
  for (i = 0; i < call_count + database_call_count; i++) {
    if (strcmp(call_number(i)->name, name) == 0)
      printf("%d\n", make_once(call_number(i), refusal));
  }
}

/* Memory is refused only if the environment says so: all of it, or requests from some size on, at most 4096 bytes. */
static void check_faults(void)
{
  void *memory, *mapped;

  faults_choose(1, NEVER);
  faults_arm(1);
  memory = malloc(4096);
  mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  faults_arm(0);
  or_exit(memory == NULL && mapped == MAP_FAILED && faults_seen() == 2, "FAULT_CALL must be memory");
}

int main(int argc, char **argv)
{
  unsigned wrong = 0;
  size_t i;

  or_exit(argc == 3 || argc == 4 || argc == 6, "usage: no-memory FIXTURES SCRATCH [CALL [later|once N]]");
  setvbuf(stdout, NULL, _IOLBF, 0);
  find("faults_arm", &faults_arm);
  find("faults_choose", &faults_choose);
  find("faults_seen", &faults_seen);
  find("faults_live", &faults_live);
  check_faults();
  fixtures = argv[1];
  scratch = argv[2];
  outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  or_exit(outcome != MAP_FAILED, "mmap");

  if (argc == 6) {
    make_here(argv[3], argv[4], argv[5]);
    return EXIT_SUCCESS;
  }
  for (i = 0; i < call_count + database_call_count; i++) {
    if (argc == 3 || strcmp(call_number(i)->name, argv[3]) == 0)
      wrong += try_call(call_number(i));
  }
  return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
