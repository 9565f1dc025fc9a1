// Finds libkevo, and says what its functions take and return. Pointers are BigInts.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';

export const OK = 0;
export const NOT_FOUND = 1;
export const DELETED = 2;
export const END = 3;
export const BUFFER_TOO_SMALL = -5;
export const NO_MEMORY = -8;

export const SCAN_ALL_VERSIONS = 1;
export const SCAN_TOMBSTONES = 2;
export const OP_DELETE = 2;
export const EXPORT_NEWEST_ONLY = 1;

export const UINT64_MAX = 2n ** 64n - 1n;

const SONAME = 'libkevo.so.0';
// The first version of kevo.h that has everything that is used here.
const HEADER_VERSION = 2000;

export const Progress = koffi.pointer(koffi.proto('int', ['void *', 'uint64_t', 'uint64_t']));

const GET = ['int', ['void *', 'void *', 'size_t', 'uint64_t', 'void *', 'void *']];
const PUT = ['int', ['void *', 'void *', 'size_t', 'void *', 'size_t', 'uint64_t']];
const DELETE = ['int', ['void *', 'void *', 'size_t', 'uint64_t']];
const ITERATOR = ['int', ['void *', 'void *', 'void *']];
const SET_INT = ['int', ['void *', 'int']];
const SET_UINT64 = ['int', ['void *', 'uint64_t']];
const SET_BOUND = ['int', ['void *', 'void *', 'size_t', 'int']];
const READ_UINT64 = ['uint64_t', ['void *']];
const FREE = ['void', ['void *']];
const ON_HANDLE = ['int', ['void *', 'void *']];
const RANGE = ['void *', 'size_t', 'void *', 'size_t'];
const NEW = ['void *', []];
const READ_STAT = ['uint64_t', ['void *', 'int']];

const PROTOTYPES = {
  kevo_strerror: ['str', ['int']],
  kevo_version_string: ['str', []],
  kevo_abi_check: ['int', ['uint32_t']],
  kevo_error_message: ['str', ['void *']],
  kevo_error_path: ['str', ['void *']],
  kevo_error_offset: READ_UINT64,
  kevo_error_os_code: ['int', ['void *']],
  kevo_error_free: FREE,
  kevo_recovery_options_new: ['void *', []],
  kevo_recovery_options_set_mode: SET_INT,
  kevo_recovery_options_set_order: SET_INT,
  kevo_recovery_options_set_max_sequence: SET_UINT64,
  kevo_recovery_options_set_max_memtables: SET_UINT64,
  kevo_recovery_options_set_memtable_size: SET_UINT64,
  kevo_recovery_options_set_include_set_aside: SET_INT,
  kevo_recovery_options_set_threads: SET_UINT64,
  kevo_recovery_options_set_progress: ['int', ['void *', Progress, 'void *']],
  kevo_recovery_options_free: FREE,
  kevo_recover: ['int', ['void *', 'void *', 'void *', 'void *', 'void *']],
  kevo_recovery_report_stat: ['uint64_t', ['void *', 'int']],
  kevo_recovery_report_damage_count: READ_UINT64,
  kevo_recovery_report_damage: ['int', ['void *', 'size_t', 'void *', 'void *', 'void *', 'void *', 'void *']],
  kevo_recovery_report_free: FREE,
  kevo_memtable_list_count: READ_UINT64,
  kevo_memtable_list_max_sequence: READ_UINT64,
  kevo_memtable_list_get: GET,
  kevo_memtable_list_put: PUT,
  kevo_memtable_list_delete: DELETE,
  kevo_memtable_list_iterator: ITERATOR,
  kevo_memtable_list_table: ['int', ['void *', 'size_t', 'void *']],
  kevo_memtable_list_export: ['int', ['void *', 'void *', 'uint32_t', 'void *', 'void *', 'void *']],
  kevo_memtable_list_free: FREE,
  kevo_memtable_get: GET,
  kevo_memtable_put: PUT,
  kevo_memtable_delete: DELETE,
  kevo_memtable_iterator: ITERATOR,
  kevo_memtable_set_immutable: ['int', ['void *']],
  kevo_memtable_is_immutable: ['int', ['void *']],
  kevo_memtable_approximate_size: READ_UINT64,
  kevo_memtable_entry_count: READ_UINT64,
  kevo_memtable_next_sequence: READ_UINT64,
  kevo_memtable_age_seconds: ['double', ['void *']],
  kevo_memtable_free: FREE,
  kevo_scan_new: ['void *', []],
  kevo_scan_set_lower: SET_BOUND,
  kevo_scan_set_upper: SET_BOUND,
  kevo_scan_set_prefix: ['int', ['void *', 'void *', 'size_t']],
  kevo_scan_set_max_sequence: SET_UINT64,
  kevo_scan_set_flags: ['int', ['void *', 'uint32_t']],
  kevo_scan_free: FREE,
  kevo_iterator_next: ['int', ['void *']],
  kevo_iterator_entry: ['int', ['void *', 'void *']],
  kevo_iterator_next_packed: ['int', ['void *', 'void *', 'size_t', 'void *', 'void *']],
  kevo_iterator_error: ['void *', ['void *']],
  kevo_iterator_free: FREE,
  kevo_pinned_new: NEW,
  kevo_pinned_free: FREE,
  kevo_db_options_new: NEW,
  kevo_db_options_free: FREE,
  kevo_db_options_set_create_if_missing: SET_INT,
  kevo_db_options_set_error_if_exists: SET_INT,
  kevo_db_options_set_read_only: SET_INT,
  kevo_db_options_set_recovery: ['int', ['void *', 'void *']],
  kevo_db_options_set_memtable_size: SET_UINT64,
  kevo_db_options_set_max_memtables: SET_UINT64,
  kevo_db_options_set_sync: ['int', ['void *', 'int', 'uint64_t']],
  kevo_db_options_set_log_size: SET_UINT64,
  kevo_db_options_set_log_mapped: SET_INT,
  kevo_db_options_set_log_retention: SET_UINT64,
  kevo_db_options_set_table_size: SET_UINT64,
  kevo_db_options_set_block_size: SET_UINT64,
  kevo_db_options_set_cache_size: SET_UINT64,
  kevo_db_options_set_filter_bits: ['int', ['void *', 'uint32_t']],
  kevo_db_options_set_compaction: ['int', ['void *', 'int', 'size_t']],
  kevo_db_options_set_compaction_rate: SET_UINT64,
  kevo_db_options_set_max_open_files: SET_UINT64,
  kevo_db_open: ['int', ['void *', 'void *', 'void *', 'void *', 'void *']],
  kevo_db_close: ON_HANDLE,
  kevo_db_destroy: ON_HANDLE,
  kevo_db_salvage: ['int', ['void *', 'void *', 'void *', 'void *', 'void *']],
  kevo_batch_new: NEW,
  kevo_batch_free: FREE,
  kevo_batch_clear: FREE,
  kevo_batch_put: ['int', ['void *', 'void *', 'size_t', 'void *', 'size_t']],
  kevo_batch_delete: ['int', ['void *', 'void *', 'size_t']],
  kevo_batch_append: ['int', ['void *', 'void *']],
  kevo_batch_entry: ['int', ['void *', 'size_t', 'void *']],
  kevo_batch_count: READ_UINT64,
  kevo_batch_size: READ_UINT64,
  kevo_db_put: ['int', ['void *', 'void *', 'size_t', 'void *', 'size_t', 'uint32_t', 'void *']],
  kevo_db_delete: ['int', ['void *', 'void *', 'size_t', 'uint32_t', 'void *']],
  kevo_db_write: ['int', ['void *', 'void *', 'uint32_t', 'void *', 'void *']],
  kevo_db_delete_range: ['int', ['void *', ...RANGE, 'uint32_t', 'void *', 'void *']],
  kevo_db_sync: ON_HANDLE,
  kevo_db_resume: ON_HANDLE,
  kevo_db_get: ['int', ['void *', 'void *', 'void *', 'size_t', 'void *', 'void *', 'void *']],
  kevo_db_multi_get: ['int', ['void *', 'void *', 'void *', 'size_t', 'void *', 'void *', 'void *', 'void *']],
  kevo_db_iterator: ['int', ['void *', 'void *', 'void *', 'void *', 'void *']],
  kevo_db_snapshot: ['int', ['void *', 'void *', 'void *']],
  kevo_snapshot_free: FREE,
  kevo_snapshot_sequence: READ_UINT64,
  kevo_snapshot_get: ['int', ['void *', 'void *', 'size_t', 'void *', 'void *', 'void *']],
  kevo_snapshot_iterator: ['int', ['void *', 'void *', 'void *', 'void *']],
  kevo_transaction_begin: ['int', ['void *', 'uint32_t', 'uint64_t', 'void *', 'void *']],
  kevo_transaction_put: ['int', ['void *', 'void *', 'size_t', 'void *', 'size_t', 'void *']],
  kevo_transaction_delete: ['int', ['void *', 'void *', 'size_t', 'void *']],
  kevo_transaction_get: ['int', ['void *', 'void *', 'size_t', 'void *', 'void *']],
  kevo_transaction_delete_range: ['int', ['void *', ...RANGE, 'void *', 'void *']],
  kevo_transaction_iterator: ['int', ['void *', 'void *', 'void *', 'void *']],
  kevo_transaction_savepoint: ON_HANDLE,
  kevo_transaction_rollback_to_savepoint: ON_HANDLE,
  kevo_transaction_commit: ['int', ['void *', 'uint32_t', 'void *', 'void *']],
  kevo_transaction_rollback: ON_HANDLE,
  kevo_transaction_free: FREE,
  kevo_db_flush: ON_HANDLE,
  kevo_db_compact: ['int', ['void *', ...RANGE, Progress, 'void *', 'void *']],
  kevo_db_checkpoint: ['int', ['void *', 'void *', Progress, 'void *', 'void *']],
  kevo_db_verify: ['int', ['void *', Progress, 'void *', 'void *', 'void *']],
  kevo_db_approximate_size: ['int', ['void *', ...RANGE, 'void *', 'void *']],
  kevo_db_pause_background: ON_HANDLE,
  kevo_db_continue_background: ON_HANDLE,
  kevo_db_catch_up: ON_HANDLE,
  kevo_db_status: ON_HANDLE,
  kevo_db_last_sequence: READ_UINT64,
  kevo_db_stat: READ_STAT,
  kevo_db_stat_name: ['str', ['int']],
  kevo_db_stat_text: ['int', ['void *', 'void *', 'size_t', 'void *', 'void *']],
  kevo_db_tables: ['int', ['void *', 'void *', 'void *']],
  kevo_table_list_count: READ_UINT64,
  kevo_table_list_path: ['str', ['void *', 'size_t']],
  kevo_table_list_stat: ['uint64_t', ['void *', 'size_t', 'int']],
  kevo_table_list_free: FREE,
  kevo_table_open_mode: ['int', ['void *', 'int', 'void *', 'void *']],
  kevo_table_free: FREE,
  kevo_table_get: ['int', ['void *', 'void *', 'size_t', 'void *', 'void *', 'void *', 'void *']],
  kevo_table_iterator: ['int', ['void *', 'void *', 'void *', 'void *']],
  kevo_table_stat: READ_STAT,
  kevo_table_verify: ON_HANDLE,
  kevo_table_damage: ['int', ['void *', 'void *', 'void *']],
  kevo_log_cursor_open: ['int', ['void *', 'uint64_t', 'void *', 'void *']],
  kevo_log_cursor_open_at: ['int', ['void *', 'void *', 'uint64_t', 'void *', 'void *']],
  kevo_log_cursor_next: ['int', ['void *', 'uint64_t', 'void *', 'void *', 'void *', 'void *', 'void *']],
  kevo_log_cursor_free: FREE,
  // The C library's, which is loaded with libkevo.
  memcpy: ['void *', ['void *', 'void *', 'size_t']],
};

export const library = open();

// The library that KEVO_LIBRARY names; else the one beside this file; else the system's.
function open() {
  const beside = fileURLToPath(new URL('libkevo.so', import.meta.url));
  const name = process.env.KEVO_LIBRARY || (existsSync(beside) ? beside : SONAME);
  let functions;
  try {
    const loaded = koffi.load(name);
    functions = Object.fromEntries(
      Object.entries(PROTOTYPES).map(([name, [result, parameters]]) => [name, loaded.func(name, result, parameters)]),
    );
  } catch (cause) {
    const advice = 'install it, or set KEVO_LIBRARY to the path of libkevo.so';
    throw new Error(`libkevo cannot be loaded (${cause.message}): ${advice}`, { cause });
  }
  if (functions.kevo_abi_check(HEADER_VERSION) !== OK) {
    const found = functions.kevo_version_string();
    throw new Error(`${name} is libkevo ${found}, which this package cannot use: install libkevo 0.2.0 or later`);
  }
  return functions;
}

// A place to which a function writes a pointer or a number of 64 bits.
export function output() {
  return new BigUint64Array(1);
}

// Throws a RangeError if there is no memory, or if no Buffer can be so long: koffi.decode would end the process.
export function copyBytes(pointer, length) {
  const copy = Buffer.allocUnsafeSlow(length);
  if (length > 0) library.memcpy(copy, pointer, length);
  return copy;
}

// Where the bytes of a buffer are, for as long as the buffer lives.
export function addressOf(buffer) {
  return library.memcpy(buffer, buffer, 0);
}

export function readString(pointer) {
  return koffi.decode.string(pointer);
}
