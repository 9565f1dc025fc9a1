// A handle of the library that is called synchronously and, by twins of the same functions, on worker threads.

import { busyError, closedError, detailedError } from './errors.js';
import { library, output } from './library.js';

const forgotten = new FinalizationRegistry(({ pointer, free }) => free(pointer));

// A call is { run, arguments, result, done, uses }: `run` is a function of the library whose first argument is the
// handle and whose last one is the place for an error; `result` makes of the code what the caller gets; `after` runs
// when the library was called, `done`, which frees what the call needed, whatever happened; `uses` are other resources,
// which stay open until it ends.
export class Resource {
  #what;
  #pointer;
  #free;
  #alone;
  #running = 0;
  #idle = [];
  #closing = null;

  // `alone`: the library lets only one thread use it at a time.
  constructor(what, pointer, free, { alone = false } = {}) {
    this.#what = what;
    this.#pointer = pointer;
    this.#free = free;
    this.#alone = alone;
    forgotten.register(this, { pointer, free }, this);
  }

  get isClosed() {
    return this.#pointer === null || this.#closing !== null;
  }

  get pointer() {
    if (this.isClosed) throw closedError(this.#what);
    return this.#pointer;
  }

  // The pointer, for a call on this thread.
  get mine() {
    const pointer = this.pointer;
    if (this.#alone && this.#running > 0) {
      throw busyError(`the ${this.#what} is in use by an asynchronous call: await that first`);
    }
    return pointer;
  }

  // Keeps it open until `release`.
  hold() {
    const pointer = this.mine;
    this.#running++;
    return pointer;
  }

  release() {
    this.#running--;
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  call(call) {
    const error = output();
    try {
      for (const used of call.uses ?? []) used?.mine;
      const pointer = this.mine;
      try {
        return finish(call, call.run(pointer, ...call.arguments, error), error);
      } finally {
        call.after?.();
      }
    } finally {
      call.done?.();
    }
  }

  // What the caller gave is copied, so that it may be changed meanwhile.
  async callAsync(call) {
    const [error, held] = [output(), []];
    try {
      for (const used of [this, ...(call.uses ?? [])]) {
        used?.hold();
        if (used) held.push(used);
      }
      const copies = call.arguments.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));
      try {
        return finish(call, await onThread(call.run, [this.#pointer, ...copies, error]), error);
      } finally {
        call.after?.();
      }
    } finally {
      call.done?.();
      for (const used of held) used.release();
    }
  }

  close() {
    if (this.#pointer === null) return;
    if (this.#running > 0) {
      throw busyError(`the ${this.#what} is in use by asynchronous calls: await those first, or use closeAsync`);
    }
    this.#free(this.#take());
  }

  // Waits for calls that run; later ones are refused. `free` is given the pointer.
  closeAsync(free = this.#free) {
    this.#closing ??= this.#closeAsync(free);
    return this.#closing;
  }

  async #closeAsync(free) {
    if (this.#running > 0) await new Promise((resolve) => this.#idle.push(resolve));
    if (this.#pointer !== null) await free(this.#take());
  }

  #take() {
    const pointer = this.#pointer;
    forgotten.unregister(this);
    this.#pointer = null;
    return pointer;
  }
}

// Throws what a call has failed with, or gives its result. What `watch` was told to throw has cancelled the call.
export function finish({ result, report, watch }, code, error) {
  try {
    const found = report?.();
    if (code < 0) {
      watch?.check();
      throw detailedError(code, error[0], found);
    }
    return result?.(code, found);
  } finally {
    library.kevo_error_free(error[0]);
  }
}

// koffi refuses more than 256 calls at a time; libuv has four threads for them, unless UV_THREADPOOL_SIZE says
// otherwise.
const AT_ONCE = 128;
const waiting = [];
let running = 0;

// Calls a function of the library on a thread of libuv. The arguments stay alive until it returns.
export function onThread(run, parameters) {
  return new Promise((resolve, reject) => {
    const call = { run, parameters, resolve, reject };
    if (running < AT_ONCE) start(call);
    else waiting.push(call);
  });
}

function start(call) {
  running++;
  const ended = (failure, code) => {
    running--;
    if (waiting.length > 0) start(waiting.shift());
    if (failure) call.reject(failure);
    else call.resolve(code);
  };
  try {
    call.run.async(...call.parameters, ended);
  } catch (failure) {
    running--;
    call.reject(failure);
  }
}

// Gives a class, for each function that makes a call, one method that calls and one, with Async after its name, that
// returns a promise. `toResource` says on what.
export function addCalls(target, toResource, makers) {
  for (const [name, make] of Object.entries(makers)) {
    target.prototype[name] = function (...parameters) {
      return toResource(this).call(make.apply(this, parameters));
    };
    target.prototype[`${name}Async`] = async function (...parameters) {
      return toResource(this).callAsync(make.apply(this, parameters));
    };
  }
}
