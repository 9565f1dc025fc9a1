/* Goes through tables of moves. */
#include "harness.h"

static int make_move(kevo_iterator *iterator, enum move move, const char *key)
{
  switch (move) {
  case FIRST:
    return kevo_iterator_first(iterator);
  case LAST:
    return kevo_iterator_last(iterator);
  case NEXT:
    return kevo_iterator_next(iterator);
  case PREV:
    return kevo_iterator_prev(iterator);
  case SEEK:
    return kevo_iterator_seek(iterator, key, strlen(key));
  default:
    return kevo_iterator_seek_for_prev(iterator, key, strlen(key));
  }
}

void check_steps(kevo_iterator *iterator, const struct step *steps, size_t count, const char *file, int line)
{
  static const char *const names[] = {"first", "last", "next", "prev", "seek", "seek_for_prev"};
  char text[64];
  size_t i;

  for (i = 0; i < count; i++) {
    const struct step *step = &steps[i];

    sprintf(text, "move %zu of the table, %s", i, names[step->move]);
    check_code(make_move(iterator, step->move, step->key), step->entry == NULL ? KEVO_END : KEVO_OK, file, line, text);
    check_string(entry_at(iterator), step->entry == NULL ? "END" : step->entry, file, line, text);
  }
}
