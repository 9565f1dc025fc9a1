/* A bar that shows how far some work has got: on standard error if that is a terminal, once the work takes a while.
 */
#ifndef COMMON_PROGRESS_H
#define COMMON_PROGRESS_H

#include "kevo.h"

/* From now on, shows the progress of recoveries with these options, and `what` they do: at most 14 characters. */
void progress_show(kevo_recovery_options *options, const char *what);

/* What shows the progress of other work; NULL if standard error is no terminal. Its `user` is text as `what` above.
 */
kevo_progress_callback progress_callback(void);

/* Shows that `done` bytes of `total` are done; nothing if `total` is 0. Returns: 0. */
int progress_tell(void *what, uint64_t done, uint64_t total);

/* Erases the bar, if there is one. To be called when the work has ended. */
void progress_erase(void);

#endif
