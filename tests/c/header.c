/* Uses kevo.h alone, and must compile as C89 and as C++ as well as everything between. */
#include "kevo.h"

#define IS(condition, name) typedef char name[(condition) ? 1 : -1]

/* Bindings write these numbers down; they never change. */
IS(KEVO_OK == 0 && KEVO_NOT_FOUND == 1 && KEVO_DELETED == 2 && KEVO_END == 3, outcomes_are_these);
IS(KEVO_E_INVALID_ARGUMENT == -1 && KEVO_E_IO == -2 && KEVO_E_CORRUPT == -3, codes_are_these);
IS(KEVO_E_TOO_MANY_MEMTABLES == -4 && KEVO_E_BUFFER_TOO_SMALL == -5 && KEVO_E_CANCELLED == -6, and_these);
IS(KEVO_E_IMMUTABLE == -7 && KEVO_E_NO_MEMORY == -8 && KEVO_E_PANIC == -99, and_also_these);
IS(KEVO_RECOVERY_TOLERATE_TORN_TAIL == 0 && KEVO_RECOVERY_ABSOLUTE == 1, modes_are_these);
IS(KEVO_RECOVERY_POINT_IN_TIME == 2 && KEVO_RECOVERY_SKIP_CORRUPTED == 3, modes_are_also_these);
IS(KEVO_ORDER_LOG == 0 && KEVO_ORDER_SEQUENCE == 1, orders_are_these);
IS(KEVO_OP_PUT == 1 && KEVO_OP_DELETE == 2, ops_are_these);
IS(KEVO_SCAN_ALL_VERSIONS == 1 && KEVO_SCAN_TOMBSTONES == 2, flags_are_these);
IS(KEVO_DAMAGE_TORN_TAIL == 1 && KEVO_DAMAGE_CORRUPTION == 2, damages_are_these);
IS(KEVO_STAT_FILES == 1 && KEVO_STAT_BYTES == 2 && KEVO_STAT_ENTRIES_APPLIED == 3, stats_are_these);
IS(KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE == 4 && KEVO_STAT_MERGES_IGNORED == 5, stats_are_also_these);
IS(KEVO_STAT_BATCHES_DROPPED == 6 && KEVO_STAT_BYTES_DAMAGED == 7, and_these_stats);
IS(KEVO_STAT_SET_ASIDE_DIRECTORIES == 8, and_this_stat);

/* Nor do these sizes. */
IS(sizeof(kevo_slice) == 16 && sizeof(kevo_entry) == 48, sizes_are_these);

static int on_progress(void *user, uint64_t bytes_done, uint64_t bytes_total)
{
  return user == NULL && bytes_done > bytes_total;
}

int main(void)
{
  kevo_slice slice;
  kevo_entry entry;
  kevo_error *error = NULL;
  kevo_recovery_options *options = kevo_recovery_options_new();
  uint32_t flags = KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES;
  uint64_t latest = KEVO_SEQUENCE_LATEST;
  int code;

  slice.data = "key";
  slice.len = 3;
  entry.key = slice;
  entry.value = slice;
  entry.sequence = latest;
  entry.op = KEVO_OP_PUT;
  entry.reserved = flags;

  code = kevo_abi_check(KEVO_VERSION_NUMBER);
  if (code == KEVO_OK)
    code = kevo_recovery_options_set_progress(options, on_progress, NULL);
  kevo_recovery_options_free(options);
  kevo_error_free(error);
  return code == KEVO_OK && entry.key.len == 3 && entry.reserved == flags ? 0 : 1;
}
