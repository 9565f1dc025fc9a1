/* What the place where the output goes can show: colours, characters beyond ASCII, and how many of them in a line. */
#ifndef DUMP_TERMINAL_H
#define DUMP_TERMINAL_H

#include <stddef.h>

#include "output.h"

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

enum style { PLAIN, BOLD, DIM, GOOD, BAD };

/* Asks the environment. To be called once, before anything is shown to people. */
void terminal_open(enum color color);

/* Whether the locale's characters are UTF-8. */
int terminal_is_utf8(void);

/* In characters: that of the terminal, 72 where there is none. */
size_t terminal_width(void);

/* Changes the style of what follows on standard output, if it shows colours. */
void put_style(enum style style);

void put_styled(enum style style, const char *text);

#endif
