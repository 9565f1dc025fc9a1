#include "tool_options.h"

#include "settings.h"

static int set_hex(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->form = HEX;
  return KEVO_OK;
}

static int set_raw(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->form = RAW;
  return KEVO_OK;
}

static int set_json(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->json = 1;
  return KEVO_OK;
}

static int set_color(void *settings, const char *value)
{
  int color;

  if (!parse_choice(colors, value, &color))
    return KEVO_E_INVALID_ARGUMENT;
  ((struct settings *)settings)->color = (enum color)color;
  return KEVO_OK;
}

static int set_mode(void *settings, const char *value)
{
  return parse_choice(recovery_modes, value, &((struct settings *)settings)->mode) ? KEVO_OK
                                                                                   : KEVO_E_INVALID_ARGUMENT;
}

static int set_create(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->create = 1;
  return KEVO_OK;
}

static int set_adopt(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->adopt = 1;
  return KEVO_OK;
}

static int set_from(void *settings, const char *value)
{
  ((struct settings *)settings)->from = value;
  return KEVO_OK;
}

static int set_to(void *settings, const char *value)
{
  ((struct settings *)settings)->to = value;
  return KEVO_OK;
}

static int set_prefix(void *settings, const char *value)
{
  ((struct settings *)settings)->prefix = value;
  return KEVO_OK;
}

static int set_reverse(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->reverse = 1;
  return KEVO_OK;
}

static int set_keys_only(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->keys_only = 1;
  return KEVO_OK;
}

static int set_limit(void *settings, const char *value)
{
  return parse_number(value, &((struct settings *)settings)->limit) ? KEVO_OK : KEVO_E_INVALID_ARGUMENT;
}

static int set_statistics(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->statistics = 1;
  return KEVO_OK;
}

static int set_log(void *settings, const char *value)
{
  ((struct settings *)settings)->log = value;
  return KEVO_OK;
}

static int set_after(void *settings, const char *value)
{
  ((struct settings *)settings)->has_after = 1;
  return parse_number(value, &((struct settings *)settings)->after) ? KEVO_OK : KEVO_E_INVALID_ARGUMENT;
}

static int set_follow(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->follow = 1;
  return KEVO_OK;
}

static int set_num(void *settings, const char *value)
{
  uint64_t *num = &((struct settings *)settings)->num;

  return parse_number(value, num) && *num > 0 ? KEVO_OK : KEVO_E_INVALID_ARGUMENT;
}

static int set_reads(void *settings, const char *value)
{
  uint64_t *reads = &((struct settings *)settings)->reads;

  return parse_number(value, reads) && *reads > 0 ? KEVO_OK : KEVO_E_INVALID_ARGUMENT;
}

static int set_threads(void *settings, const char *value)
{
  uint64_t *threads = &((struct settings *)settings)->threads;

  return parse_number(value, threads) && *threads > 0 ? KEVO_OK : KEVO_E_INVALID_ARGUMENT;
}

static int set_cache_size(void *settings, const char *value)
{
  uint64_t *cache_size = &((struct settings *)settings)->cache_size;

  return parse_number(value, cache_size) && *cache_size > 0 ? KEVO_OK : KEVO_E_INVALID_ARGUMENT;
}

static int set_seed(void *settings, const char *value)
{
  uint64_t *seed = &((struct settings *)settings)->seed;

  return parse_number(value, seed) && *seed > 0 ? KEVO_OK : KEVO_E_INVALID_ARGUMENT;
}

static int set_value_size(void *settings, const char *value)
{
  return parse_number(value, &((struct settings *)settings)->value_size) ? KEVO_OK : KEVO_E_INVALID_ARGUMENT;
}

static int set_sync(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->sync = 1;
  return KEVO_OK;
}

static int set_mapped(void *settings, const char *value)
{
  (void)value;
  ((struct settings *)settings)->mapped = 1;
  return KEVO_OK;
}

const struct option option_hex = {"--hex", NULL, "keys and values are given and shown in hexadecimal", NULL, set_hex};
const struct option option_raw = {"--raw", NULL, "keys and values are given and shown as they are, byte for byte",
                                  NULL, set_raw};
const struct option option_json = {"--json", NULL, "for programs: one JSON object on each line, bytes in hexadecimal",
                                   NULL, set_json};
const struct option option_color = {"--color", "WHEN", "whether to use colours:", colors, set_color};
const struct option option_mode = {"--mode", "MODE", "what to do about damage:", recovery_modes, set_mode};
const struct option option_create = {"--create", NULL, "make the database if there is none", NULL, set_create};
const struct option option_adopt = {"--adopt", NULL, "take over a database of Kevo's", NULL, set_adopt};
const struct option option_yes = {"--yes", NULL, "the same as --adopt", NULL, set_adopt};
const struct option option_from = {"--from", "KEY", "begin with this key", NULL, set_from};
const struct option option_to = {"--to", "KEY", "end before this key", NULL, set_to};
const struct option option_prefix = {"--prefix", "PREFIX", "only keys that begin with this", NULL, set_prefix};
const struct option option_reverse = {"--reverse", NULL, "from the last key to the first", NULL, set_reverse};
const struct option option_keys_only = {"--keys-only", NULL, "no values", NULL, set_keys_only};
const struct option option_limit = {"--limit", "N", "no more than so many", NULL, set_limit};
const struct option option_statistics = {"--statistics", NULL, "show the database's statistics at the end", NULL,
                                         set_statistics};
const struct option option_to_log = {"--log", "OUT_DIR", "write a log of Kevo's into this new directory", NULL,
                                     set_log};
const struct option option_from_log = {"--log", "WAL_DIR", "read a log of Kevo's in this directory", NULL, set_log};
const struct option option_after = {"--after", "N", "begin after this sequence number", NULL, set_after};
const struct option option_follow = {"--follow", NULL, "wait for more", NULL, set_follow};
const struct option option_num = {"--num", "N", "so many keys and operations (default 1000000)", NULL, set_num};
const struct option option_reads = {"--reads", "N", "so many operations of workloads that only read", NULL,
                                    set_reads};
const struct option option_value_size = {"--value-size", "BYTES", "of each value (default 100)", NULL,
                                         set_value_size};
const struct option option_threads = {"--threads", "N", "so many threads (default 1)", NULL, set_threads};
const struct option option_sync = {"--sync", NULL, "sync each write", NULL, set_sync};
const struct option option_mapped = {"--mapped", NULL, "write the log through a map", NULL, set_mapped};
const struct option option_cache = {"--cache-size", "BYTES", "of the cache of blocks (default 67108864)", NULL,
                                    set_cache_size};
const struct option option_seed = {"--seed", "N", "of the random numbers (default 301)", NULL, set_seed};
const struct option option_bench_yes = {"--yes", NULL, "write also into a database that is there already", NULL,
                                        set_adopt};
