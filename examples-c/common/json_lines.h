/* Parts of the output for programs: one JSON object on each line of standard output. */
#ifndef COMMON_JSON_LINES_H
#define COMMON_JSON_LINES_H

#include "kevo.h"

/* Prints a string, which may contain a file name, and so any byte. */
void json_put_string(const char *text);

/* Prints the start of a line: its kind, whether a code is KEVO_OK, and the name of the error if it is not. */
void json_put_outcome(const char *kind, int code);

/* Prints the end of a line, with the message if the code is not KEVO_OK. */
void json_put_message(int code, const char *message);

/* Prints a line for a stretch of damage: `kind` is a KEVO_DAMAGE_*. */
void json_put_damage(const char *file, uint64_t offset, uint64_t length, int kind);

/* Prints an entry from its key to the end of the line. Keys and values are hexadecimal. */
void json_put_entry(const kevo_entry *entry);

#endif
