/* The names of lines in a summary for people. */
#ifndef COMMON_LABEL_H
#define COMMON_LABEL_H

/* Prints the name of a line, at most 11 characters, in its column on standard output. */
void put_label(const char *label);

#endif
