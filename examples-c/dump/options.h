/* The options: what each is called, what it does, and what the help says of it. */
#ifndef DUMP_OPTIONS_H
#define DUMP_OPTIONS_H

#include "output.h"
#include "settings.h"

struct option {
  const char *name;
  const char *value; /* what the help calls its value; NULL if it has none */
  const char *help;
  const struct choice *choices; /* the values that it can have; NULL if it is not a choice */
  int (*set)(struct settings *settings, const char *value); /* KEVO_OK, or that the value is no good */
};

/* The option with this name, as long as `length` says; NULL if there is none. */
const struct option *option_named(const char *name, size_t length);

/* What --mode calls a mode. */
const char *mode_name(int mode);

void put_usage(struct output *o);
void put_help(void);

#endif
