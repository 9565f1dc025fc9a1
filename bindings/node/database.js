import { toBytes, toPath, toRange, toUint64 } from './arguments.js';
import { toBatch } from './batch.js';
import { ASYNC_DISPOSE, DISPOSE } from './dispose.js';
import { KevoConflictError, busyError, check, detailedError } from './errors.js';
import { openFeed } from './feed.js';
import { copyBytes, OK, addressOf, library, output } from './library.js';
import { newOptions, newRecovery } from './options.js';
import { Watch } from './progress.js';
import { entries, getCall, isFound, pairs, scanOf } from './reader.js';
import { readReport } from './report.js';
import { Resource, addCalls, onThread } from './resource.js';
import { Snapshot, toSnapshot } from './snapshot.js';
import { Transaction } from './transaction.js';
import { callWhole, callWholeAsync } from './whole-call.js';
import { writeFlags } from './write-flags.js';

const IN_PIECES = 8;
// In bytes; kevo.h says how much fewer it has.
const LONGEST_STAT_TEXT = 1 << 16;
const [READ_ONLY, EXCLUSIVE] = [1, 2];
// In the order of kevo.h's KEVO_LISTED_TABLE_AGE and so on, from 1.
const LISTED = ['age', 'level', 'entries', 'tombstones', 'bytes', 'foreign'];

export const open = (path, options) => callWhole(openCall(path, options));
export const openAsync = async (path, options) => callWholeAsync(openCall(path, options));

function openCall(path, options = {}) {
  const directory = toPath(path, 'path');
  const watch = new Watch(options.progress);
  let native;
  try {
    native = newOptions(options, watch);
  } catch (error) {
    watch.end();
    throw error;
  }
  const [database, report] = [output(), output()];
  return {
    run: library.kevo_db_open,
    arguments: [directory, native, database, report],
    watch,
    report: () => takeReport(report),
    result: (_, found) => new Database(database[0], path, found),
    done: () => (library.kevo_db_options_free(native), watch.end()),
  };
}

function takeReport(report) {
  try {
    return readReport(report[0]);
  } finally {
    library.kevo_recovery_report_free(report[0]);
  }
}

export const destroy = (path) => callWhole(destroyCall(path));
export const destroyAsync = async (path) => callWholeAsync(destroyCall(path));
const destroyCall = (path) => ({ run: library.kevo_db_destroy, arguments: [toPath(path, 'path')] });

export const salvage = (path, into, options) => callWhole(salvageCall(path, into, options));
export const salvageAsync = async (path, into, options) => callWholeAsync(salvageCall(path, into, options));

function salvageCall(path, into, options = {}) {
  const [from, to] = [toPath(path, 'path'), toPath(into, 'into')];
  const watch = new Watch(options.progress);
  let native;
  try {
    native = newRecovery({ includeSetAside: true, ...options }, watch);
  } catch (error) {
    watch.end();
    throw error;
  }
  const report = output();
  return {
    run: library.kevo_db_salvage,
    arguments: [from, to, native, report],
    watch,
    report: () => takeReport(report),
    result: (_, found) => found,
    done: () => (library.kevo_recovery_options_free(native), watch.end()),
  };
}

export class Database {
  #resource;
  #exclusive = new Turns();

  constructor(pointer, path, report) {
    this.#resource = new Resource('database', pointer, closeNow);
    this.path = path;
    this.report = report;
  }

  get _resource() {
    return this.#resource;
  }

  get isClosed() {
    return this.#resource.isClosed;
  }

  scan(options = {}) {
    return pairs(this.#iterator(options));
  }

  entries(options = {}) {
    return entries(this.#iterator(options));
  }

  #iterator({ snapshot, ...options }) {
    const moment = toSnapshot(snapshot);
    return scanOf(this.#resource, library.kevo_db_iterator, [moment?.pointer ?? null], options, [moment]);
  }

  [Symbol.iterator]() {
    return this.scan();
  }

  [Symbol.asyncIterator]() {
    return this.scan()[Symbol.asyncIterator]();
  }

  // An exclusive transaction would wait for one of this thread forever.
  transaction(options = {}) {
    if (options.exclusive && this.#exclusive.isTaken) {
      throw busyError('an exclusive transaction is open: end it first, or await transactionAsync');
    }
    const ended = options.exclusive ? this.#exclusive.take() : () => {};
    return endOnFailure(ended, () => this.#resource.call(this.#begin(options, ended)));
  }

  async transactionAsync(options = {}) {
    this.#resource.pointer;
    const ended = options.exclusive ? await this.#exclusive.wait(timeoutOf(options)) : () => {};
    return endOnFailureAsync(ended, () => this.#resource.callAsync(this.#begin(options, ended)));
  }

  #begin(options, ended) {
    const flags = (options.readOnly ? READ_ONLY : 0) | (options.exclusive ? EXCLUSIVE : 0);
    const transaction = output();
    return {
      run: library.kevo_transaction_begin,
      arguments: [flags, timeoutOf(options), transaction],
      result: () => new Transaction(transaction[0], ended),
    };
  }

  transact(change, options = {}) {
    for (;;) {
      const transaction = this.transaction(options);
      try {
        const result = change(transaction);
        if (typeof result?.then === 'function') throw new TypeError('for a function that is async, use transactAsync');
        if (!transaction.isOver) transaction.commit(options);
        return result;
      } catch (error) {
        if (!(error instanceof KevoConflictError)) throw error;
      } finally {
        transaction.close();
      }
    }
  }

  async transactAsync(change, options = {}) {
    for (;;) {
      const transaction = await this.transactionAsync(options);
      try {
        const result = await change(transaction);
        if (!transaction.isOver) await transaction.commitAsync(options);
        return result;
      } catch (error) {
        if (!(error instanceof KevoConflictError)) throw error;
      } finally {
        await transaction.closeAsync();
      }
    }
  }

  get lastSequence() {
    return BigInt(library.kevo_db_last_sequence(this.#resource.pointer));
  }

  stats() {
    const database = this.#resource.pointer;
    const stats = {};
    for (let stat = 0; ; stat++) {
      const name = library.kevo_db_stat_name(stat);
      if (name === null) return stats;
      stats[name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())] = Number(library.kevo_db_stat(database, stat));
    }
  }

  statText() {
    const [text, length] = [Buffer.alloc(LONGEST_STAT_TEXT), output()];
    this.#resource.call({ run: library.kevo_db_stat_text, arguments: [text, text.length, length] });
    return text.toString('latin1', 0, Number(length[0]));
  }

  tables() {
    const list = output();
    this.#resource.call({ run: library.kevo_db_tables, arguments: [list] });
    try {
      const length = Number(library.kevo_table_list_count(list[0]));
      return Array.from({ length }, (_, index) => readListed(list[0], index));
    } finally {
      library.kevo_table_list_free(list[0]);
    }
  }

  feed(options = {}) {
    this.#resource.pointer;
    return openFeed(Buffer.concat([toBytes(this.path, 'path'), Buffer.from('/wal')]), options);
  }

  close() {
    const error = output();
    let code = OK;
    // What is closed stays closed, whatever this throws.
    closing = (pointer) => (code = library.kevo_db_close(pointer, error));
    try {
      this.#resource.close();
    } finally {
      closing = null;
    }
    endClose(code, error);
  }

  closeAsync() {
    return this.#resource.closeAsync(async (pointer) => {
      const error = output();
      endClose(await onThread(library.kevo_db_close, [pointer, error]), error);
    });
  }

  [DISPOSE]() {
    this.close();
  }

  [ASYNC_DISPOSE]() {
    return this.closeAsync();
  }
}

// Set while Database.close runs; null when a garbage collection closes, which can tell nobody of a failure.
let closing = null;

function closeNow(pointer) {
  if (closing !== null) closing(pointer);
  else library.kevo_db_close(pointer, null);
}

function endClose(code, error) {
  try {
    if (code < 0) throw detailedError(code, error[0]);
  } finally {
    library.kevo_error_free(error[0]);
  }
}

function readListed(list, index) {
  const stats = LISTED.map((name, at) => [name, Number(library.kevo_table_list_stat(list, index, at + 1))]);
  const table = { path: library.kevo_table_list_path(list, index), ...Object.fromEntries(stats) };
  return { ...table, foreign: table.foreign !== 0 };
}

// 0 is no limit.
const timeoutOf = ({ timeoutMs = 0 }) => toUint64(timeoutMs, 'timeoutMs');

function endOnFailure(end, begin) {
  try {
    return begin();
  } catch (error) {
    end();
    throw error;
  }
}

async function endOnFailureAsync(end, begin) {
  try {
    return await begin();
  } catch (error) {
    end();
    throw error;
  }
}

// Exclusive transactions wait here, not on a thread, of which there are few: all of them might wait for one that needs
// a thread to commit.
class Turns {
  #waiting = [];
  isTaken = false;

  // Gives the function that gives it back, which may be called more than once.
  take() {
    this.isTaken = true;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.isTaken = false;
      this.#waiting.shift()?.();
    };
  }

  wait(timeoutMs) {
    if (!this.isTaken) return this.take();
    return new Promise((resolve, reject) => {
      const begin = () => (clearTimeout(timer), resolve(this.take()));
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(busyError(`another exclusive transaction was open for ${timeoutMs} ms`));
      };
      const timer = timeoutMs === 0n ? undefined : setTimeout(giveUp, Math.min(Number(timeoutMs), 2 ** 31 - 1));
      this.#waiting.push(begin);
    });
  }
}

const onDatabase = (run, ...parameters) => ({ run, arguments: parameters });

// A call that tells how far it has come, and may give a report.
function watchedCall(run, parameters, options = {}, report = null) {
  const watch = new Watch(options.progress);
  return {
    run,
    arguments: [...parameters, watch.callback, null, ...(report === null ? [] : [report])],
    watch,
    report: () => (report === null ? undefined : takeReport(report)),
    result: (_, found) => found,
    done: () => watch.end(),
  };
}

addCalls(Database, (database) => database._resource, {
  get(key, { snapshot } = {}) {
    const moment = toSnapshot(snapshot);
    const at = moment?.pointer ?? null;
    const parameters = (bytes, pinned, slice) => [at, bytes, bytes.length, pinned, slice];
    return getCall(library.kevo_db_get, key, parameters, { uses: [moment] });
  },
  has(key, { snapshot } = {}) {
    const bytes = toBytes(key, 'key');
    const moment = toSnapshot(snapshot);
    const parameters = [moment?.pointer ?? null, bytes, bytes.length, null, null];
    return { run: library.kevo_db_get, uses: [moment], arguments: parameters, result: isFound };
  },
  multiGet(keys, { snapshot } = {}) {
    const moment = toSnapshot(snapshot);
    // A copy, so that the caller may change them meanwhile; it is kept by `result`.
    const wanted = Array.from(keys, (key) => Buffer.from(toBytes(key, 'key')));
    const slices = new BigUint64Array(2 * wanted.length);
    wanted.forEach((key, index) => slices.set([key.length > 0 ? addressOf(key) : 0n, BigInt(key.length)], 2 * index));
    const [values, codes] = [new BigUint64Array(slices.length), new Int32Array(wanted.length)];
    const pinned = library.kevo_pinned_new();
    const value = (key, index) => {
      if (check(codes[index]) !== OK) return undefined;
      return copyBytes(values[2 * index], Number(values[2 * index + 1]));
    };
    return {
      run: library.kevo_db_multi_get,
      uses: [moment],
      arguments: [moment?.pointer ?? null, slices, wanted.length, pinned, values, codes],
      result: () => wanted.map(value),
      done: () => library.kevo_pinned_free(pinned),
    };
  },
  put(key, value, options) {
    const [keyBytes, valueBytes] = [toBytes(key, 'key'), toBytes(value, 'value')];
    const flags = writeFlags(options);
    return onDatabase(library.kevo_db_put, keyBytes, keyBytes.length, valueBytes, valueBytes.length, flags);
  },
  delete(key, options) {
    const bytes = toBytes(key, 'key');
    return onDatabase(library.kevo_db_delete, bytes, bytes.length, writeFlags(options));
  },
  write(batch, options) {
    const used = toBatch(batch)._resource;
    const sequence = output();
    const parameters = [used.mine, writeFlags(options), sequence];
    return { run: library.kevo_db_write, uses: [used], arguments: parameters, result: () => sequence[0] };
  },
  deleteRange(range = {}, options = {}) {
    const count = output();
    const flags = writeFlags(options) | (options.inPieces ? IN_PIECES : 0);
    const parameters = [...toRange(range.start, range.end), flags, count];
    return { run: library.kevo_db_delete_range, arguments: parameters, result: () => Number(count[0]) };
  },
  approximateSize(range = {}) {
    const bytes = output();
    const parameters = [...toRange(range.start, range.end), bytes];
    return { run: library.kevo_db_approximate_size, arguments: parameters, result: () => Number(bytes[0]) };
  },
  snapshot() {
    const snapshot = output();
    return { run: library.kevo_db_snapshot, arguments: [snapshot], result: () => new Snapshot(snapshot[0]) };
  },
  sync: () => onDatabase(library.kevo_db_sync),
  resume: () => onDatabase(library.kevo_db_resume),
  flush: () => onDatabase(library.kevo_db_flush),
  catchUp: () => onDatabase(library.kevo_db_catch_up),
  checkStatus: () => onDatabase(library.kevo_db_status),
  pauseBackground: () => onDatabase(library.kevo_db_pause_background),
  continueBackground: () => onDatabase(library.kevo_db_continue_background),
  compact(options = {}) {
    // No end at all is for the library (NULL, 0) on both sides.
    const range = toRange(options.start, options.end);
    return watchedCall(library.kevo_db_compact, range, options);
  },
  checkpoint: (path, options) => watchedCall(library.kevo_db_checkpoint, [toPath(path, 'path')], options),
  verify: (options) => watchedCall(library.kevo_db_verify, [], options, output()),
});
