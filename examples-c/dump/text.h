/* Bytes of any kind, put so that a terminal obeys none of them. */
#ifndef DUMP_TEXT_H
#define DUMP_TEXT_H

#include "kevo.h"
#include "output.h"

/* Text that may hold a file name, and so any byte. What a terminal would obey or JSON does not allow is escaped. */
void put_text(struct output *o, const char *text, int json);

/* A key or a value, for eyes. */
void put_readable(struct output *o, kevo_slice slice);

#endif
