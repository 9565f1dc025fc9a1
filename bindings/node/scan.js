// Goes through entries, a buffer full at a time.

import { toBytes, toUint64 } from './arguments.js';
import { ASYNC_DISPOSE, DISPOSE } from './dispose.js';
import { check, detailedError } from './errors.js';
import { copyEntry } from './foreign-entry.js';
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
import { Resource, onThread } from './resource.js';

const BUFFER_SIZE = 256 * 1024;
// Key length, value length, sequence number, operation, 0: see kevo_iterator_next_packed.
const HEADER_SIZE = 24;
// In a kevo_entry, in bytes.
const SEQUENCE_AT = 32;
const DONE = Object.freeze({ done: true, value: undefined });

export function withScan(options, use) {
  const scan = library.kevo_scan_new();
  try {
    setScan(scan, options);
    return use(scan);
  } finally {
    library.kevo_scan_free(scan);
  }
}

export function makeIterator(make, source, options) {
  return withScan(options, (scan) => {
    const iterator = output();
    check(make(source, scan, iterator));
    return iterator[0];
  });
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

export const toPair = (key, value) => [key, value];
export const toEntry = (key, value, buffer, sequenceAt) => ({
  key,
  value,
  sequence: buffer.readBigUInt64LE(sequenceAt),
});

// What a scan gives, to a loop or to one that awaits. `toResult` makes what the caller gets, of a key, a value and the
// sequence number's place in a buffer.
export class Entries {
  #resource;
  #toResult;
  #buffer = Buffer.alloc(0);
  #used = output();
  #count = output();
  #at = 0;
  #end = 0;
  #turn = Promise.resolve();

  constructor(pointer, toResult) {
    this.#resource = new Resource('scan', pointer, library.kevo_iterator_free, { alone: true });
    this.#toResult = toResult;
  }

  [Symbol.iterator]() {
    return this;
  }

  [Symbol.asyncIterator]() {
    return { next: () => this.nextAsync(), return: async () => (await this.closeAsync(), DONE) };
  }

  next() {
    if (this.#resource.isClosed) return DONE;
    if (this.#at < this.#end) return this.#fromBuffer();
    const [iterator, buffer] = [this.#resource.mine, this.#allocated()];
    const code = library.kevo_iterator_next_packed(iterator, buffer, buffer.length, this.#used, this.#count);
    return this.#filled(code) ?? this.return();
  }

  // Calls take their turn.
  nextAsync() {
    const result = this.#turn.then(() => this.#nextAsync());
    this.#turn = result.catch(() => {});
    return result;
  }

  async #nextAsync() {
    if (this.#resource.isClosed) return DONE;
    if (this.#at < this.#end) return this.#fromBuffer();
    const [iterator, buffer] = [this.#resource.hold(), this.#allocated()];
    let result;
    try {
      const next = library.kevo_iterator_next_packed;
      const code = await onThread(next, [iterator, buffer, buffer.length, this.#used, this.#count]);
      result = this.#filled(code, iterator);
    } finally {
      this.#resource.release();
    }
    return result ?? this.return();
  }

  // Called by a loop that is left early, too.
  return(value) {
    this.close();
    return { done: true, value };
  }

  close() {
    this.#resource.close();
  }

  closeAsync() {
    return this.#resource.closeAsync();
  }

  [DISPOSE]() {
    this.close();
  }

  [ASYNC_DISPOSE]() {
    return this.closeAsync();
  }

  #allocated() {
    if (this.#buffer.length === 0) this.#buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
    return this.#buffer;
  }

  // The first entry of those that came, or undefined at the end.
  #filled(code, iterator = this.#resource.pointer) {
    this.#at = 0;
    this.#end = code === OK ? Number(this.#used[0]) : 0;
    if (code === END) return undefined;
    if (code === BUFFER_TOO_SMALL) return { done: false, value: this.#nextEntry(iterator) };
    checkIterator(code, iterator);
    return this.#fromBuffer();
  }

  #fromBuffer() {
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

  // Of an entry that fits in no buffer. If it cannot be copied, the iterator has nevertheless gone past it.
  #nextEntry(iterator) {
    const entry = new BigUint64Array(6);
    checkIterator(library.kevo_iterator_next(iterator), iterator);
    check(library.kevo_iterator_entry(iterator, entry));
    const [key, value] = copyEntry(entry);
    return this.#toResult(key, value, Buffer.from(entry.buffer), SEQUENCE_AT);
  }
}

// An iterator of a database or a table tells more of what failed.
function checkIterator(code, iterator) {
  if (code < 0) throw detailedError(code, library.kevo_iterator_error(iterator));
}

function copy(buffer, start, end) {
  return Buffer.from(buffer.subarray(start, end));
}
