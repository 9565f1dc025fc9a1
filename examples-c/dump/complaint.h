/* Messages on standard error. */
#ifndef DUMP_COMPLAINT_H
#define DUMP_COMPLAINT_H

/* The exit status after bad usage. */
#define EXIT_USAGE 2

void complain(const char *what, const char *text);

#endif
