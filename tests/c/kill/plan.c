/* What a round does: its options, and how it ends. */
#include <inttypes.h>
#include <stdio.h>

#include "kill.h"

#define OF(random, ...)                                                                                                \
  ((const uint64_t[]){__VA_ARGS__})[below(random, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))]

static void random_options(struct random *random, struct options *options)
{
  options->sync = (int)OF(random, KEVO_SYNC_NONE, KEVO_SYNC_BYTES, KEVO_SYNC_ALWAYS, KEVO_SYNC_BUFFERED);
  options->sync_bytes = OF(random, 1000, 100000, 0);
  options->compaction =
      (int)OF(random, KEVO_COMPACTION_TIERED, KEVO_COMPACTION_TIERED, KEVO_COMPACTION_LEVELED, KEVO_COMPACTION_NONE);
  options->threads = (size_t)OF(random, 1, 2);
  options->mapped = (int)below(random, 2);
  options->memtable_size = OF(random, 2000, 10000, 10000, 50000, 50000, 300000, 4000000);
  if (options->compaction == KEVO_COMPACTION_NONE && options->memtable_size < 50000)
    options->memtable_size = 50000; /* or the next rounds would have thousands of tables */
  options->max_memtables = (size_t)OF(random, 1, 2, 4);
  options->log_size = OF(random, 1000, 10000, 10000, 100000, 2000000);
  options->log_retention = OF(random, 0, 0, 0, 30000);
  options->table_size = OF(random, 3000, 50000, 1000000);
  options->block_size = (size_t)OF(random, 100, 1000, 4096);
  options->cache_size = OF(random, 0, 0, 20000, 1000000);
  options->filter_bits = (unsigned)OF(random, 0, 10, 10);
  options->open_files = (size_t)OF(random, 2, 10, 1000);
  options->mode = (int)OF(random, KEVO_RECOVERY_TOLERATE_TORN_TAIL, KEVO_RECOVERY_TOLERATE_TORN_TAIL,
                          KEVO_RECOVERY_POINT_IN_TIME, KEVO_RECOVERY_SKIP_CORRUPTED);
}

static enum end random_end(struct random *random, int sync)
{
  const uint64_t chance = below(random, 32);

  if (sync == KEVO_SYNC_BUFFERED && chance < 2)
    return KILL_RESTING;
  return chance < 6 ? KILL_OPENING
       : chance < 11 ? KILL_SOON
       : chance < 26 ? KILL_WRITING
       : chance < 30 ? KILL_CLOSING
       : chance < 31 ? END_BY_CLOSE
                     : END_BY_EXIT;
}

void make_plan(uint64_t seed, uint64_t life, uint64_t round, struct plan *plan)
{
  struct random random = random_of(seed, 1, life);

  plan->seed = next_random(&random);
  random = random_of(seed, 2, round);
  plan->chance = next_random(&random);
  random_options(&random, &plan->writing);
  random_options(&random, &plan->checking);
  plan->end = random_end(&random, plan->writing.sync);
  plan->microseconds = plan->end == KILL_OPENING || plan->end == KILL_CLOSING ? below(&random, 1300)
                     : plan->end == KILL_SOON                                 ? below(&random, 2000)
                                                                              : below(&random, 50000);
  plan->read_only_first = below(&random, 4) == 0;
  plan->compact_all = below(&random, 8) == 0;
  plan->close_after = below(&random, 2) == 0;
}

const char *name_of_end(enum end end)
{
  static const char *const names[ENDS] = {"killed while opening",        "killed soon after opening",
                                          "killed while writing",        "killed while closing",
                                          "killed after a second's rest", "closed",
                                          "ended without a close"};

  return names[end];
}

static void print_options(const char *what, const struct options *options)
{
  static const char *const syncs[] = {"none", "bytes", "always", "buffered"};
  static const char *const compactions[] = {"tiered", "leveled", "no compaction"};

  printf("  %s: sync %s (%" PRIu64 "), %s with %zu threads, log_mapped %d, recovery mode %d, memtable_size %" PRIu64
         ", max_memtables %zu, log_size %" PRIu64 ", log_retention %" PRIu64 ", table_size %" PRIu64
         ", block_size %zu, cache_size %" PRIu64 ", filter_bits %u, max_open_files %zu\n",
         what, syncs[options->sync], options->sync_bytes, compactions[options->compaction], options->threads,
         options->mapped, options->mode, options->memtable_size, options->max_memtables, options->log_size,
         options->log_retention, options->table_size, options->block_size, options->cache_size, options->filter_bits,
         options->open_files);
}

void print_plan(const struct plan *plan)
{
  printf("  %s, %" PRIu64 "; read-only first %d, compacted %d, closed afterwards %d\n", name_of_end(plan->end),
         plan->microseconds, plan->read_only_first, plan->compact_all, plan->close_after);
  print_options("writing", &plan->writing);
  print_options("checking", &plan->checking);
}
