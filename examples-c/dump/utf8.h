/* UTF-8, character by character. */
#ifndef DUMP_UTF8_H
#define DUMP_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * How many of the `size` bytes at s, of which there is at least one, are one character of UTF-8; or, if they are not
 * valid, how many of them stand for one U+FFFD: as many as could have begun a character (the practice that Unicode
 * recommends).
 */
size_t utf8_length(const unsigned char *s, size_t size, int *valid);

/* The number of a valid character. */
uint32_t utf8_number(const unsigned char *s, size_t length);

#endif
