/*
 * Recovers a log and looks up keys in it. There are three answers: found, deleted, never seen.
 *
 * usage: lookup WAL_DIR KEY...
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kevo.h"

int main(int argc, char **argv)
{
  kevo_memtable_list *list;
  kevo_error *error;
  int status = EXIT_SUCCESS;
  int i;

  if (argc < 2) {
    fprintf(stderr, "usage: lookup WAL_DIR KEY...\n");
    return 2;
  }

  /* Without options: a torn tail is tolerated, any other damage is an error. Nothing is changed on disk. */
  if (kevo_recover(argv[1], NULL, &list, NULL, &error) != KEVO_OK) {
    fprintf(stderr, "%s\n", kevo_error_message(error));
    kevo_error_free(error);
    return EXIT_FAILURE;
  }

  for (i = 2; i < argc; i++) {
    kevo_slice value;
    uint64_t sequence;
    int code = kevo_memtable_list_get(list, argv[i], strlen(argv[i]), KEVO_SEQUENCE_LATEST, &value, &sequence);

    switch (code) {
    case KEVO_OK: /* the value may hold any byte, NUL included, and no NUL ends it */
      printf("%s: \"", argv[i]);
      fwrite(value.data, 1, value.len, stdout);
      printf("\", written with sequence number %" PRIu64 "\n", sequence);
      break;
    case KEVO_DELETED: /* `value` was not set */
      printf("%s: deleted with sequence number %" PRIu64 "\n", argv[i], sequence);
      break;
    case KEVO_NOT_FOUND: /* neither was set; the key may still be in older tables on disk */
      printf("%s: never seen\n", argv[i]);
      break;
    default:
      fprintf(stderr, "%s: %s\n", argv[i], kevo_strerror(code));
      status = EXIT_FAILURE;
    }
  }

  kevo_memtable_list_free(list); /* and with it every value that was got from it */
  return status;
}
