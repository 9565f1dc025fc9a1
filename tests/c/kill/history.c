/* What a writer does: write after write, each of which follows from the seed, the writer and the number of the write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kill.h"

/* A version is the number of the write and the place in it, from 1 on. */
enum { PLACES = 16 };

static size_t random_len(struct random *random)
{
  const uint64_t kind = below(random, 300);

  if (kind < 210)
    return sizeof(uint64_t) + (size_t)below(random, 100);
  if (kind < 290)
    return sizeof(uint64_t) + (size_t)below(random, 2000);
  if (kind < 299)
    return sizeof(uint64_t) + (size_t)below(random, 20000);
  return sizeof(uint64_t) + (size_t)below(random, LONGEST_VALUE - sizeof(uint64_t));
}

static void make_item(struct random *random, uint64_t number, unsigned place, int is_put, struct item *item)
{
  item->slot = (unsigned)below(random, SLOTS);
  item->version = is_put ? number * PLACES + place + 1 : 0;
  item->value_len = is_put ? random_len(random) : 0;
}

static void make_range(struct random *random, struct write *write)
{
  const unsigned group = (unsigned)below(random, GROUPS) * SLOTS_A_GROUP;

  write->first = group + (unsigned)below(random, SLOTS_A_GROUP);
  write->end = write->first + (unsigned)below(random, group + SLOTS_A_GROUP - write->first + 1);
}

static uint32_t random_flags(struct random *random)
{
  switch (below(random, 60)) {
  case 0:
    return KEVO_WRITE_SYNC;
  case 1:
  case 2:
    return KEVO_WRITE_NO_SYNC;
  case 3:
    return KEVO_WRITE_NO_WAIT;
  default:
    return 0;
  }
}

void write_of(uint64_t seed, unsigned writer, uint64_t number, struct write *write)
{
  struct random random = random_of(seed, writer, number);
  const uint64_t kind = below(&random, 100);
  unsigned i;

  write->flags = random_flags(&random);
  write->count = write->first = write->end = 0;
  if (kind < 50) {
    write->kind = PUT;
    write->count = 1;
    make_item(&random, number, 0, 1, &write->items[0]);
  } else if (kind < 65) {
    write->kind = DELETE;
    write->count = 1;
    make_item(&random, number, 0, 0, &write->items[0]);
  } else if (kind < 96) {
    write->kind = BATCH;
    write->count = 1 + (unsigned)below(&random, MOST_ITEMS);
    for (i = 0; i < write->count; i++)
      make_item(&random, number, i, below(&random, 4) != 0, &write->items[i]);
  } else {
    write->kind = DELETE_RANGE;
    make_range(&random, write);
  }
}

/* One is empty, one is longer than Kevo's blocks can hold, and some have their own length. */
void key_of(unsigned writer, unsigned slot, struct key *key)
{
  const unsigned group = slot / SLOTS_A_GROUP, place = slot % SLOTS_A_GROUP;

  key->len = (size_t)sprintf(key->bytes, "%u/%u/%03u", group, writer, place);
  if (writer == 0 && slot == 0)
    key->len = 0;
  else if (writer == WRITERS - 1 && slot == SLOTS - 1) {
    memset(key->bytes + key->len, 'x', LONGEST_KEY - key->len);
    key->len = LONGEST_KEY;
  } else if (place % 20 == 7) {
    memset(key->bytes + key->len, 'y', 300);
    key->len += 300;
  }
}

unsigned slot_of(const void *bytes, size_t len, unsigned *writer)
{
  static struct key key;
  unsigned group, place, slot;
  char start[8] = "";

  *writer = 0;
  if (len == 0)
    return 0;
  memcpy(start, bytes, len < 7 ? len : 7);
  if (sscanf(start, "%1u/%1u/%3u", &group, writer, &place) != 3 || *writer >= WRITERS || place >= SLOTS_A_GROUP)
    return SLOTS;
  slot = group * SLOTS_A_GROUP + place;
  if (slot >= SLOTS)
    return SLOTS;
  key_of(*writer, slot, &key);
  return key.len == len && memcmp(key.bytes, bytes, len) == 0 ? slot : SLOTS;
}

void value_of(unsigned writer, unsigned slot, uint64_t version, unsigned char *value, size_t len)
{
  struct random random = random_of(writer, slot, version);
  uint64_t word = version;
  size_t at, part;

  for (at = 0; at < len; at += part) {
    part = len - at < sizeof word ? len - at : sizeof word;
    memcpy(value + at, &word, part);
    word = next_random(&random);
  }
}

uint64_t version_of(uint64_t seed, unsigned writer, unsigned slot, const void *value, size_t len)
{
  static unsigned char expected[LONGEST_VALUE];
  struct write write;
  uint64_t version, place;

  if (len < sizeof version || len > LONGEST_VALUE)
    return 0;
  memcpy(&version, value, sizeof version);
  place = version % PLACES - 1;
  if (version % PLACES == 0)
    return 0;
  write_of(seed, writer, version / PLACES, &write);
  if (place >= write.count || write.items[place].version != version || write.items[place].slot != slot ||
      write.items[place].value_len != len)
    return 0;
  value_of(writer, slot, version, expected, len);
  return memcmp(expected, value, len) == 0 ? version : 0;
}

static size_t key_len(unsigned writer, unsigned slot)
{
  static _Thread_local struct key key;

  key_of(writer, slot, &key);
  return key.len;
}

uint64_t apply(const struct write *write, unsigned writer, struct state *state)
{
  uint64_t bytes = 0;
  unsigned i;

  for (i = 0; i < write->count; i++) {
    state->versions[write->items[i].slot] = write->items[i].version;
    bytes += key_len(writer, write->items[i].slot) + write->items[i].value_len;
  }
  for (i = write->first; i < write->end; i++) {
    if (state->versions[i] != 0)
      bytes += key_len(writer, i);
    state->versions[i] = 0;
  }
  return bytes;
}
