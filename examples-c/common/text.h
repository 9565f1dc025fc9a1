/* Prints messages and file names. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include "output.h"

/* `text` may contain a file name, and so any byte. Escapes what a terminal would obey or what JSON does not allow. */
void put_text(struct output *output, const char *text, int json);

#endif
