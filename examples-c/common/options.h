/* Options of a command line: their names, the values that they take, and the help on them. */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

/* Lists of choices end with one whose name is NULL. */
struct choice {
  const char *name;
  int value;
  const char *help;
};

/* Lists of options are of pointers, and end with NULL. */
struct option {
  const char *name;
  const char *value; /* the name of its value in the help; NULL if it takes none */
  const char *help;
  const struct choice *choices; /* the values that it allows; NULL if that is not a fixed list */
  /* Is given what the program keeps its settings in. Returns: KEVO_OK, or another code if it refuses the value. */
  int (*set)(void *settings, const char *value);
};

/* What to do about damage. */
extern const struct choice recovery_modes[];

/* When to use colours. */
extern const struct choice colors[];

/* The option whose name is the first `length` characters of `name`; NULL if there is none. */
const struct option *option_named(const struct option *const *options, const char *name, size_t length);

/* The name of a mode as a value of --mode. */
const char *mode_name(int mode);

/* Accepts decimal digits only: no sign, no blank, nothing after the digits, no overflow. Returns: whether it did. */
int parse_number(const char *text, uint64_t *number);

int parse_choice(const struct choice *choices, const char *text, int *value);

/* Prints help on each option. */
void put_options(const struct option *const *options);

#endif
