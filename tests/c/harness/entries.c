/* Entries as text. */
#include "harness.h"

/* More entries than any test has: a step that goes further never comes to an end. */
enum { MOST_ENTRIES = 1000 };

static void append_entry(char *text, size_t size, const kevo_entry *entry)
{
  const int key_len = entry->key.len < 20 ? (int)entry->key.len : 20;
  char one[64];

  sprintf(one, "%s%.*s%c%" PRIu64, text[0] == '\0' ? "" : " ", key_len,
          key_len > 0 ? (const char *)entry->key.data : "", entry->op == KEVO_OP_DELETE ? '-' : '+', entry->sequence);
  if (strlen(text) + strlen(one) < size)
    strcat(text, one);
  CHECK(entry->op == KEVO_OP_PUT ||
        (entry->op == KEVO_OP_DELETE && entry->value.data == NULL && entry->value.len == 0));
}

const char *entry_at(const kevo_iterator *iterator)
{
  static char text[64];
  kevo_entry entry;
  const int code = kevo_iterator_entry(iterator, &entry);

  text[0] = '\0';
  if (code == KEVO_OK)
    append_entry(text, sizeof text, &entry);
  else
    strcpy(text, code == KEVO_END ? "END" : "ERROR");
  return text;
}

const char *all_entries(kevo_iterator *iterator, int (*step)(kevo_iterator *))
{
  static char text[4096];
  unsigned left = MOST_ENTRIES;
  kevo_entry entry;
  int code;

  text[0] = '\0';
  while ((code = step(iterator)) == KEVO_OK && left-- > 0) {
    if (!CHECK(kevo_iterator_entry(iterator, &entry) == KEVO_OK))
      break;
    append_entry(text, sizeof text, &entry);
  }
  CHECK_CODE(code, KEVO_END);
  return text;
}

/* Checks that `backward` has the entries of `forward`, the last one first. Takes `forward` apart. */
static void check_reverse(char *forward, const char *backward)
{
  while (forward[0] != '\0') {
    char *space = strrchr(forward, ' ');
    const char *last = space == NULL ? forward : space + 1;

    CHECK(strncmp(backward, last, strlen(last)) == 0);
    backward += strlen(last);
    backward += *backward == ' ' ? 1 : 0;
    *(space == NULL ? forward : space) = '\0';
  }
  CHECK_STRING(backward, "");
}

const char *scanned(const kevo_memtable_list *list, const kevo_scan *scan)
{
  static char forward[4096];
  char copy[sizeof forward];
  kevo_iterator *iterator = iterator_of(list, scan);

  strcpy(forward, all_entries(iterator, kevo_iterator_next));
  strcpy(copy, forward);
  check_reverse(copy, all_entries(iterator, kevo_iterator_prev));
  kevo_iterator_free(iterator);
  return forward;
}
