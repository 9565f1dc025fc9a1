/* Goes through tables of lookups. */
#include "harness.h"

/* Which outputs a lookup is given. */
enum { VALUE = 1, SEQUENCE = 2 };

static void check_lookup(get_function *get, const void *handle, const struct lookup *lookup, unsigned outputs,
                         const char *file, int line, const char *text)
{
  kevo_slice value = marked_slice();
  uint64_t sequence = MARKED_NUMBER;
  const int code = get(handle, lookup->key, lookup->key_len, lookup->max_sequence, outputs & VALUE ? &value : NULL,
                       outputs & SEQUENCE ? &sequence : NULL);
  const int sets_value = (outputs & VALUE) && lookup->code == KEVO_OK;
  const int sets_sequence = (outputs & SEQUENCE) && (lookup->code == KEVO_OK || lookup->code == KEVO_DELETED);

  check_code(code, lookup->code, file, line, text);
  if (check(is_marked(value) != sets_value, file, line, text) && sets_value)
    check_bytes(value.data, value.len, lookup->value, file, line, text);
  check_number(sequence, sets_sequence ? lookup->sequence : MARKED_NUMBER, file, line, text);
}

void check_lookups(get_function *get, const void *handle, const struct lookup *lookups, size_t count,
                   const char *file, int line)
{
  size_t i;
  unsigned outputs;
  char text[64];

  for (i = 0; i < count; i++) {
    for (outputs = 0; outputs <= (VALUE | SEQUENCE); outputs++) {
      sprintf(text, "lookup %zu of the table, outputs %u", i, outputs);
      check_lookup(get, handle, &lookups[i], outputs, file, line, text);
    }
  }
}
