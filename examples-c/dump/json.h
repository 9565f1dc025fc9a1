/* The output for programs: one JSON object a line. */
#ifndef DUMP_JSON_H
#define DUMP_JSON_H

#include "export.h"
#include "recovery.h"

/* Returns: the code of the recovery, or that of what failed after it. */
int json_dump(const struct recovery *recovery);

/* The line that follows if an export was asked for. */
void json_put_export(const struct export *export);

#endif
