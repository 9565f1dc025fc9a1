/* Operations as lines of text. */
#ifndef TOOL_OPERATIONS_H
#define TOOL_OPERATIONS_H

#include "kevo.h"
#include "lines.h"
#include "settings.h"

/* Which lines are taken. */
enum lines_of { LINES_OF_JSON, LINES_OF_ANY };

/*
 * Adds the operation of a line to a batch. A line that begins with "{" is an object:
 * {"op":"put","key":"6b","value":"76"} or {"op":"delete","key":"6b"}, bytes in hexadecimal, or "key_text" and
 * "value_text" with text; other fields are passed over, and so are objects with a "kind" that is not "entry", empty
 * lines, and lines that begin with "#". Any other line is `put KEY VALUE` or `delete KEY`, with a tab or a blank in
 * both places, in the settings' form; `*added` is set to whether it is an operation.
 *
 * Returns: NULL; what is wrong with the line, and then `*code` is KEVO_OK or what failed.
 */
const char *operation_add(const struct settings *settings, enum lines_of of, struct lines *lines, kevo_batch *batch,
                          int *added, int *code);

/* Says what is wrong with a line. Returns: EXIT_USAGE. */
int bad_line(const struct settings *settings, const struct lines *lines, const char *wrong);

#endif
