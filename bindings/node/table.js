// One table file, for tools.

import { oneOf, toBytes, toPath } from './arguments.js';
import { ASYNC_DISPOSE, DISPOSE } from './dispose.js';
import { copyValue } from './foreign-entry.js';
import { DELETED, NOT_FOUND, library, output } from './library.js';
import { entries, pairs, scanOf } from './reader.js';
import { readReport } from './report.js';
import { Resource, addCalls } from './resource.js';
import { callWhole, callWholeAsync } from './whole-call.js';

// As kevo.h counts the modes of recovery.
const MODES = [undefined, 'absolute', undefined, 'skip-corrupted'];
// In the order of kevo.h's KEVO_TABLE_STAT_ENTRIES and so on, from 1.
const STATS = ['entries', 'tombstones', 'blocks', 'bytes', 'version', 'createdNs', 'generation', 'indexEntries'];
STATS.push('oversize', 'memory');

export const openTable = (path, options) => callWhole(openCall(path, options));
export const openTableAsync = async (path, options) => callWholeAsync(openCall(path, options));

function openCall(path, { mode = 'absolute' } = {}) {
  const table = output();
  return {
    run: library.kevo_table_open_mode,
    arguments: [toPath(path, 'path'), oneOf(MODES, mode, 'mode'), table],
    result: () => new Table(table[0]),
  };
}

export class Table {
  #resource;

  constructor(pointer) {
    this.#resource = new Resource('table', pointer, library.kevo_table_free);
  }

  get _resource() {
    return this.#resource;
  }

  get(key) {
    return this.lookup(key)?.value ?? undefined;
  }

  async getAsync(key) {
    return (await this.lookupAsync(key))?.value ?? undefined;
  }

  scan(options = {}) {
    return pairs(scanOf(this.#resource, library.kevo_table_iterator, [], options));
  }

  entries(options = {}) {
    return entries(scanOf(this.#resource, library.kevo_table_iterator, [], options));
  }

  [Symbol.iterator]() {
    return this.scan();
  }

  // createdNs is a bigint.
  stats() {
    const table = this.#resource.pointer;
    const read = (name, index) => {
      const stat = library.kevo_table_stat(table, index + 1);
      return [name, name === 'createdNs' ? BigInt(stat) : Number(stat)];
    };
    return Object.fromEntries(STATS.map(read));
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
}

addCalls(Table, (table) => table._resource, {
  lookup(key) {
    const bytes = Buffer.from(toBytes(key, 'key'));
    const [slice, sequence, pinned] = [new BigUint64Array(2), output(), library.kevo_pinned_new()];
    return {
      run: library.kevo_table_get,
      arguments: [bytes, bytes.length, pinned, slice, sequence],
      result: (code) => {
        if (code === NOT_FOUND) return undefined;
        const value = code === DELETED ? null : copyValue(bytes, sequence[0], slice[0], slice[1]);
        return { key: bytes, value, sequence: sequence[0] };
      },
      done: () => library.kevo_pinned_free(pinned),
    };
  },
  verify: () => ({ run: library.kevo_table_verify, arguments: [] }),
  damage() {
    const report = output();
    return {
      run: library.kevo_table_damage,
      arguments: [report],
      result: () => readReport(report[0]).damage,
      done: () => library.kevo_recovery_report_free(report[0]),
    };
  },
});
