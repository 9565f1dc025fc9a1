/* The options of kevo. Each command has a list of those that it takes. */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include "../common/options.h"

extern const struct option option_hex, option_raw, option_json, option_color, option_mode, option_create,
    option_adopt, option_yes, option_from, option_to, option_prefix, option_reverse, option_keys_only, option_limit,
    option_statistics, option_to_log, option_from_log, option_after, option_follow, option_num, option_reads,
    option_value_size, option_threads, option_sync, option_mapped, option_cache, option_seed, option_bench_yes;

#endif
