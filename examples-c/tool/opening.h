/* Opens and closes the database that a command works on. */
#ifndef TOOL_OPENING_H
#define TOOL_OPENING_H

#include "settings.h"

/* Opens it without changing anything on disk. Says why if it cannot. Returns: the exit status. */
int open_for_reading(const struct settings *settings, kevo_db **db);

/*
 * Opens it for writing. One of Kevo's, which it would change for the first time, only with --adopt; one that is not
 * there only with --create. `options` may be NULL. Returns: the exit status.
 */
int open_for_writing(const struct settings *settings, kevo_db_options *options, kevo_db **db);

/* Opens it as `options` say, which it takes over, and which may be NULL if there was no memory. */
int open_with(const struct settings *settings, kevo_db_options *options, kevo_db **db, kevo_recovery_report **report);

/* Closes it. Returns: `status` if that is no success, else the exit status of closing. */
int close_database(const struct settings *settings, kevo_db *db, int status);

#endif
