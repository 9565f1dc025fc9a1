// Run by large.test.js. Reads an entry for which there is no memory: the address space is limited before.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as kevo from '../index.js';
import { assertNoHandles } from './live-handles.js';

const LENGTH = 2 ** 29;
const key = 'key2\n"';
const failure = {
  name: 'KevoError',
  code: 'KEVO_E_NO_MEMORY',
  message: /^the value of the entry with the key "key2\\x0a"" and the sequence number 5 has 536870912 bytes/,
};

const list = kevo.recover(process.argv[2]);
// Kept, so that no garbage collection makes room.
const value = new Uint8Array(LENGTH);
list.put(key, value, 5);
const used = Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
execFileSync('prlimit', ['--pid', process.pid, `--as=${(used + LENGTH / 2048) * 1024}`]);

assert.throws(() => list.get(key), failure);
assert(list.has(key));
const scan = list.scan();
assert.equal(String(scan.next().value), 'key2,value2');
assert.throws(() => scan.next(), failure);
assert.equal(String(scan.next().value), 'key3,value3');
assert(scan.next().done);
const left = list.scan({ start: key });
assert.throws(() => left.next(), failure);
left.close();
assert(left.next().done);
list.close();
assertNoHandles();
