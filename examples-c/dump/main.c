/*
 * kevo-dump: prints everything that is in a write-ahead log of Kevo, which it recovers, in a database, or in a table.
 *
 * It needs only kevo.h, C99 and POSIX. The exit status is 0 if the log was recovered or the database read, even with
 * torn tails or damage that was skipped, or if the table is intact; 1 if the log was not recovered, the database not
 * read, if the table is damaged, or if the output or the export could not be written; 2 for bad usage.
 */
#include <stdlib.h>
#include <string.h>

#include "../common/command_line.h"
#include "../common/complaint.h"
#include "../common/output.h"
#include "command_line.h"
#include "database.h"
#include "dump.h"
#include "options.h"
#include "table.h"

const struct program program = {"kevo-dump", put_usage};

static int dump_path(const struct settings *settings)
{
  if (is_table(settings->path))
    return table_dump(settings);
  return is_database(settings->path) ? database_dump(settings) : dump(settings);
}

static int run(char **argv)
{
  struct settings settings = {NULL, NULL, KEVO_RECOVERY_TOLERATE_TORN_TAIL, DEFAULT_MAX_MEMTABLES, 0, 0, NULL,
                              NULL, COLOR_AUTO, {NULL, 0}, {NULL, 0}, UINT64_MAX, NULL, 0};
  int status;

  if (is_asked_for(argv, "--help")) {
    put_help();
    return EXIT_SUCCESS;
  }
  if (is_asked_for(argv, "--version")) {
    put(&out, "kevo-dump ");
    put(&out, kevo_version_string());
    put(&out, "\n");
    return EXIT_SUCCESS;
  }
  if (kevo_abi_check(KEVO_VERSION_NUMBER) != KEVO_OK) {
    complain("this libkevo is too old or too new for this program: version ", kevo_version_string());
    return EXIT_FAILURE;
  }

  settings.recovery = kevo_recovery_options_new();
  if (settings.recovery == NULL) {
    complain("", kevo_strerror(KEVO_E_NO_MEMORY));
    return EXIT_FAILURE;
  }
  status = parse_command_line(argv, &settings);
  if (status == EXIT_SUCCESS)
    status = dump_path(&settings);
  free((void *)(uintptr_t)settings.key.data);
  free((void *)(uintptr_t)settings.prefix.data);
  kevo_recovery_options_free(settings.recovery);
  return status;
}

int main(int argc, char **argv)
{
  int status;

  outputs_open();
  status = argc > 0 ? run(argv) : EXIT_USAGE;
  if (status == EXIT_USAGE)
    return status;

  output_close(&out);
  if (out.failed) {
    complain("cannot write to standard output: ", out.error != 0 ? strerror(out.error) : "the output is incomplete");
    return EXIT_FAILURE;
  }
  return status;
}
