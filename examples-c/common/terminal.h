/* What the terminal can show: colours, characters beyond ASCII, and how many characters in a line. */
#ifndef COMMON_TERMINAL_H
#define COMMON_TERMINAL_H

#include <stddef.h>

#include "output.h"

#define WIDEST 160

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

enum style { PLAIN, BOLD, DIM, GOOD, BAD };

/* Whether the descriptor is a terminal that obeys escape sequences. */
int terminal_obeys(int descriptor);

/* How many characters fit a line of the terminal; 72 if the descriptor is none, or if it does not say. */
size_t terminal_columns(int descriptor);

/* Reads the environment. To be called once, before anything is printed for people. */
void terminal_open(enum color color);

/* Whether the locale's characters are UTF-8. */
int terminal_is_utf8(void);

/* How many characters may go into a line of standard output: from 40 to WIDEST. */
size_t terminal_width(void);

/* Changes the style of what is printed next on standard output, if that shows colours. */
void put_style(enum style style);

void put_styled(enum style style, const char *text);

#endif
