/*
 * Calls every function of kevo.h, rightly and wrongly, and checks what comes of it: the code, the outputs, and that
 * outputs are left alone where the header says so.
 *
 * usage: harness FIXTURES SCRATCH (SCRATCH is an empty directory that may be written to)
 */
#include "harness.h"

int main(int argc, char **argv)
{
  if (argc != 3) {
    fprintf(stderr, "usage: harness FIXTURES SCRATCH\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IONBF, 0); /* what was found is shown even if the library crashes */

  fixtures = argv[1];
  scratch = argv[2];

  test_version();
  test_error();
  test_options();
  test_recover();
  test_report();
  test_list();
  test_memtable();
  test_scan();
  test_iterator();
  test_batches();
  test_lifetimes();
  test_table();
  test_database();
  test_database_writes();
  test_database_reads();
  test_database_tables();
  test_transactions();
  test_feed();
  test_export(); /* last: until here the scratch directory is an empty log */

  printf("%lu checks, %lu failed\n", checks, failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
