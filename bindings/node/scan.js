// Goes through entries, a buffer full at a time.

import { toBytes, toUint64 } from './arguments.js';
import { check } from './errors.js';
import { Handle } from './handle.js';
import {
  BUFFER_TOO_SMALL,
  END,
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

// What a scan gives; `toResult` makes what callers see of a key, a value and the sequence number's place in a buffer.
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
    if (this.#handle === null || (this.#at === this.#end && !this.#fill())) return this.return();
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
    let code = this.#nextPacked();
    if (code === BUFFER_TOO_SMALL) {
      this.#buffer = Buffer.allocUnsafeSlow(Number(this.#used[0]));
      code = this.#nextPacked();
    }
    this.#at = 0;
    this.#end = check(code) === END ? 0 : Number(this.#used[0]);
    return this.#end > 0;
  }

  #nextPacked() {
    const buffer = this.#buffer;
    return library.kevo_iterator_next_packed(this.#handle.pointer, buffer, buffer.length, this.#used, this.#count);
  }
}

function copy(buffer, start, end) {
  return Buffer.from(buffer.subarray(start, end));
}
