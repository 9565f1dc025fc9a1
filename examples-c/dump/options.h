/* The options: their names, what they set, and the help on them. */
#ifndef DUMP_OPTIONS_H
#define DUMP_OPTIONS_H

#include "output.h"
#include "settings.h"

struct option {
  const char *name;
  const char *value; /* the name of its value in the help; NULL if it takes none */
  const char *help;
  const struct choice *choices; /* the values that it allows; NULL if that is not a fixed list */
  /* Returns: KEVO_OK, or another code if it refuses the value. */
  int (*set)(struct settings *settings, const char *value);
};

/* The option whose name is the first `length` characters of `name`; NULL if there is none. */
const struct option *option_named(const char *name, size_t length);

/* The name of a mode as a value of --mode. */
const char *mode_name(int mode);

void put_usage(struct output *output);
void put_help(void);

#endif
