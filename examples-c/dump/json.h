/* The output for programs: one JSON object on each line. */
#ifndef DUMP_JSON_H
#define DUMP_JSON_H

#include "database.h"
#include "export.h"
#include "recovery.h"
#include "table.h"

/* Returns: the code of the recovery; if it succeeded, that of what failed after it. */
int json_dump(const struct recovery *recovery);

/* Prints a table; its entries only if that is asked for. Returns: KEVO_OK, or the code of what failed. */
int json_dump_table(const struct table *table, int lists_entries);

/*
 * Prints a database; of one that could not be opened or read only why, and the damage. Returns: KEVO_OK, or the code of
 * what failed after it had been read.
 */
int json_dump_database(const struct database *database);

/* Prints one more line, for an export. */
void json_put_export(const struct export *export);

#endif
