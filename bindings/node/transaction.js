import { toBytes, toRange } from './arguments.js';
import { ASYNC_DISPOSE, DISPOSE } from './dispose.js';
import { OK, library, output } from './library.js';
import { entries, getCall, isFound, pairs, scanOf } from './reader.js';
import { Resource, addCalls } from './resource.js';
import { writeFlags } from './write-flags.js';

export class Transaction {
  #resource;
  #isOver = false;
  #ended;

  // `ended` is called once, when it is over or forgotten.
  constructor(pointer, ended) {
    this.#ended = ended;
    const free = (freed) => {
      library.kevo_transaction_free(freed);
      ended();
    };
    this.#resource = new Resource('transaction', pointer, free, { alone: true });
  }

  get _resource() {
    return this.#resource;
  }

  get isOver() {
    return this.#isOver || this.#resource.isClosed;
  }

  _end() {
    this.#isOver = true;
    this.#ended();
  }

  scan(options = {}) {
    return pairs(scanOf(this.#resource, library.kevo_transaction_iterator, [], options));
  }

  entries(options = {}) {
    return entries(scanOf(this.#resource, library.kevo_transaction_iterator, [], options));
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

addCalls(Transaction, (transaction) => transaction._resource, {
  get(key) {
    const parameters = (bytes, _, slice) => [bytes, bytes.length, slice];
    return getCall(library.kevo_transaction_get, key, parameters, { pins: false });
  },
  has(key) {
    const bytes = toBytes(key, 'key');
    return { run: library.kevo_transaction_get, arguments: [bytes, bytes.length, null], result: isFound };
  },
  put(key, value) {
    const [keyBytes, valueBytes] = [toBytes(key, 'key'), toBytes(value, 'value')];
    return { run: library.kevo_transaction_put, arguments: [keyBytes, keyBytes.length, valueBytes, valueBytes.length] };
  },
  delete(key) {
    const bytes = toBytes(key, 'key');
    return { run: library.kevo_transaction_delete, arguments: [bytes, bytes.length] };
  },
  deleteRange(range = {}) {
    const count = output();
    const parameters = [...toRange(range.start, range.end), count];
    return { run: library.kevo_transaction_delete_range, arguments: parameters, result: () => Number(count[0]) };
  },
  savepoint() {
    return { run: library.kevo_transaction_savepoint, arguments: [] };
  },
  // Whether there was one.
  rollbackToSavepoint() {
    return { run: library.kevo_transaction_rollback_to_savepoint, arguments: [], result: (code) => code === OK };
  },
  commit(options) {
    const sequence = output();
    const parameters = [writeFlags(options), sequence];
    const after = () => this._end();
    return { run: library.kevo_transaction_commit, arguments: parameters, result: () => sequence[0], after };
  },
  rollback() {
    return { run: library.kevo_transaction_rollback, arguments: [], after: () => this._end() };
  },
});
