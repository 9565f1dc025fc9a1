// Copies keys and values that may be longer than a Buffer can be.

import { constants } from 'node:buffer';
import { KevoError } from './errors.js';
import { NO_MEMORY, OP_DELETE, copyBytes } from './library.js';

// How much of a key an error shows, in bytes.
const SHOWN = 64;

// Copies the key and the value of a kevo_entry.
export function copyEntry([keyAt, keyLength, valueAt, valueLength, sequence, operation]) {
  const start = copyBytes(keyAt, Math.min(Number(keyLength), SHOWN + 1));
  const key = copy('key', start, sequence, keyAt, keyLength);
  const isDelete = Number(operation & 0xffffffffn) === OP_DELETE;
  return [key, isDelete ? null : copy('value', start, sequence, valueAt, valueLength)];
}

export function copyValue(key, sequence, pointer, length) {
  return copy('value', key, sequence, pointer, length);
}

// The key tells in an error which entry it is; its start will do.
function copy(what, key, sequence, pointer, length) {
  try {
    return copyBytes(pointer, Number(length));
  } catch (cause) {
    const entry = `the entry with the key ${shown(key)} and the sequence number ${sequence}`;
    const limit = `a Buffer of that size cannot be made (at most ${constants.MAX_LENGTH} bytes, if there is memory)`;
    throw new KevoError(NO_MEMORY, `the ${what} of ${entry} has ${length} bytes, and ${limit}`, { cause });
  }
}

function shown(key) {
  const letters = Array.from(key.subarray(0, SHOWN), (byte) =>
    byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `"${letters.join('')}${key.length > SHOWN ? '...' : ''}"`;
}
