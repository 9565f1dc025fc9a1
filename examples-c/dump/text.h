/* Messages and file names. */
#ifndef DUMP_TEXT_H
#define DUMP_TEXT_H

#include "output.h"

/* Text that may hold a file name, and so any byte. What a terminal would obey or JSON does not allow is escaped. */
void put_text(struct output *o, const char *text, int json);

#endif
