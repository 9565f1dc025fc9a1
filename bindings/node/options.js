// The options of a database.

import { oneOf, toUint64 } from './arguments.js';
import { check } from './errors.js';
import { library } from './library.js';

// In the order of kevo.h.
const MODES = ['tolerate-torn-tail', 'absolute', 'point-in-time', 'skip-corrupted'];
const SYNC = ['none', 'bytes', 'always', 'buffered'];
const COMPACTION = ['tiered', 'leveled', 'none'];

const FLAGS = {
  createIfMissing: library.kevo_db_options_set_create_if_missing,
  errorIfExists: library.kevo_db_options_set_error_if_exists,
  readOnly: library.kevo_db_options_set_read_only,
  logMapped: library.kevo_db_options_set_log_mapped,
};
const NUMBERS = {
  memtableSize: library.kevo_db_options_set_memtable_size,
  maxMemtables: library.kevo_db_options_set_max_memtables,
  logSize: library.kevo_db_options_set_log_size,
  logRetention: library.kevo_db_options_set_log_retention,
  tableSize: library.kevo_db_options_set_table_size,
  blockSize: library.kevo_db_options_set_block_size,
  cacheSize: library.kevo_db_options_set_cache_size,
  compactionRate: library.kevo_db_options_set_compaction_rate,
  maxOpenFiles: library.kevo_db_options_set_max_open_files,
};
const OTHERS = new Set(['recovery', 'progress', 'sync', 'syncBytes', 'filterBits', 'compaction', 'compactionThreads']);

// Makes options of the library, which the caller frees with kevo_db_options_free.
export function newOptions(options, watch) {
  for (const name of Object.keys(options)) {
    if (!OTHERS.has(name) && !(name in FLAGS) && !(name in NUMBERS)) throw new TypeError(`there is no option ${name}`);
  }
  const native = library.kevo_db_options_new();
  try {
    for (const [name, set] of Object.entries(FLAGS)) {
      if (options[name] !== undefined) check(set(native, options[name] ? 1 : 0));
    }
    for (const [name, set] of Object.entries(NUMBERS)) {
      if (options[name] !== undefined) check(set(native, toUint64(options[name], name)));
    }
    setOthers(native, options);
    setRecovery(native, options.recovery ?? {}, watch);
    return native;
  } catch (error) {
    library.kevo_db_options_free(native);
    throw error;
  }
}

function setOthers(native, { sync, syncBytes = 0, filterBits, compaction, compactionThreads = 0 }) {
  const bytes = toUint64(syncBytes, 'syncBytes');
  if (sync !== undefined) check(library.kevo_db_options_set_sync(native, oneOf(SYNC, sync, 'sync'), bytes));
  if (filterBits !== undefined) {
    if (toUint64(filterBits, 'filterBits') > 0xffffffffn) throw new RangeError('filterBits must be below 2**32');
    check(library.kevo_db_options_set_filter_bits(native, Number(filterBits)));
  }
  if (compaction !== undefined || compactionThreads !== 0) {
    const style = oneOf(COMPACTION, compaction ?? COMPACTION[0], 'compaction');
    check(library.kevo_db_options_set_compaction(native, style, toUint64(compactionThreads, 'compactionThreads')));
  }
}

function setRecovery(native, options, watch) {
  const recovery = newRecovery(options, watch);
  try {
    check(library.kevo_db_options_set_recovery(native, recovery));
  } finally {
    library.kevo_recovery_options_free(recovery);
  }
}

// Makes options of recovery that hold only what is set, which the caller frees with kevo_recovery_options_free.
export function newRecovery({ mode, includeSetAside, threads }, watch) {
  const native = library.kevo_recovery_options_new();
  try {
    if (mode !== undefined) check(library.kevo_recovery_options_set_mode(native, oneOf(MODES, mode, 'mode')));
    if (includeSetAside !== undefined) {
      check(library.kevo_recovery_options_set_include_set_aside(native, includeSetAside ? 1 : 0));
    }
    if (threads !== undefined) check(library.kevo_recovery_options_set_threads(native, toUint64(threads, 'threads')));
    check(library.kevo_recovery_options_set_progress(native, watch.callback, null));
    return native;
  } catch (error) {
    library.kevo_recovery_options_free(native);
    throw error;
  }
}
