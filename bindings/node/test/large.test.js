// Values that are longer than 2 GiB, or than there is memory for.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as kevo from '../index.js';
import { assertNoHandles } from './live-handles.js';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const wal = path('../../../tests/fixtures/basic/wal');

const LENGTH = 2 ** 31 + 1;
// The library's copy and the one that comes back; what is put is zeros, which take no memory.
const NEEDED_GIB = 5;

const availableGib = Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) / 2 ** 20;
const needed = availableGib < NEEDED_GIB ? { skip: `less than ${NEEDED_GIB} GiB of memory are free` } : {};

afterEach(assertNoHandles);

test('an entry for which there is no memory is an error, and the scan goes on', () => {
  execFileSync(process.execPath, [path('too-large.js'), wal], { stdio: 'pipe' });
});

test('a value of more than 2 GiB comes back whole', needed, () => {
  const list = kevo.recover(wal);
  list.put('key2', new Uint8Array(LENGTH), 5);
  const scan = list.scan();
  const [key, value] = scan.next().value;
  assert.equal(String(key), 'key2');
  assert.equal(value.length, LENGTH);
  for (let at = 0; at < LENGTH; at += 2 ** 20) assert.equal(value[at], 0);
  assert.equal(value[LENGTH - 1], 0);
  assert.equal(String(scan.next().value), 'key3,value3');
  scan.close();
  list.close();
});
