/*
 * Transactions: money goes from one account to another, or stays where it is. Two transfers that begin at the same time
 * show what a conflict is, and a savepoint takes a part of one back.
 *
 * usage: transfer DIRECTORY (which is made if it is not there)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

static int need(int code, kevo_error *error)
{
  if (code >= 0)
    return code;
  fprintf(stderr, "%s\n", error != NULL ? kevo_error_message(error) : kevo_strerror(code));
  exit(EXIT_FAILURE);
}

static kevo_transaction *begin(kevo_db *db)
{
  kevo_transaction *transaction;
  kevo_error *error;

  need(kevo_transaction_begin(db, 0, 0, &transaction, &error), error);
  return transaction;
}

static long balance(kevo_transaction *transaction, const char *account)
{
  char text[32] = "0";
  kevo_slice value;
  kevo_error *error;

  /* The value is the database's own, and does not end with a NUL. */
  if (need(kevo_transaction_get(transaction, account, strlen(account), &value, &error), error) == KEVO_OK)
    sprintf(text, "%.*s", (int)(value.len < sizeof text ? value.len : sizeof text - 1), (const char *)value.data);
  return strtol(text, NULL, 10);
}

static void set_balance(kevo_transaction *transaction, const char *account, long amount)
{
  char text[32];
  kevo_error *error;

  sprintf(text, "%ld", amount);
  need(kevo_transaction_put(transaction, account, strlen(account), text, strlen(text), &error), error);
}

static void move(kevo_transaction *transaction, const char *from, const char *to, long amount)
{
  set_balance(transaction, from, balance(transaction, from) - amount);
  set_balance(transaction, to, balance(transaction, to) + amount);
}

/* Whether it was committed. If not, somebody else has written what it read. */
static int commit(kevo_transaction *transaction)
{
  kevo_error *error;
  const int code = kevo_transaction_commit(transaction, 0, NULL, &error);

  kevo_transaction_free(transaction);
  if (code == KEVO_E_CONFLICT) {
    printf("  %s\n", kevo_error_message(error));
    kevo_error_free(error);
    return 0;
  }
  need(code, error);
  return 1;
}

static void show(kevo_db *db, const char *title)
{
  kevo_transaction *transaction = begin(db);

  printf("%s: anna %ld, bert %ld, carl %ld\n", title, balance(transaction, "anna"), balance(transaction, "bert"),
         balance(transaction, "carl"));
  kevo_transaction_free(transaction);
}

int main(int argc, char **argv)
{
  kevo_transaction *first, *second;
  kevo_error *error;
  kevo_db *db;

  if (argc != 2) {
    fprintf(stderr, "usage: transfer DIRECTORY\n");
    return 2;
  }
  need(kevo_db_open(argv[1], NULL, &db, NULL, &error), error);
  first = begin(db);
  set_balance(first, "anna", 100);
  set_balance(first, "bert", 50);
  commit(first);
  show(db, "at first");

  /* Both read anna's balance: one of them has to begin again, or the other's money would be lost. */
  first = begin(db);
  second = begin(db);
  move(first, "anna", "bert", 10);
  move(second, "anna", "carl", 20);
  commit(first);
  show(db, "anna to bert, 10");
  while (!commit(second)) {
    second = begin(db);
    move(second, "anna", "carl", 20);
  }
  show(db, "anna to carl, 20");

  /* What was written since a savepoint can be taken back. */
  first = begin(db);
  move(first, "bert", "carl", 5);
  need(kevo_transaction_savepoint(first, &error), error);
  move(first, "bert", "carl", 1000);
  if (balance(first, "bert") < 0)
    need(kevo_transaction_rollback_to_savepoint(first, &error), error);
  commit(first);
  show(db, "bert to carl, 5 and not 1000");

  need(kevo_db_close(db, &error), error);
  return EXIT_SUCCESS;
}
