/* Shows a table. */
#ifndef DUMP_TABLE_H
#define DUMP_TABLE_H

#include "settings.h"

/* A table, as far as it could be read. */
struct table {
  const char *path;
  kevo_table *table; /* what is intact in it; NULL if nothing could be read */
  kevo_recovery_report *damage; /* NULL if nothing could be read */
  kevo_error *error;
  int code; /* KEVO_OK if all of it is intact */
};

/* Whether a path is that of a table: any file but a log. */
int is_table(const char *path);

/* Opens what is intact of a table, and looks for what is not. */
void table_open(struct table *table, const char *path);
void table_close(struct table *table);

/* The last part of the path. */
const char *table_name(const struct table *table);

/* "A", "B", "C" or "libkevo"; NULL if it is not known. */
const char *table_generation(const struct table *table);

/* Gets the stretch of damage with this index. Returns: 0 if there is none. */
int table_damage_at(const struct table *table, size_t index, uint64_t *offset, uint64_t *length, const char **what);

/* What is wrong, as text. */
const char *table_message(const struct table *table);

/* Prints the table, as the settings say. Returns: the exit status. */
int table_dump(const struct settings *settings);

#endif
