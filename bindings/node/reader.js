// Lookups and scans, which a database, a snapshot, a transaction and a table have in common.

import { toBytes } from './arguments.js';
import { copyValue } from './foreign-entry.js';
import { OK, library, output } from './library.js';
import { Entries, toEntry, toPair, withScan } from './scan.js';

// A call that looks a key up and gives its value. `parameters` makes the arguments of the function of a key, a pin and
// a slice; the pin is null where the function takes none.
export function getCall(run, key, parameters, { uses, pins = true } = {}) {
  const bytes = toBytes(key, 'key');
  const slice = new BigUint64Array(2);
  const pinned = pins ? library.kevo_pinned_new() : null;
  return {
    run,
    uses,
    arguments: parameters(bytes, pinned, slice),
    result: (code) => (code === OK ? copyValue(bytes, 0n, slice[0], slice[1]) : undefined),
    done: () => pinned && library.kevo_pinned_free(pinned),
  };
}

export const isFound = (code) => code === OK;

// A scan of a resource; `run` takes the arguments before the scan, the scan, a place for the iterator and one for the
// error.
export function scanOf(resource, run, before, options, uses) {
  return withScan(options, (scan) => {
    const iterator = output();
    const call = { run, uses, arguments: [...before, scan, iterator], result: () => iterator[0] };
    return resource.call(call);
  });
}

export function pairs(pointer) {
  return new Entries(pointer, toPair);
}

export function entries(pointer) {
  return new Entries(pointer, toEntry);
}
