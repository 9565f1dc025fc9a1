/* Writes what was recovered as a new log. */
#ifndef DUMP_EXPORT_H
#define DUMP_EXPORT_H

#include "../common/output.h"
#include "settings.h"

struct export {
  const char *out_dir;
  int code;
  uint64_t entries;
  uint64_t memtable_size; /* how many bytes a memtable of Kevo must have for all of it */
  kevo_error *error;
};

/* Writes the list to the directory that the settings name. */
void export_run(struct export *export, const struct settings *settings, const kevo_memtable_list *list);
void export_free(struct export *export);

/* What is wrong, as text. */
const char *export_message(const struct export *export);

/* Prints for people how much was written. */
void export_put(const struct export *export);

/* Prints what the user must set before Kevo opens the export, if there is anything to set. */
void export_advise(struct output *output, const struct export *export, const struct settings *settings);

#endif
