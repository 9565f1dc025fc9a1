import { ASYNC_DISPOSE, DISPOSE } from './dispose.js';
import { library } from './library.js';
import { entries, getCall, isFound, pairs, scanOf } from './reader.js';
import { Resource, addCalls } from './resource.js';
import { toBytes } from './arguments.js';

export class Snapshot {
  #resource;

  constructor(pointer) {
    this.#resource = new Resource('snapshot', pointer, library.kevo_snapshot_free);
  }

  get _resource() {
    return this.#resource;
  }

  get sequence() {
    return BigInt(library.kevo_snapshot_sequence(this.#resource.pointer));
  }

  scan(options = {}) {
    return pairs(scanOf(this.#resource, library.kevo_snapshot_iterator, [], options));
  }

  entries(options = {}) {
    return entries(scanOf(this.#resource, library.kevo_snapshot_iterator, [], options));
  }

  [Symbol.iterator]() {
    return this.scan();
  }

  [Symbol.asyncIterator]() {
    return this.scan()[Symbol.asyncIterator]();
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

addCalls(Snapshot, (snapshot) => snapshot._resource, {
  get(key) {
    return getCall(library.kevo_snapshot_get, key, (bytes, pinned, slice) => [bytes, bytes.length, pinned, slice]);
  },
  has(key) {
    const bytes = toBytes(key, 'key');
    return { run: library.kevo_snapshot_get, arguments: [bytes, bytes.length, null, null], result: isFound };
  },
});

export function toSnapshot(value) {
  if (value === undefined) return undefined;
  if (!(value instanceof Snapshot)) throw new TypeError('snapshot must be a Snapshot');
  return value._resource;
}
