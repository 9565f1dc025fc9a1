// Goes through entries, a buffer full at a time.

import { toBytes, toUint64 } from './arguments.js';
import { check } from './errors.js';
import { copyEntry } from './foreign-entry.js';
import { Handle } from './handle.js';
import {
  BUFFER_TOO_SMALL,
  END,
  OK,
  OP_DELETE,
  SCAN_ALL_VERSIONS,
  SCAN_TOMBSTONES,
  UINT64_MAX,
  library,
  output,
} from './library.js';

const BUFFER_SIZE = 256 * 1024;
// Key length, value length, sequence number, operation, 0: see kevo_iterator_next_packed.
const HEADER_SIZE = 24;
// In a kevo_entry, in bytes.
const SEQUENCE_AT = 32;

export function makeIterator(make, source, options) {
  const scan = library.kevo_scan_new();
  try {
    setScan(scan, options);
    const iterator = output();
    check(make(source, scan, iterator));
    return new Handle(iterator[0], library.kevo_iterator_free);
  } finally {
    library.kevo_scan_free(scan);
  }
}

function setScan(scan, options) {
  const { prefix = '', start = '', end, versions = false, tombstones = false, maxSequence = UINT64_MAX } = options;
  const [prefixBytes, startBytes] = [toBytes(prefix, 'prefix'), toBytes(start, 'start')];
  check(library.kevo_scan_set_prefix(scan, prefixBytes, prefixBytes.length));
  check(library.kevo_scan_set_lower(scan, startBytes, startBytes.length, 1));
  if (end !== undefined) {
    const endBytes = toBytes(end, 'end');
    check(library.kevo_scan_set_upper(scan, endBytes, endBytes.length, 0));
  }
  check(library.kevo_scan_set_max_sequence(scan, toUint64(maxSequence, 'maxSequence')));
  check(library.kevo_scan_set_flags(scan, (versions ? SCAN_ALL_VERSIONS : 0) | (tombstones ? SCAN_TOMBSTONES : 0)));
}

// What a scan gives. `toResult` makes what the caller gets, of a key, a value and the sequence number's place in a
// buffer.
export class Entries {
  #handle;
  #toResult;
  #buffer = Buffer.alloc(0);
  #used = output();
  #count = output();
  #at = 0;
  #end = 0;

  constructor(handle, toResult) {
    this.#handle = handle;
    this.#toResult = toResult;
  }

  [Symbol.iterator]() {
    return this;
  }

  next() {
    if (this.#handle === null) return this.return();
    if (this.#at === this.#end) {
      const code = this.#fill();
      if (code === END) return this.return();
      if (code === BUFFER_TOO_SMALL) return { done: false, value: this.#nextEntry() };
    }
    const buffer = this.#buffer;
    const keyAt = this.#at + HEADER_SIZE;
    const valueAt = keyAt + buffer.readUInt32LE(this.#at);
    const end = valueAt + buffer.readUInt32LE(this.#at + 4);
    const isDelete = buffer.readUInt32LE(this.#at + 16) === OP_DELETE;
    const value = isDelete ? null : copy(buffer, valueAt, end);
    const result = this.#toResult(copy(buffer, keyAt, valueAt), value, buffer, this.#at + 8);
    this.#at = end;
    return { done: false, value: result };
  }

  // Called by a loop that is left early, too.
  return(value) {
    this.close();
    return { done: true, value };
  }

  close() {
    this.#handle?.close();
    this.#handle = null;
  }

  [Symbol.dispose]() {
    this.close();
  }

  #fill() {
    if (this.#buffer.length === 0) this.#buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
    const [iterator, buffer] = [this.#handle.pointer, this.#buffer];
    const code = library.kevo_iterator_next_packed(iterator, buffer, buffer.length, this.#used, this.#count);
    this.#at = 0;
    this.#end = code === OK ? Number(this.#used[0]) : 0;
    return code === BUFFER_TOO_SMALL ? code : check(code);
  }

  // Of an entry that fits in no buffer. If it cannot be copied, the iterator has nevertheless gone past it.
  #nextEntry() {
    const [iterator, entry] = [this.#handle.pointer, new BigUint64Array(6)];
    check(library.kevo_iterator_next(iterator));
    check(library.kevo_iterator_entry(iterator, entry));
    const [key, value] = copyEntry(entry);
    return this.#toResult(key, value, Buffer.from(entry.buffer), SEQUENCE_AT);
  }
}

function copy(buffer, start, end) {
  return Buffer.from(buffer.subarray(start, end));
}
