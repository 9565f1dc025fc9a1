// Checks arguments: without a check, what does not fit would silently be cut off.

import { UINT64_MAX } from './library.js';

export function toBytes(value, what) {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`${what} must be a string, a Buffer or a Uint8Array`);
}

export function toPath(value, what) {
  const bytes = toBytes(value, what);
  if (bytes.includes(0)) throw new TypeError(`${what} must not have a null byte in it`);
  return Buffer.concat([bytes, Buffer.alloc(1)]);
}

export function toUint64(value, what) {
  if (typeof value !== 'bigint' && typeof value !== 'number') {
    throw new TypeError(`${what} must be a number or a bigint`);
  }
  const number = typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value) : -1n;
  if (number < 0n || number > UINT64_MAX) {
    throw new RangeError(`${what} must be an integer from 0 to 2**64 - 1 (as a bigint, from 2**53 on), not ${value}`);
  }
  return number;
}

export function oneOf(names, name, what) {
  const index = names.indexOf(name);
  if (index < 0) throw new RangeError(`${what} must be one of ${names.join(', ')}, not ${name}`);
  return index;
}

export function positive(value, what) {
  const number = toUint64(value, what);
  if (number === 0n) throw new RangeError(`${what} cannot be 0`);
  return number;
}

// A range of keys as two pointers with lengths: null as its end stands for the last key, which an empty buffer must
// not.
export function toRange(start = '', end = undefined) {
  const startBytes = toBytes(start, 'start');
  if (end === undefined) return [startBytes, startBytes.length, null, 0];
  const endBytes = toBytes(end, 'end');
  return [startBytes, startBytes.length, endBytes.length > 0 ? endBytes : Buffer.alloc(1), endBytes.length];
}
