// What recovery found.

import { library, output, readString } from './library.js';

// In the order of kevo.h's KEVO_STAT_FILES and so on, from 1.
const STATS = [
  'files',
  'bytes',
  'entriesApplied',
  'entriesAboveMaxSequence',
  'mergesIgnored',
  'batchesDropped',
  'bytesDamaged',
  'setAsideDirectories',
  'filesLeftOut',
];
const KINDS = [undefined, 'torn-tail', 'corruption', 'missing', 'doubt', 'rebuilt'];

export function readReport(pointer) {
  const stats = STATS.map((name, index) => [name, Number(library.kevo_recovery_report_stat(pointer, index + 1))]);
  const length = Number(library.kevo_recovery_report_damage_count(pointer));
  return { ...Object.fromEntries(stats), damage: Array.from({ length }, (_, index) => readDamage(pointer, index)) };
}

function readDamage(pointer, index) {
  const [path, offset, length, what] = [output(), output(), output(), output()];
  const kind = new Int32Array(1);
  library.kevo_recovery_report_damage(pointer, index, path, offset, length, kind, what);
  return {
    path: readString(path[0]),
    offset: Number(offset[0]),
    length: Number(length[0]),
    kind: KINDS[kind[0]],
    what: readString(what[0]),
  };
}
