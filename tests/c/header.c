/* Includes kevo.h alone, and must compile as C89, as C++, and as every standard between them. */
#include "kevo.h"

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
