/* What was recovered, written as a log of its own. */
#ifndef DUMP_EXPORT_H
#define DUMP_EXPORT_H

#include "output.h"
#include "settings.h"

struct export {
  const char *out_dir;
  int code;
  uint64_t entries;
  uint64_t memtable_size; /* how many bytes one memtable of Kevo has to hold for all of it */
  kevo_error *error;
};

/* Writes the list to where the settings say. */
void export_run(struct export *export, const struct settings *settings, const kevo_memtable_list *list);
void export_free(struct export *export);

/* What is wrong, for people. */
const char *export_message(const struct export *export);

/* Says for people how much was written. */
void export_put(const struct export *export);

/* Says what has to be set before Kevo recovers all of it, if anything has to be. */
void export_advise(struct output *o, const struct export *export, const struct settings *settings);

#endif
