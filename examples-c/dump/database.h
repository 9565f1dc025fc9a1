/* Shows a database. */
#ifndef DUMP_DATABASE_H
#define DUMP_DATABASE_H

#include "recovery.h"
#include "settings.h"
#include "statistics.h"
#include "table.h"

/* A database that was opened read-only and read through, as far as that was possible. */
struct database {
  const char *path;
  int code;                     /* KEVO_OK if every key that is there could be read */
  kevo_db *db;                  /* NULL if it could not be opened */
  kevo_table_list *tables;      /* NULL if it could not be opened */
  kevo_recovery_report *report; /* what opening found */
  kevo_error *error;            /* why it could not be opened or read; NULL where `iterator` knows it */
  kevo_iterator *iterator;      /* what failed to read the keys; NULL if nothing did */
  struct statistics statistics; /* of all keys, if the code is KEVO_OK */
  uint64_t last_sequence;       /* the highest sequence number, if the code is KEVO_OK */
  struct table *damaged;        /* tables with damage that the report does not have */
  size_t damaged_count;
};

/* Whether a path is that of a database: a directory with MANIFEST, VERSIONS or sst in it. */
int is_database(const char *path);

/* Calls `visit` for each stretch of damage: those of the report first, then those of tables, the newest first. */
void each_damage(const struct database *database, void (*visit)(void *context, const struct damage *damage),
                 void *context);

/* A path of the library's without the database directory at its start. */
const char *database_path_below(const struct database *database, const char *path);

/* Makes an iterator over what `scan` asks for, or all keys. Returns: KEVO_OK, or the code of what failed. */
int database_iterator(const struct database *database, const kevo_scan *scan, kevo_iterator **iterator);

/* What is wrong, as text. */
const char *database_message(const struct database *database);

/* Prints the database, as the settings say. Returns: the exit status. */
int database_dump(const struct settings *settings);

#endif
