#include "advice.h"

#include "complaint.h"

/* The last damage in the report is what recovery failed on. */
static int failed_on_torn_tail(const struct recovery *recovery)
{
  size_t count = kevo_recovery_report_damage_count(recovery->report);
  struct damage last;

  return count > 0 && recovery_damage(recovery, count - 1, &last) && last.kind == KEVO_DAMAGE_TORN_TAIL;
}

void advise(const struct recovery *recovery)
{
  if (recovery->code == KEVO_E_TOO_MANY_MEMTABLES)
    complain("", "raise --max-memtables or --memtable-size");
  else if (recovery->code == KEVO_E_CORRUPT && failed_on_torn_tail(recovery))
    complain("", "a torn tail is what a crash leaves: --mode tolerate-torn-tail reads all that stands before it");
  else if (recovery->code == KEVO_E_CORRUPT)
    complain("", "--mode skip-corrupted reads all that is intact, --mode point-in-time all that stands before the "
                 "damage");
}
