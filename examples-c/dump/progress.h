/* A bar that shows how far recovery has read: on standard error if that is a terminal, once recovery takes a while. */
#ifndef DUMP_PROGRESS_H
#define DUMP_PROGRESS_H

#include "kevo.h"

/* From now on, shows the progress of recoveries with these options, and `what` they do: at most 14 characters. */
void progress_show(kevo_recovery_options *options, const char *what);

/* Erases the bar, if there is one. To be called when a recovery has ended. */
void progress_erase(void);

#endif
