/* The output for programs: one JSON object a line. */
#ifndef DUMP_JSON_H
#define DUMP_JSON_H

#include "recovery.h"

void json_recovery(const struct recovery *recovery);
void json_damage(const struct recovery *recovery);
void json_table(size_t index, const kevo_memtable *table);
void json_entry(size_t index, const kevo_entry *entry);

#endif
