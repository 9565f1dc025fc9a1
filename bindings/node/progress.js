// Tells a function of the caller's how far a call of the library has come; what it throws cancels the call.

import koffi from 'koffi';
import { Progress } from './library.js';

// Of a call on another thread, Node.js runs the function on its own thread, while the other one waits.
export class Watch {
  #callback = null;
  #thrown = [];

  constructor(progress) {
    if (progress === undefined) return;
    if (typeof progress !== 'function') throw new TypeError('progress must be a function');
    this.#callback = koffi.register((_, done, total) => this.#tell(progress, done, total), Progress);
  }

  get callback() {
    return this.#callback;
  }

  // Throws what the function has thrown.
  check() {
    if (this.#thrown.length > 0) throw this.#thrown[0];
  }

  end() {
    if (this.#callback !== null) koffi.unregister(this.#callback);
    this.#callback = null;
  }

  // An exception must not go through the library.
  #tell(progress, done, total) {
    try {
      progress(Number(done), Number(total));
      return 0;
    } catch (thrown) {
      this.#thrown.push(thrown);
      return 1;
    }
  }
}
