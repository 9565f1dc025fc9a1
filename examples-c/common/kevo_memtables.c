#include "kevo_memtables.h"

int advise_on_memtables(struct output *output, uint64_t memtable_size)
{
  if (memtable_size <= DEFAULT_MEMTABLE_SIZE)
    return 0;
  put(output, "Kevo needs more than one memtable for the export. Then it answers from the last one alone; and if it\n"
              "needs more than \"max_memtables\", 4 by default, it sets the export aside.\n"
              "Before Kevo opens it, set \"memtable_size\" in the file MANIFEST of Kevo's database to more than ");
  put_number(output, memtable_size);
  return 1;
}
