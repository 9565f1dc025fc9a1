import koffi from 'koffi';
import { oneOf, positive, toPath, toUint64 } from './arguments.js';
import { check, detailedError } from './errors.js';
import { OK, Progress, UINT64_MAX, library, output } from './library.js';
import { MemtableList } from './memtables.js';
import { readReport } from './report.js';

// In the order of kevo.h.
export const MODES = ['tolerate-torn-tail', 'absolute', 'point-in-time', 'skip-corrupted'];
const ORDERS = ['log', 'sequence'];

export function recover(path, options = {}) {
  const directory = toPath(path, 'path');
  const watch = { progress: options.progress, thrown: [] };
  const callback = watch.progress ? koffi.register((_, done, total) => call(watch, done, total), Progress) : null;
  const native = library.kevo_recovery_options_new();
  try {
    setOptions(native, options);
    check(library.kevo_recovery_options_set_progress(native, callback, null));
    return recoverWith(directory, native, watch);
  } finally {
    library.kevo_recovery_options_free(native);
    if (callback) koffi.unregister(callback);
  }
}

function setOptions(native, options) {
  const {
    mode = MODES[0],
    order = ORDERS[0],
    maxSequence = UINT64_MAX,
    maxMemtables = 4,
    memtableSize = 32 * 1024 * 1024,
    includeSetAside = false,
    threads = 0,
  } = options;
  check(library.kevo_recovery_options_set_mode(native, oneOf(MODES, mode, 'mode')));
  check(library.kevo_recovery_options_set_order(native, oneOf(ORDERS, order, 'order')));
  check(library.kevo_recovery_options_set_max_sequence(native, toUint64(maxSequence, 'maxSequence')));
  check(library.kevo_recovery_options_set_max_memtables(native, positive(maxMemtables, 'maxMemtables')));
  check(library.kevo_recovery_options_set_memtable_size(native, positive(memtableSize, 'memtableSize')));
  check(library.kevo_recovery_options_set_include_set_aside(native, includeSetAside ? 1 : 0));
  check(library.kevo_recovery_options_set_threads(native, toUint64(threads, 'threads')));
}

// An exception must not go through the library.
function call(watch, bytesDone, bytesTotal) {
  try {
    watch.progress(Number(bytesDone), Number(bytesTotal));
    return 0;
  } catch (thrown) {
    watch.thrown.push(thrown);
    return 1;
  }
}

function recoverWith(directory, native, watch) {
  const [list, report, error] = [output(), output(), output()];
  const code = library.kevo_recover(directory, native, list, report, error);
  try {
    if (watch.thrown.length > 0) throw watch.thrown[0];
    const found = readReport(report[0]);
    if (code !== OK) throw detailedError(code, error[0], found);
    return new MemtableList(list[0], found);
  } finally {
    library.kevo_recovery_report_free(report[0]);
    library.kevo_error_free(error[0]);
  }
}
