// A pointer to something that the library has made, which is freed by close, or else by a later garbage collection.

const forgotten = new FinalizationRegistry(({ pointer, free }) => free(pointer));

export class Handle {
  #pointer;
  #free;

  constructor(pointer, free) {
    this.#pointer = pointer;
    this.#free = free;
    forgotten.register(this, { pointer, free }, this);
  }

  get pointer() {
    if (this.#pointer === null) throw new Error('closed');
    return this.#pointer;
  }

  close() {
    if (this.#pointer === null) return;
    forgotten.unregister(this);
    this.#free(this.#pointer);
    this.#pointer = null;
  }
}
