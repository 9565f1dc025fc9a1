#include "writing.h"

#include "../common/json_lines.h"
#include "../common/output.h"
#include "failure.h"

int write_batch(const struct settings *settings, kevo_db *db, const kevo_batch *batch, uint64_t *sequence)
{
  kevo_error *error = NULL;
  int code = kevo_db_write(db, batch, 0, sequence, &error);

  return fail(settings, code, error);
}

void put_written(const struct settings *settings, const char *kind, uint64_t operations, uint64_t sequence)
{
  if (!settings->json)
    return;
  json_put_outcome(kind, KEVO_OK);
  put(&out, ",\"operations\":");
  put_number(&out, operations);
  put(&out, ",\"sequence\":");
  put_number(&out, sequence);
  put(&out, "}\n");
}
