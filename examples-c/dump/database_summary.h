/* Prints for people how a database is made up: runs and levels, to scale, tables and damage. */
#ifndef DUMP_DATABASE_SUMMARY_H
#define DUMP_DATABASE_SUMMARY_H

#include "database.h"

void database_summary_put(const struct database *database);

#endif
