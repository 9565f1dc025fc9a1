/*
 * A crash, and what comes back: a process writes, and is killed in the middle of it. What it was told is written is
 * there.
 *
 * usage: crash DIRECTORY (which is made if it is not there)
 */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kevo.h"

enum { ENOUGH = 1000 };

static void need(int code, kevo_error *error)
{
  if (code >= 0)
    return;
  fprintf(stderr, "%s\n", error != NULL ? kevo_error_message(error) : kevo_strerror(code));
  exit(EXIT_FAILURE);
}

/* Moves money between two accounts for ever, and tells after each time that it is done. */
static void write_for_ever(const char *directory, int acknowledge)
{
  kevo_batch *batch = kevo_batch_new();
  kevo_error *error;
  kevo_db *db;
  char one[16], other[16];
  int turn;

  need(kevo_db_open(directory, NULL, &db, NULL, &error), error);
  for (turn = 1;; turn++) {
    sprintf(one, "%d", turn);
    sprintf(other, "%d", -turn);
    kevo_batch_clear(batch);
    need(kevo_batch_put(batch, "one", 3, one, strlen(one)), NULL);
    need(kevo_batch_put(batch, "other", 5, other, strlen(other)), NULL);
    need(kevo_db_write(db, batch, 0, NULL, &error), error);
    if (write(acknowledge, &turn, sizeof turn) != (ssize_t)sizeof turn)
      exit(EXIT_FAILURE);
  }
}

static int balance(kevo_db *db, const char *account)
{
  kevo_error *error;
  char text[16] = "";
  size_t len;

  need(kevo_db_get_copy(db, NULL, account, strlen(account), text, sizeof text - 1, &len, &error), error);
  return atoi(text);
}

int main(int argc, char **argv)
{
  kevo_error *error;
  kevo_db *db;
  int ends[2], turn = 0, acknowledged = 0, status;
  pid_t child;

  if (argc != 2) {
    fprintf(stderr, "usage: crash DIRECTORY\n");
    return 2;
  }
  if (pipe(ends) != 0 || (child = fork()) < 0)
    return EXIT_FAILURE;
  if (child == 0)
    write_for_ever(argv[1], ends[1]);
  close(ends[1]);
  while (acknowledged < ENOUGH && read(ends[0], &turn, sizeof turn) == (ssize_t)sizeof turn)
    acknowledged = turn;
  kill(child, SIGKILL);
  /* What it had written and told before the signal came counts, too. */
  while (read(ends[0], &turn, sizeof turn) == (ssize_t)sizeof turn)
    acknowledged = turn;
  waitpid(child, &status, 0);
  printf("the writer was %s\n", WIFSIGNALED(status) ? "killed" : "not killed");

  need(kevo_db_open(argv[1], NULL, &db, NULL, &error), error);
  printf("at least %d transfers were acknowledged: %s\n", ENOUGH, acknowledged >= ENOUGH ? "yes" : "no");
  printf("the last of them is there: %s\n", balance(db, "one") >= acknowledged ? "yes" : "no");
  printf("the accounts add up to %d\n", balance(db, "one") + balance(db, "other"));
  need(kevo_db_close(db, &error), error);
  return EXIT_SUCCESS;
}
