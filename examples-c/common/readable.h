/* Keys and values in the form in which people read and type them. */
#ifndef COMMON_READABLE_H
#define COMMON_READABLE_H

#include "kevo.h"

/*
 * Prints a key or a value in quotes, in at least `columns` columns. A byte that the locale cannot print, or that
 * could control a terminal, is printed as \xHH. Of a long key or value, only the start and the length are printed.
 */
void put_readable(kevo_slice slice, size_t columns);

/* Prints all of a key or a value, without quotes. What is printed has neither tabs nor ends of lines in it. */
void put_readable_whole(kevo_slice slice);

/* The number that a hexadecimal digit stands for; -1 if it is none. */
int digit_of(char c);

/*
 * The bytes that `text` stands for: \xHH is a byte, \\ is \, \" is ", and any other character is itself.
 *
 * Returns: KEVO_OK, and a slice whose data the caller frees; KEVO_E_INVALID_ARGUMENT if there is another escape.
 */
int parse_readable(const char *text, kevo_slice *slice);

/* The same for text of a length, which may have NULs in it. */
int parse_readable_bytes(const char *text, size_t length, kevo_slice *slice);

#endif
