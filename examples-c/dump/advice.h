/* Which options would bring back more, and how much: found out by trying them. */
#ifndef DUMP_ADVICE_H
#define DUMP_ADVICE_H

#include "files.h"
#include "recovery.h"
#include "settings.h"

/* Advises people on a recovery, whether it failed or not. */
void advise(struct output *o, const struct recovery *recovery, const struct settings *settings,
            const struct files *files);

#endif
