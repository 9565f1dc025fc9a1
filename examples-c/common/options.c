#include "options.h"

#include <string.h>

#include "kevo.h"
#include "output.h"
#include "terminal.h"

/* The column in which the help says what an option does. */
#define HELP_COLUMN 24

const struct choice recovery_modes[] = {
    {"tolerate-torn-tail", KEVO_RECOVERY_TOLERATE_TORN_TAIL,
     "the default: an interrupted last write is reported, other damage is an error"},
    {"absolute", KEVO_RECOVERY_ABSOLUTE, "any damage is an error"},
    {"point-in-time", KEVO_RECOVERY_POINT_IN_TIME, "read up to the first damage and no further"},
    {"skip-corrupted", KEVO_RECOVERY_SKIP_CORRUPTED, "read everything that is intact"},
    {NULL, 0, NULL}};

const struct choice colors[] = {{"auto", COLOR_AUTO, "the default: on a terminal, unless NO_COLOR is set"},
                                {"always", COLOR_ALWAYS, "also into a pipe"},
                                {"never", COLOR_NEVER, "no colours"},
                                {NULL, 0, NULL}};

const struct option *option_named(const struct option *const *options, const char *name, size_t length)
{
  for (; *options != NULL; options++) {
    if (strlen((*options)->name) == length && memcmp((*options)->name, name, length) == 0)
      return *options;
  }
  return NULL;
}

const char *mode_name(int mode)
{
  const struct choice *choice = recovery_modes;

  while (choice->value != mode)
    choice++;
  return choice->name;
}

int parse_number(const char *text, uint64_t *number)
{
  uint64_t n = 0;

  if (*text == '\0')
    return 0;
  for (; *text != '\0'; text++) {
    uint64_t digit = (uint64_t)(unsigned char)*text - '0';

    if (digit > 9 || n > (UINT64_MAX - digit) / 10)
      return 0;
    n = n * 10 + digit;
  }
  *number = n;
  return 1;
}

int parse_choice(const struct choice *choices, const char *text, int *value)
{
  for (; choices->name != NULL; choices++) {
    if (strcmp(choices->name, text) == 0) {
      *value = choices->value;
      return 1;
    }
  }
  return 0;
}

/* ---- help --------------------------------------------------------------------------------------------------- */

/* Prints `text` and blanks up to `column`, but at least one blank. */
static void put_padded(const char *text, size_t column)
{
  size_t length = strlen(text);

  put(&out, text);
  do
    put(&out, " ");
  while (++length < column);
}

static void put_option(const struct option *option)
{
  const struct choice *choice;
  size_t column = HELP_COLUMN - 2;

  put(&out, "  ");
  if (option->value != NULL) {
    put_padded(option->name, 0);
    put_padded(option->value, column - strlen(option->name) - 1);
  } else {
    put_padded(option->name, column);
  }
  put(&out, option->help);
  put(&out, "\n");
  for (choice = option->choices; choice != NULL && choice->name != NULL; choice++) {
    put(&out, "      ");
    put_padded(choice->name, HELP_COLUMN - 4);
    put(&out, choice->help);
    put(&out, "\n");
  }
}

void put_options(const struct option *const *options)
{
  for (; *options != NULL; options++)
    put_option(*options);
}
