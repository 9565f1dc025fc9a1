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
const HEADER_VERSION = 1000;

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
  kevo_iterator_free: FREE,
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
    throw new Error(`${name} is libkevo ${found}, which this package cannot use: install libkevo 0.1.0 or later`);
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

export function readString(pointer) {
  return koffi.decode.string(pointer);
}
