/*
 * Each file of the log as a bar that shows, to scale, what of it is intact, damaged, and was not read. A file that was
 * not the same before and after the recovery has no bar: nobody knows which of its bytes the recovery has read.
 */
#ifndef DUMP_MAP_H
#define DUMP_MAP_H

#include "../common/files.h"
#include "recovery.h"
#include "stop.h"

void map_put(const struct recovery *recovery, const struct files *files, const struct stop *stop);

#endif
