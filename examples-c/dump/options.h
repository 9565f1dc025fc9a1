/* The options of kevo-dump, what they set, and the help on them. */
#ifndef DUMP_OPTIONS_H
#define DUMP_OPTIONS_H

#include "../common/options.h"
#include "../common/output.h"

extern const struct option *const dump_options[];

void put_usage(struct output *output);
void put_help(void);

#endif
