#include "json.h"

#include "entries.h"
#include "output.h"
#include "text.h"

static const char *error_name(int code)
{
  switch (code) {
  case KEVO_E_INVALID_ARGUMENT:
    return "invalid-argument";
  case KEVO_E_IO:
    return "io";
  case KEVO_E_CORRUPT:
    return "corrupt";
  case KEVO_E_TOO_MANY_MEMTABLES:
    return "too-many-memtables";
  case KEVO_E_NO_MEMORY:
    return "no-memory";
  default:
    return "internal";
  }
}

static void put_string(const char *text)
{
  put(&out, "\"");
  put_text(&out, text, 1);
  put(&out, "\"");
}

/* Prints the start of a line. */
static void put_outcome(const char *kind, int code)
{
  put(&out, "{\"kind\":");
  put_string(kind);
  put(&out, code == KEVO_OK ? ",\"ok\":true,\"error\":" : ",\"ok\":false,\"error\":");
  if (code == KEVO_OK)
    put(&out, "null");
  else
    put_string(error_name(code));
}

/* Prints the end of a line. */
static void put_message(int code, const char *message)
{
  if (code != KEVO_OK) {
    put(&out, ",\"message\":");
    put_string(message);
  }
  put(&out, "}\n");
}

static void put_recovery(const struct recovery *recovery)
{
  put_outcome("recovery", recovery->code);
  put(&out, ",\"max_sequence\":");
  put_number(&out, kevo_memtable_list_max_sequence(recovery->list)); /* 0 if there is no list */
  put(&out, ",\"memtables\":");
  put_number(&out, kevo_memtable_list_count(recovery->list));
  put(&out, ",\"entries\":");
  put_number(&out, recovery_entries(recovery));
  put_message(recovery->code, recovery_message(recovery));
}

static void put_damage(const struct recovery *recovery)
{
  struct damage damage;
  size_t i;

  for (i = 0; recovery_damage(recovery, i, &damage); i++) {
    put(&out, "{\"kind\":\"damage\",\"file\":");
    put_string(damage.file);
    put(&out, ",\"offset\":");
    put_number(&out, damage.offset);
    put(&out, ",\"length\":");
    put_number(&out, damage.length);
    put(&out, ",\"damage\":");
    put(&out, damage.kind == KEVO_DAMAGE_TORN_TAIL ? "\"torn-tail\"}\n" : "\"corruption\"}\n");
  }
}

static int put_entry(void *context, const kevo_entry *entry)
{
  put(&out, "{\"kind\":\"entry\",\"memtable\":");
  put_number(&out, *(const size_t *)context);
  put(&out, ",\"key\":\"");
  put_hex(&out, entry->key.data, entry->key.len);
  put(&out, "\",\"sequence\":");
  put_number(&out, entry->sequence);
  if (entry->op == KEVO_OP_DELETE) {
    put(&out, ",\"op\":\"delete\",\"value\":null}\n");
  } else {
    put(&out, ",\"op\":\"put\",\"value\":\"");
    put_hex(&out, entry->value.data, entry->value.len);
    put(&out, "\"}\n");
  }
  return 1;
}

static int put_memtable(void *context, size_t index, const kevo_memtable *memtable)
{
  kevo_iterator *iterator;
  int code = kevo_memtable_iterator(memtable, context, &iterator);

  put(&out, "{\"kind\":\"memtable\",\"index\":");
  put_number(&out, index);
  put(&out, ",\"immutable\":");
  put(&out, kevo_memtable_is_immutable(memtable) ? "true" : "false");
  put(&out, ",\"approximate_size\":");
  put_number(&out, kevo_memtable_approximate_size(memtable));
  put(&out, ",\"entries\":");
  put_number(&out, kevo_memtable_entry_count(memtable));
  put(&out, "}\n");
  return code == KEVO_OK ? each_entry(iterator, put_entry, &index) : code;
}

int json_dump(const struct recovery *recovery)
{
  kevo_scan *scan = scan_of_all();
  int code = recovery->code;

  put_recovery(recovery);
  put_damage(recovery);
  if (code == KEVO_OK)
    code = scan != NULL ? each_memtable(recovery->list, put_memtable, scan) : KEVO_E_NO_MEMORY;
  kevo_scan_free(scan);
  return code;
}

void json_put_export(const struct export *export)
{
  int ok = export->code == KEVO_OK;

  put_outcome("export", export->code);
  put(&out, ",\"directory\":");
  put_string(export->out_dir);
  put(&out, ",\"entries\":");
  put_number(&out, ok ? export->entries : 0);
  put(&out, ",\"memtable_size\":");
  put_number(&out, ok ? export->memtable_size : 0);
  put_message(export->code, export_message(export));
}
