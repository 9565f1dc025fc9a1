/* The output for people. */
#ifndef DUMP_EYES_H
#define DUMP_EYES_H

#include "recovery.h"

void text_summary(const struct recovery *recovery);
void text_damage(const struct recovery *recovery);
void text_hint(const struct recovery *recovery);
void text_table(size_t index, const kevo_memtable *table);
void text_entry(size_t index, const kevo_entry *entry);

#endif
