/* What the place where the output goes can show: colours, characters beyond ASCII, and how many of them in a line. */
#ifndef DUMP_TERMINAL_H
#define DUMP_TERMINAL_H

#include <stddef.h>

#include "output.h"

#define WIDEST 160

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

enum style { PLAIN, BOLD, DIM, GOOD, BAD };

/* Whether what is written there goes to a terminal that obeys escape sequences. */
int terminal_obeys(int descriptor);

/* How many characters go into a line there: 72 where there is no terminal, or it does not say. */
size_t terminal_columns(int descriptor);

/* Asks the environment. To be called once, before anything is shown to people. */
void terminal_open(enum color color);

/* Whether the locale's characters are UTF-8. */
int terminal_is_utf8(void);

/* What is to fit a line of standard output, in characters: no less than 40 and no more than WIDEST. */
size_t terminal_width(void);

/* Changes the style of what follows on standard output, if it shows colours. */
void put_style(enum style style);

void put_styled(enum style style, const char *text);

#endif
