/* Keys and values as people read and type them. */
#ifndef DUMP_READABLE_H
#define DUMP_READABLE_H

#include "kevo.h"

/*
 * Puts a key or a value in quotes. What the locale cannot print, and what could make a terminal do something, is put
 * as \xHH; of a long one only the beginning, and its length. At least `columns` wide.
 */
void put_readable(kevo_slice slice, size_t columns);

/*
 * The bytes that `text` stands for: \xHH is a byte, \\ and \" are \ and ", all else is itself.
 *
 * Returns: KEVO_OK, and a slice whose data the caller frees; KEVO_E_INVALID_ARGUMENT if there is another escape.
 */
int parse_readable(const char *text, kevo_slice *slice);

#endif
