// Writes that a database takes all together, or not at all.

import { toBytes } from './arguments.js';
import { DISPOSE } from './dispose.js';
import { check } from './errors.js';
import { library } from './library.js';
import { Resource } from './resource.js';

export class Batch {
  #resource = new Resource('batch', library.kevo_batch_new(), library.kevo_batch_free, { alone: true });

  get _resource() {
    return this.#resource;
  }

  put(key, value) {
    const [keyBytes, valueBytes] = [toBytes(key, 'key'), toBytes(value, 'value')];
    const batch = this.#resource.mine;
    check(library.kevo_batch_put(batch, keyBytes, keyBytes.length, valueBytes, valueBytes.length));
    return this;
  }

  delete(key) {
    const bytes = toBytes(key, 'key');
    check(library.kevo_batch_delete(this.#resource.mine, bytes, bytes.length));
    return this;
  }

  append(other) {
    check(library.kevo_batch_append(this.#resource.mine, toBatch(other)._resource.mine));
    return this;
  }

  clear() {
    library.kevo_batch_clear(this.#resource.mine);
    return this;
  }

  get count() {
    return Number(library.kevo_batch_count(this.#resource.mine));
  }

  get size() {
    return Number(library.kevo_batch_size(this.#resource.mine));
  }

  close() {
    this.#resource.close();
  }

  [DISPOSE]() {
    this.close();
  }
}

export function toBatch(value) {
  if (!(value instanceof Batch)) throw new TypeError('batch must be a Batch');
  return value;
}
