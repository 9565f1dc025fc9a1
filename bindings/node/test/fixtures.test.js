// Every log in tests/fixtures gives what its case.json says.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { KevoError, recover } from '../index.js';
import { assertNoHandles } from './live-handles.js';

const FIXTURES = fileURLToPath(new URL('../../../tests/fixtures/', import.meta.url));
const NAMES = readdirSync(FIXTURES);

afterEach(assertNoHandles);

test('there are fixtures', () => assert(NAMES.length > 0));

for (const name of NAMES) {
  test(`${name} gives what it says`, () => {
    for (const { options, ...expected } of parse(readFileSync(join(FIXTURES, name, 'case.json'), 'utf8')).runs) {
      assert.deepEqual(outcome(join(FIXTURES, name, 'wal'), options), expected, JSON.stringify(options));
    }
  });
}

// All numbers become strings: those of JavaScript do not go up to 2^64 - 1.
function parse(json) {
  return JSON.parse(json.replace(/"(?:[^"\\]|\\.)*"|\d+/g, (token) => (token[0] === '"' ? token : `"${token}"`)));
}

function outcome(wal, options) {
  try {
    const list = recover(wal, {
      mode: options.mode,
      order: options.order,
      maxSequence: BigInt(options.max_sequence),
      maxMemtables: BigInt(options.max_memtables),
      memtableSize: BigInt(options.memtable_size),
    });
    try {
      return {
        ok: true,
        error: null,
        damage: list.report.damage.map((damage) => describeDamage(wal, damage)),
        max_sequence: String(list.maxSequence),
        memtables: list.memtables.map(describeMemtable),
      };
    } finally {
      list.close();
    }
  } catch (error) {
    const name = { KEVO_E_CORRUPT: 'corrupt', KEVO_E_TOO_MANY_MEMTABLES: 'limit' }[error.code];
    if (!(error instanceof KevoError) || !name) throw error;
    return { ok: false, error: name, damage: error.report.damage.map((damage) => describeDamage(wal, damage)) };
  }
}

function describeDamage(wal, { path, offset, length, kind }) {
  return { file: relative(wal, path), offset: String(offset), length: String(length), kind };
}

function describeMemtable(memtable) {
  try {
    return {
      immutable: memtable.isImmutable,
      approximate_size: String(memtable.approximateSize),
      entries: [...memtable.entries({ versions: true, tombstones: true })].map(describeEntry),
    };
  } finally {
    memtable.close();
  }
}

function describeEntry({ key, value, sequence }) {
  return [describe(key), String(sequence), value === null ? 'delete' : 'put', value && describe(value)];
}

// Hexadecimal, or length and checksum of what is long.
function describe(bytes) {
  if (bytes.length <= 64) return bytes.toString('hex');
  return `len:${bytes.length} crc32:${crc32(bytes).toString(16).padStart(8, '0')}`;
}

// Node.js has one of its own from 20.15 and 22.2 on.
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
