/* UTF-8, character by character. */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The length of the first character of the `size` bytes at `s`; `size` is at least 1. If there is no valid character,
 * the number of bytes that one U+FFFD replaces: as many as could have started a character, as Unicode recommends.
 */
size_t utf8_length(const unsigned char *s, size_t size, int *valid);

/* The number of a valid character. */
uint32_t utf8_number(const unsigned char *s, size_t length);

#endif
