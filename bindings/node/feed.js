// What was written, in the order of the log, live.

import { setTimeout } from 'node:timers/promises';
import { toPath, toUint64 } from './arguments.js';
import { ASYNC_DISPOSE } from './dispose.js';
import { copyEntry } from './foreign-entry.js';
import { END, library, output, readString } from './library.js';
import { Resource } from './resource.js';
import { callWhole } from './whole-call.js';

// How often it looks for more, as the library itself does.
const POLL_MS = 10;

export function openFeed(walDirectory, { after = 0, at, wait = true } = {}) {
  const [directory, cursor] = [toPath(walDirectory, 'directory'), output()];
  const result = () => new Feed(cursor[0], wait);
  if (at !== undefined) {
    const parameters = [directory, toPath(at.path, 'at.path'), toUint64(at.offset, 'at.offset'), cursor];
    return callWhole({ run: library.kevo_log_cursor_open_at, arguments: parameters, result });
  }
  const parameters = [directory, toUint64(after, 'after'), cursor];
  return callWhole({ run: library.kevo_log_cursor_open, arguments: parameters, result });
}

export class Feed {
  #resource;
  #wait;
  #turn = Promise.resolve();

  constructor(pointer, wait) {
    this.#resource = new Resource('feed', pointer, library.kevo_log_cursor_free, { alone: true });
    this.#wait = wait;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  // Calls take their turn. It waits between its looks at the log, on no thread.
  next() {
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.catch(() => {});
    return result;
  }

  async #next() {
    while (!this.#resource.isClosed) {
      const entry = await this.#resource.callAsync(nextCall());
      if (entry !== undefined) return { done: false, value: entry };
      if (!this.#wait) await this.close();
      else await setTimeout(POLL_MS);
    }
    return { done: true, value: undefined };
  }

  async return(value) {
    await this.close();
    return { done: true, value };
  }

  // A `next` that waits ends.
  close() {
    return this.#resource.closeAsync();
  }

  [ASYNC_DISPOSE]() {
    return this.close();
  }
}

function nextCall() {
  const [entry, isLast, path, offset] = [new BigUint64Array(6), new Int32Array(1), output(), output()];
  return {
    run: library.kevo_log_cursor_next,
    arguments: [0, entry, isLast, path, offset],
    result(code) {
      if (code === END) return undefined;
      const [key, value] = copyEntry(entry);
      const place = { path: readString(path[0]), offset: Number(offset[0]) };
      return { key, value, sequence: entry[4], lastOfBatch: isLast[0] !== 0, ...place };
    },
  };
}
