import { UINT64_MAX, library } from './library.js';

const NAMES = new Map([
  [-1, 'KEVO_E_INVALID_ARGUMENT'],
  [-2, 'KEVO_E_IO'],
  [-3, 'KEVO_E_CORRUPT'],
  [-4, 'KEVO_E_TOO_MANY_MEMTABLES'],
  [-6, 'KEVO_E_CANCELLED'],
  [-7, 'KEVO_E_IMMUTABLE'],
  [-8, 'KEVO_E_NO_MEMORY'],
  [-9, 'KEVO_E_LOCKED'],
  [-10, 'KEVO_E_CONFLICT'],
  [-11, 'KEVO_E_READ_ONLY'],
  [-12, 'KEVO_E_CLOSED'],
  [-13, 'KEVO_E_FAILED'],
  [-14, 'KEVO_E_EXISTS'],
  [-15, 'KEVO_E_NOT_A_DATABASE'],
  [-16, 'KEVO_E_TOO_LARGE'],
  [-17, 'KEVO_E_EXPIRED'],
  [-18, 'KEVO_E_UNSUPPORTED'],
  [-19, 'KEVO_E_BUSY'],
  [-99, 'KEVO_E_PANIC'],
]);

export class KevoError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = 'KevoError';
    this.code = NAMES.get(code) ?? String(code);
  }
}

export class KevoConflictError extends KevoError {}
export class KevoLockedError extends KevoError {}
export class KevoClosedError extends KevoError {}
export class KevoCorruptError extends KevoError {}
export class KevoBusyError extends KevoError {}

const CLASSES = new Map([
  [-3, KevoCorruptError],
  [-9, KevoLockedError],
  [-10, KevoConflictError],
  [-12, KevoClosedError],
  [-19, KevoBusyError],
]);

function make(code, message) {
  return new (CLASSES.get(code) ?? KevoError)(code, message);
}

export const closedError = (what) => new KevoClosedError(-12, `the ${what} is closed`);
export const busyError = (message) => new KevoBusyError(-19, message);

// Throws the error that a negative code stands for; returns any other code.
export function check(code) {
  if (code < 0) throw make(code, library.kevo_strerror(code));
  return code;
}

export function detailedError(code, details, report) {
  if (!details) return make(code, library.kevo_strerror(code));
  const error = make(code, library.kevo_error_message(details));
  const offset = library.kevo_error_offset(details);
  error.path = library.kevo_error_path(details) ?? undefined;
  error.offset = BigInt(offset) === UINT64_MAX ? undefined : Number(offset);
  error.errno = library.kevo_error_os_code(details) || undefined;
  error.report = report;
  return error;
}
