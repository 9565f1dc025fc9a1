/* Tries other options, and prints those that would bring back more, and how much. */
#ifndef DUMP_ADVICE_H
#define DUMP_ADVICE_H

#include "../common/files.h"
#include "recovery.h"
#include "settings.h"

/* Prints advice on a recovery, whether it failed or not. Its list must be free by then: each trial makes a list. */
void advise(struct output *output, const struct recovery *recovery, const struct settings *settings,
            const struct files *files);

#endif
