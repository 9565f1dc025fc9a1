// Measures scans of a log. usage: node bench-scan.js WAL_DIR (bindings/tests/write_log.py writes one of 1 M entries)

import { recover } from './index.js';

const list = recover(process.argv[2], { maxMemtables: 2 ** 32 });
for (const what of ['scan', 'scan', 'entries', 'entries']) {
  const started = performance.now();
  let count = 0;
  for (const _ of list[what]()) count++;
  console.log(`${what}: ${count} entries, ${((performance.now() - started) / 1000).toFixed(2)} s`);
}
list.close();
