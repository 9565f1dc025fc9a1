/* A bar on standard error that shows how far recovery has read, if that is a terminal and it takes a while. */
#ifndef DUMP_PROGRESS_H
#define DUMP_PROGRESS_H

#include "kevo.h"

/* Shows the progress of recoveries with these options from now on, and `what` they are for: 14 characters at most. */
void progress_show(kevo_recovery_options *options, const char *what);

/* Takes the bar away, if there is one: to be called when a recovery has ended. */
void progress_erase(void);

#endif
