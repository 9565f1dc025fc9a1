// What was recovered: the list of all memtables, and each of them.

import { toBytes, toPath, toUint64 } from './arguments.js';
import { DISPOSE } from './dispose.js';
import { check, detailedError } from './errors.js';
import { copyValue } from './foreign-entry.js';
import { DELETED, EXPORT_NEWEST_ONLY, NOT_FOUND, OK, UINT64_MAX, library, output } from './library.js';
import { Resource } from './resource.js';
import { Entries, makeIterator, toEntry, toPair } from './scan.js';

const LIST = {
  get: library.kevo_memtable_list_get,
  put: library.kevo_memtable_list_put,
  delete: library.kevo_memtable_list_delete,
  iterator: library.kevo_memtable_list_iterator,
  free: library.kevo_memtable_list_free,
};

const MEMTABLE = {
  get: library.kevo_memtable_get,
  put: library.kevo_memtable_put,
  delete: library.kevo_memtable_delete,
  iterator: library.kevo_memtable_iterator,
  free: library.kevo_memtable_free,
};

// What a list of memtables and a single memtable have in common.
class Memtables {
  #handle;
  #functions;

  constructor(pointer, functions) {
    this.#handle = new Resource('memtable or list', pointer, functions.free);
    this.#functions = functions;
  }

  get _pointer() {
    return this.#handle.pointer;
  }

  lookup(key, { maxSequence = UINT64_MAX } = {}) {
    const bytes = toBytes(key, 'key');
    const [slice, sequence] = [new BigUint64Array(2), output()];
    const bound = toUint64(maxSequence, 'maxSequence');
    const code = check(this.#functions.get(this._pointer, bytes, bytes.length, bound, slice, sequence));
    if (code === NOT_FOUND) return undefined;
    const value = code === DELETED ? null : copyValue(bytes, sequence[0], slice[0], slice[1]);
    return { key: Buffer.from(bytes), value, sequence: sequence[0] };
  }

  get(key, options) {
    return this.lookup(key, options)?.value ?? undefined;
  }

  has(key) {
    const bytes = toBytes(key, 'key');
    return check(this.#functions.get(this._pointer, bytes, bytes.length, UINT64_MAX, null, null)) === OK;
  }

  scan(options = {}) {
    return new Entries(this.#iterator(options), toPair);
  }

  entries(options = {}) {
    return new Entries(this.#iterator(options), toEntry);
  }

  [Symbol.iterator]() {
    return this.scan();
  }

  put(key, value, sequence) {
    const [keyBytes, valueBytes] = [toBytes(key, 'key'), toBytes(value, 'value')];
    const number = toUint64(sequence, 'sequence');
    check(this.#functions.put(this._pointer, keyBytes, keyBytes.length, valueBytes, valueBytes.length, number));
  }

  delete(key, sequence) {
    const bytes = toBytes(key, 'key');
    check(this.#functions.delete(this._pointer, bytes, bytes.length, toUint64(sequence, 'sequence')));
  }

  close() {
    this.#handle.close();
  }

  [DISPOSE]() {
    this.close();
  }

  #iterator(options) {
    return makeIterator(this.#functions.iterator, this._pointer, options);
  }
}

export class MemtableList extends Memtables {
  constructor(pointer, report) {
    super(pointer, LIST);
    this.report = report;
  }

  get maxSequence() {
    return BigInt(library.kevo_memtable_list_max_sequence(this._pointer));
  }

  get memtables() {
    const list = this._pointer;
    const length = Number(library.kevo_memtable_list_count(list));
    return Array.from({ length }, (_, index) => {
      const table = output();
      check(library.kevo_memtable_list_table(list, index, table));
      return new Memtable(table[0]);
    });
  }

  export(outDir, { newestOnly = false } = {}) {
    const directory = toPath(outDir, 'outDir');
    const flags = newestOnly ? EXPORT_NEWEST_ONLY : 0;
    const [entries, size, error] = [output(), output(), output()];
    const code = library.kevo_memtable_list_export(this._pointer, directory, flags, entries, size, error);
    try {
      if (code !== OK) throw detailedError(code, error[0]);
      return { entries: Number(entries[0]), memtableSize: Number(size[0]) };
    } finally {
      library.kevo_error_free(error[0]);
    }
  }
}

export class Memtable extends Memtables {
  constructor(pointer) {
    super(pointer, MEMTABLE);
  }

  setImmutable() {
    check(library.kevo_memtable_set_immutable(this._pointer));
  }

  get isImmutable() {
    return library.kevo_memtable_is_immutable(this._pointer) !== 0;
  }

  get approximateSize() {
    return Number(library.kevo_memtable_approximate_size(this._pointer));
  }

  get entryCount() {
    return Number(library.kevo_memtable_entry_count(this._pointer));
  }

  get nextSequence() {
    return BigInt(library.kevo_memtable_next_sequence(this._pointer));
  }

  get ageSeconds() {
    return library.kevo_memtable_age_seconds(this._pointer);
  }
}
