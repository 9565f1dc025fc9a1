/* Keys and values as the command line gives them and the output shows them. */
#ifndef TOOL_BYTES_H
#define TOOL_BYTES_H

#include "settings.h"

/*
 * The bytes that text of a form stands for. The caller frees them with bytes_free.
 *
 * Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if it is no text of this form; KEVO_E_NO_MEMORY.
 */
int bytes_parse(enum form form, const char *text, size_t length, kevo_slice *bytes);
void bytes_free(kevo_slice *bytes);

/* Parses an argument, and says what is wrong if it cannot. Returns: the exit status. */
int bytes_of_argument(const struct settings *settings, const char *text, kevo_slice *bytes);

/* Prints a key or a value to standard output. */
void bytes_put(enum form form, kevo_slice bytes);

#endif
