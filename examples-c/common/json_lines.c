#include "json_lines.h"

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
  case KEVO_E_UNSUPPORTED:
    return "unsupported";
  case KEVO_E_NOT_A_DATABASE:
    return "not-a-database";
  case KEVO_E_CANCELLED:
    return "cancelled";
  case KEVO_E_LOCKED:
    return "locked";
  case KEVO_E_READ_ONLY:
    return "read-only";
  case KEVO_E_CLOSED:
    return "closed";
  case KEVO_E_FAILED:
    return "failed";
  case KEVO_E_EXISTS:
    return "exists";
  case KEVO_E_TOO_LARGE:
    return "too-large";
  case KEVO_E_BUSY:
    return "busy";
  default:
    return "internal";
  }
}

void json_put_string(const char *text)
{
  put(&out, "\"");
  put_text(&out, text, 1);
  put(&out, "\"");
}

void json_put_outcome(const char *kind, int code)
{
  put(&out, "{\"kind\":");
  json_put_string(kind);
  put(&out, code == KEVO_OK ? ",\"ok\":true,\"error\":" : ",\"ok\":false,\"error\":");
  if (code == KEVO_OK)
    put(&out, "null");
  else
    json_put_string(error_name(code));
}

void json_put_message(int code, const char *message)
{
  if (code != KEVO_OK) {
    put(&out, ",\"message\":");
    json_put_string(message);
  }
  put(&out, "}\n");
}

static const char *damage_name(int kind)
{
  switch (kind) {
  case KEVO_DAMAGE_TORN_TAIL:
    return "torn-tail";
  case KEVO_DAMAGE_MISSING:
    return "missing";
  case KEVO_DAMAGE_DOUBT:
    return "doubt";
  case KEVO_DAMAGE_REBUILT:
    return "rebuilt";
  default:
    return "corruption";
  }
}

void json_put_damage(const char *file, uint64_t offset, uint64_t length, int kind)
{
  put(&out, "{\"kind\":\"damage\",\"file\":");
  json_put_string(file);
  put(&out, ",\"offset\":");
  put_number(&out, offset);
  put(&out, ",\"length\":");
  put_number(&out, length);
  put(&out, ",\"damage\":");
  json_put_string(damage_name(kind));
  put(&out, "}\n");
}

void json_put_entry(const kevo_entry *entry)
{
  put(&out, "\"key\":\"");
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
}
