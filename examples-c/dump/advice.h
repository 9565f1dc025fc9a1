/* What to do about a recovery that failed. */
#ifndef DUMP_ADVICE_H
#define DUMP_ADVICE_H

#include "recovery.h"

void advise(const struct recovery *recovery);

#endif
