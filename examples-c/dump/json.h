/* The output for programs: one JSON object on each line. */
#ifndef DUMP_JSON_H
#define DUMP_JSON_H

#include "export.h"
#include "recovery.h"

/* Returns: the code of the recovery; if it succeeded, that of what failed after it. */
int json_dump(const struct recovery *recovery);

/* Prints one more line, for an export. */
void json_put_export(const struct export *export);

#endif
