#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/complaint.h"
#include "../common/json_lines.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/paths.h"
#include "bench_threads.h"
#include "command.h"
#include "failure.h"
#include "opening.h"
#include "statistics.h"
#include "tool_options.h"

#define USUAL_OPERATIONS 1000000
#define MOST_THREADS 256
#define MOST_WORKLOADS 64

/* What values are taken from has at least so many bytes. */
#define VALUES ((size_t)1 << 20)

struct plan {
  const struct workload *workloads[MOST_WORKLOADS];
  size_t count;
  int flags;   /* of all of them */
  int is_ours; /* bench has made the database, and may remove it */
};

/* ---- the plan ------------------------------------------------------------------------------------------------ */

static int add(struct plan *plan, const struct workload *workload)
{
  if (workload == NULL || plan->count == MOST_WORKLOADS)
    return 0;
  plan->flags |= workload->flags;
  plan->workloads[plan->count++] = workload;
  return 1;
}

/* Adds the workloads of a word, with commas between them. */
static int add_word(struct plan *plan, const char *word)
{
  for (;;) {
    size_t length = strcspn(word, ",");

    if (!add(plan, workload_named(word, length)))
      return 0;
    if (word[length] == '\0')
      return 1;
    word += length + 1;
  }
}

static int make_plan(const struct settings *settings, struct plan *plan)
{
  size_t i;

  memset(plan, 0, sizeof *plan);
  if (settings->threads > MOST_THREADS || settings->num > 9999999999999999u ||
      settings->value_size > (uint64_t)1 << 30)
    return bad_usage("that is too much: ", "at most 256 threads, keys of 16 digits, values of 1 GiB");
  for (i = 0; i < settings->word_count; i++) {
    if (!add_word(plan, settings->words[i]))
      return bad_usage("kevo help bench lists the workloads, and there is none such, or there are too many: ",
                       settings->words[i]);
  }
  for (i = 0; settings->word_count == 0 && add(plan, workload_at(i)); i++)
    ;
  return EXIT_SUCCESS;
}

/* ---- the database -------------------------------------------------------------------------------------------- */

static kevo_db_options *options_of(const struct settings *settings)
{
  kevo_db_options *options = kevo_db_options_new();

  kevo_db_options_set_sync(options, settings->sync ? KEVO_SYNC_ALWAYS : KEVO_SYNC_NONE, 0);
  kevo_db_options_set_log_mapped(options, settings->mapped);
  if (settings->cache_size > 0)
    kevo_db_options_set_cache_size(options, settings->cache_size);
  return options;
}

static int is_there(const char *database)
{
  return has_name(database, "VERSIONS") || has_name(database, "MANIFEST") || has_name(database, "sst") ||
         has_name(database, "wal");
}

static int open_bench(const struct settings *settings, struct plan *plan, kevo_db **db)
{
  int writes = (plan->flags & WORKLOAD_WRITES) != 0, there = is_there(settings->database);

  *db = NULL;
  if (!writes)
    return open_for_reading(settings, db);
  if (there && !settings->adopt)
    return bad_usage(
        "this is there already, and the workloads would put and delete keys of 16 digits in it; give --yes if "
        "they may, or another path with --create: ",
        settings->database);
  plan->is_ours = !there;
  return open_for_writing(settings, options_of(settings), db);
}

/* Opens an empty database in the place of the one that is open. */
static int begin_anew(const struct settings *settings, struct bench *bench)
{
  kevo_error *error = NULL;
  int status = close_database(settings, bench->db, EXIT_SUCCESS);

  bench->db = NULL;
  if (status == EXIT_SUCCESS)
    status = fail(settings, kevo_db_destroy(settings->database, &error), error);
  if (status == EXIT_SUCCESS)
    status = open_for_writing(settings, options_of(settings), &bench->db);
  return status;
}

/* ---- output -------------------------------------------------------------------------------------------------- */

static void put_heading(const struct bench *bench, uint64_t threads)
{
  double size = (double)(BENCH_KEY + bench->value_size) * (double)bench->keys / 1048576;
  char text[256];

  snprintf(
      text, sizeof text,
      "Keys:       %d bytes each\nValues:     %llu bytes each\nEntries:    %llu\nRawSize:    %.1f MB (estimated)\n"
      "Threads:    %llu\n------------------------------------------------\n",
      BENCH_KEY, (unsigned long long)bench->value_size, (unsigned long long)bench->keys, size,
      (unsigned long long)threads);
  put(&out, text);
}

static const struct {
  const char *name;
  const char *json;
  double part;
} percentiles[] = {{"P50", "p50", 0.5},
                   {"P75", "p75", 0.75},
                   {"P99", "p99", 0.99},
                   {"P99.9", "p999", 0.999},
                   {"P99.99", "p9999", 0.9999}};

#define PERCENTILES (sizeof percentiles / sizeof percentiles[0])

static double micros(const struct outcome *outcome)
{
  return outcome->done > 0 ? outcome->busy * 1e6 / (double)outcome->done : 0;
}

static double megabytes(const struct outcome *outcome)
{
  return outcome->elapsed > 0 ? (double)outcome->bytes / 1048576 / outcome->elapsed : 0;
}

static void put_double(const char *format, double number)
{
  char text[64];

  snprintf(text, sizeof text, format, number);
  put(&out, text);
}

static void put_line(const struct workload *workload, const struct outcome *outcome)
{
  char text[96];
  size_t i;

  snprintf(text, sizeof text, "%-12s : %11.3f micros/op;", workload->name, micros(outcome));
  put(&out, text);
  if (outcome->bytes > 0)
    put_double(" %6.1f MB/s", megabytes(outcome));
  if (workload->flags & WORKLOAD_FINDS) {
    put(&out, " (");
    put_number(&out, outcome->found);
    put(&out, " of ");
    put_number(&out, outcome->done);
    put(&out, " found)");
  }
  put(&out, "\nPercentiles:");
  for (i = 0; i < PERCENTILES; i++) {
    put(&out, " ");
    put(&out, percentiles[i].name);
    put_double(": %.2f", histogram_percentile(&outcome->histogram, percentiles[i].part));
  }
  put_double(" Max: %.2f\n", (double)outcome->histogram.longest / 1000);
}

static void put_json(const struct workload *workload, const struct outcome *outcome)
{
  size_t i;

  json_put_outcome("bench", KEVO_OK);
  put(&out, ",\"name\":");
  json_put_string(workload->name);
  put(&out, ",\"operations\":");
  put_number(&out, outcome->done);
  put(&out, ",\"found\":");
  put_number(&out, outcome->found);
  put_double(",\"seconds\":%.6f", outcome->elapsed);
  put_double(",\"micros_per_op\":%.3f", micros(outcome));
  put_double(",\"mb_per_s\":%.1f", megabytes(outcome));
  for (i = 0; i < PERCENTILES; i++) {
    put(&out, ",");
    json_put_string(percentiles[i].json);
    put_double(":%.3f", histogram_percentile(&outcome->histogram, percentiles[i].part));
  }
  put_double(",\"max\":%.3f}\n", (double)outcome->histogram.longest / 1000);
}

/* ---- running ------------------------------------------------------------------------------------------------- */

static int run_one(const struct settings *settings, struct bench *bench, const struct workload *workload)
{
  static struct outcome outcome;
  uint64_t operations =
      (workload->flags & WORKLOAD_WRITES) == 0 && settings->reads > 0 ? settings->reads : bench->keys;

  bench->operations = operations >= workload->divisor ? operations / workload->divisor : 1;
  run_workload(workload, bench, settings->threads > 0 ? (size_t)settings->threads : 1, settings->seed, &outcome);
  if (outcome.code != KEVO_OK)
    return fail(settings, outcome.code, outcome.error);
  if (settings->json)
    put_json(workload, &outcome);
  else
    put_line(workload, &outcome);
  output_flush(&out);
  return EXIT_SUCCESS;
}

static int run_plan(const struct settings *settings, const struct plan *plan, struct bench *bench)
{
  int status = EXIT_SUCCESS, is_written = 0;
  size_t i;

  for (i = 0; i < plan->count && status == EXIT_SUCCESS; i++) {
    const struct workload *workload = plan->workloads[i];

    if ((workload->flags & WORKLOAD_FRESH) && plan->is_ours && is_written)
      status = begin_anew(settings, bench);
    is_written |= workload->flags & WORKLOAD_WRITES;
    if (status == EXIT_SUCCESS)
      status = run_one(settings, bench, workload);
  }
  if (status == EXIT_SUCCESS && settings->statistics)
    statistics_put(settings, bench->db);
  return status;
}

/* Random bytes. Returns: NULL if there is no memory. */
static char *make_values(size_t size, uint64_t seed)
{
  char *values = malloc(size);
  size_t i;

  for (i = 0; values != NULL && i < size; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    values[i] = (char)(' ' + (seed >> 33) % 95);
  }
  return values;
}

static int run(const struct settings *settings)
{
  struct bench bench = {.lock = PTHREAD_MUTEX_INITIALIZER};
  struct plan plan;
  char *values = NULL;
  int status = make_plan(settings, &plan);

  bench.keys = settings->num > 0 ? settings->num : USUAL_OPERATIONS;
  bench.value_size = (size_t)settings->value_size;
  bench.values_size = bench.value_size * 2 > VALUES ? bench.value_size * 2 : VALUES;
  if (status == EXIT_SUCCESS)
    bench.values = values = make_values(bench.values_size, settings->seed);
  if (status == EXIT_SUCCESS && values == NULL)
    status = fail(settings, KEVO_E_NO_MEMORY, NULL);
  if (status == EXIT_SUCCESS)
    status = open_bench(settings, &plan, &bench.db);
  if (status == EXIT_SUCCESS) {
    if (!settings->json)
      put_heading(&bench, settings->threads > 0 ? settings->threads : 1);
    status = run_plan(settings, &plan, &bench);
  }
  free(values);
  return close_database(settings, bench.db, status);
}

static const struct option *const bench_options[] = {
    &option_num,   &option_reads, &option_value_size, &option_threads,   &option_sync, &option_mapped,
    &option_cache, &option_seed,  &option_create,     &option_bench_yes, &option_json, &option_statistics,
    &option_mode,  NULL};

const struct command bench_command = {
    "bench",
    "DATABASE [WORKLOAD]...",
    "Measures a database by the workloads of db_bench",
    "The workloads are fillseq, fillrandom, overwrite, readrandom, readmissing, readseq, readreverse,\n"
    "seekrandom, readwhilewriting, deleterandom, fillsync (a thousandth of the operations) and fillbatch\n"
    "(1000 puts a batch; its times are of batches). Without any, all of them run. Words may have commas\n"
    "between them. In a database that bench has made, those that fill begin with an empty one. Keys have\n"
    "16 digits; each thread does all of the operations. micros/op is the mean of a thread; MB/s is of all\n"
    "of them together, with 1048576 bytes in a MB.\n",
    0,
    SIZE_MAX,
    bench_options,
    run};
