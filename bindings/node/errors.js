import { UINT64_MAX, library } from './library.js';

const NAMES = new Map([
  [-1, 'KEVO_E_INVALID_ARGUMENT'],
  [-2, 'KEVO_E_IO'],
  [-3, 'KEVO_E_CORRUPT'],
  [-4, 'KEVO_E_TOO_MANY_MEMTABLES'],
  [-7, 'KEVO_E_IMMUTABLE'],
  [-8, 'KEVO_E_NO_MEMORY'],
  [-99, 'KEVO_E_PANIC'],
]);

export class KevoError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = 'KevoError';
    this.code = NAMES.get(code) ?? String(code);
  }
}

// Throws the error that a negative code stands for; returns any other code.
export function check(code) {
  if (code < 0) throw new KevoError(code, library.kevo_strerror(code));
  return code;
}

export function detailedError(code, details, report) {
  if (details === 0n) return new KevoError(code, library.kevo_strerror(code));
  const error = new KevoError(code, library.kevo_error_message(details));
  const offset = library.kevo_error_offset(details);
  error.path = library.kevo_error_path(details) ?? undefined;
  error.offset = BigInt(offset) === UINT64_MAX ? undefined : Number(offset);
  error.errno = library.kevo_error_os_code(details) || undefined;
  error.report = report;
  return error;
}
