/* Failures: what is said of them, and the exit status. */
#ifndef TOOL_FAILURE_H
#define TOOL_FAILURE_H

#include "settings.h"

/* With EXIT_SUCCESS and EXIT_USAGE, all exit statuses that there are. */
#define EXIT_DIFFERS 1
#define EXIT_DAMAGE 3
#define EXIT_LOCKED 4
#define EXIT_FAILED 5

/*
 * Says what has failed, and what to do about it, on standard error, and with --json on standard output, too. Takes
 * over `error`, which may be NULL. Returns: the exit status, which is that of success or EXIT_DIFFERS if `code` is no
 * failure.
 */
int fail(const struct settings *settings, int code, kevo_error *error);

/* The same for a move of an iterator. KEVO_END is no failure. */
int fail_in(const struct settings *settings, int code, const kevo_iterator *iterator);

/* Says that a word of the command line, or a file that it names, cannot be used. Returns: EXIT_FAILED. */
int fail_with(const char *what, const char *text);

#endif
