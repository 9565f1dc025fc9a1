import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as kevo from '../index.js';
import { assertNoHandles, collect, countsHandles, someHandles } from './live-handles.js';

const { ENOTEMPTY } = constants.errno;

const wal = (fixture) => fileURLToPath(new URL(`../../../tests/fixtures/${fixture}/wal`, import.meta.url));

// Recovers a fixture, and closes it when the test is over.
function recover(fixture, options) {
  const list = kevo.recover(wal(fixture), options);
  opened.push(list);
  return list;
}

const opened = [];

// A directory that is removed when its tests are over.
function temporaryDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'kevo-'));
  after(() => rmSync(directory, { recursive: true }));
  return directory;
}

afterEach(() => {
  for (const list of opened.splice(0)) list.close();
  assertNoHandles();
});

const text = ([key, value]) => `${key}=${value}`;

describe('lookups', () => {
  test('a key is found, deleted or never seen', () => {
    const list = recover('basic');
    assert.equal(String(list.get('key2')), 'value2');
    assert.equal(String(list.get(Buffer.from('key2'))), 'value2');
    assert.equal(list.get('key1'), undefined);
    assert.equal(list.get('key9'), undefined);
    assert.deepEqual(['key2', 'key1', 'key9'].map((key) => list.has(key)), [true, false, false]);
    assert.deepEqual(list.lookup('key2'), { key: Buffer.from('key2'), value: Buffer.from('value2'), sequence: 2n });
    assert.deepEqual(list.lookup('key1'), { key: Buffer.from('key1'), value: null, sequence: 3n });
    assert.equal(list.lookup('key9'), undefined);
  });

  test('a bound shows the past', () => {
    const list = recover('basic');
    assert.equal(String(list.get('key1', { maxSequence: 2 })), 'value1');
    assert.equal(list.lookup('key1', { maxSequence: 0n }), undefined);
  });

  test('empty keys and values are not absent ones', () => {
    const list = recover('basic');
    list.put('', '', 5);
    assert.deepEqual(list.lookup(''), { key: Buffer.alloc(0), value: Buffer.alloc(0), sequence: 5n });
    assert.deepEqual([...list][0], [Buffer.alloc(0), Buffer.alloc(0)]);
    list.put('nul\0s', '\0\0', 6);
    assert.equal(String(list.get('nul\0s')), '\0\0');
    assert(!list.has('nul'));
  });
});

describe('scans', () => {
  test('keep to their range', () => {
    const list = recover('multi-file');
    const scan = (options) => [...list.scan(options)].map(text);
    assert.deepEqual(scan({ start: 'k05', end: 'k08' }), ['k05=f3-5', 'k06=f3-6', 'k07=f3-7']);
    assert.deepEqual(scan({ start: 'k08', end: 'k05' }), []);
    assert.deepEqual(scan({ end: '' }), []);
    assert.deepEqual(scan({ prefix: 'k1', end: Buffer.from('k12') }), ['k10=f3-10', 'k11=f3-11']);
    assert.deepEqual(scan({ prefix: 'x' }), []);
  });

  test('give versions newest first', () => {
    const entries = recover('multi-file').entries({ prefix: 'k00', versions: true, tombstones: true });
    assert.deepEqual(
      [...entries].map(({ value, sequence }) => `${sequence} ${value}`),
      ['76 f3-0', '70 null', '51 f2-0', '26 f1-0', '1 f0-0'],
    );
  });

  test('give tombstones no value', () => {
    const list = recover('multi-file');
    assert.deepEqual([...list.scan({ prefix: 'k00', maxSequence: 70 })], []);
    const tombstones = list.scan({ prefix: 'k00', maxSequence: 70, tombstones: true });
    assert.deepEqual([...tombstones], [[Buffer.from('k00'), null]]);
  });

  test('go on after a buffer, and give entries that fit in none', () => {
    const list = recover('empty-dir');
    const expected = Array.from({ length: 20_000 }, (_, i) => {
      const value = String.fromCharCode(i % 128).repeat(i === 100 ? 3_000_000 : 97);
      return [String(i).padStart(5, '0'), value];
    });
    expected.forEach(([key, value], i) => list.put(key, value, i));
    assert.deepEqual([...list].map(text), expected.map(text));
  });

  test('see the moment they were made at', () => {
    const list = recover('multi-file');
    const scan = list.scan({ prefix: 'k00' });
    list.put('k00', 'later', 1000);
    assert.deepEqual([...scan].map(text), ['k00=f3-0']);
  });

  test('outlive their list', () => {
    const list = recover('multi-file');
    const scan = list.scan({ prefix: 'k01' });
    list.close();
    assert.deepEqual([...scan].map(text), ['k01=f3-1']);
  });

  test('of one memtable see it alone', () => {
    const list = recover('rotation', { memtableSize: 200, maxMemtables: 1000 });
    const memtables = list.memtables;
    assert(memtables.length > 1);
    const counted = memtables.map((memtable) => [...memtable.scan({ versions: true, tombstones: true })].length);
    assert.deepEqual(counted, memtables.map((memtable) => memtable.entryCount));
    assert.equal(counted.reduce((a, b) => a + b), list.report.entriesApplied);
    for (const memtable of memtables) memtable.close();
  });
});

describe('writes', () => {
  test('the newest wins', () => {
    const list = recover('basic');
    list.put('key1', 'again', kevo.LATEST);
    assert.equal(String(list.get('key1')), 'again');
    assert.equal(list.maxSequence, kevo.LATEST);
    list.delete('key1', 6);
    assert(!list.has('key1'));
  });

  test('an immutable memtable takes none', () => {
    const list = recover('basic');
    const [memtable] = list.memtables;
    opened.push(memtable);
    memtable.put('key1', 'again', 5);
    memtable.delete('key2', 6n);
    assert.equal(String(memtable.get('key1')), 'again');
    assert.equal(memtable.nextSequence, 7n);
    assert(memtable.ageSeconds >= 0);
    memtable.setImmutable();
    assert(memtable.isImmutable);
    assert.throws(() => memtable.put('key1', '', 7), { name: 'KevoError', code: 'KEVO_E_IMMUTABLE' });
    assert.throws(() => memtable.delete('key1', 7), { code: 'KEVO_E_IMMUTABLE' });
    list.put('key4', 'value4', 7);
    const { memtables } = list;
    opened.push(...memtables);
    assert.equal(memtables.length, 2);
  });

  test('sequence numbers that do not fit are refused', () => {
    const list = recover('basic');
    for (const sequence of [-1, 1.5, 2 ** 53, -1n, 2n ** 64n]) {
      assert.throws(() => list.put('key1', '', sequence), RangeError);
      assert.throws(() => list.get('key1', { maxSequence: sequence }), RangeError);
    }
    assert.throws(() => list.put('key1', ''), TypeError);
    assert.throws(() => list.put('key1', 5, 5), TypeError);
    assert.throws(() => list.get(5), TypeError);
    assert.equal(list.maxSequence, 4n);
  });
});

describe('exports', () => {
  function recoverExported(outDir) {
    const list = kevo.recover(outDir, { mode: 'absolute' });
    opened.push(list);
    return list;
  }

  test('give the same answers', () => {
    const outDir = join(temporaryDirectory(), 'wal');
    const list = recover('basic');
    list.put('key4', 'value4', 5);
    assert.deepEqual(list.export(outDir), { entries: 5, memtableSize: 124 });
    const exported = recoverExported(outDir);
    for (const query of [{}, { versions: true, tombstones: true }, { maxSequence: 2 }]) {
      assert.deepEqual([...exported.entries(query)], [...list.entries(query)]);
    }
  });

  test('can be of the newest alone', () => {
    const outDir = Buffer.concat([Buffer.from(`${temporaryDirectory()}/`), Buffer.from([0xff])]);
    const list = recover('basic');
    assert.deepEqual(list.export(outDir, { newestOnly: true }), { entries: 3, memtableSize: 72 });
    const versions = recoverExported(outDir).scan({ versions: true, tombstones: true });
    assert.deepEqual([...versions], [...list.scan({ tombstones: true })]);
  });

  test('leave a directory alone that is not empty', () => {
    const outDir = temporaryDirectory();
    writeFileSync(join(outDir, 'file'), '');
    const expected = { code: 'KEVO_E_IO', path: outDir, errno: ENOTEMPTY, offset: undefined, report: undefined };
    assert.throws(() => recover('basic').export(outDir), { ...expected, message: /new or empty/ });
    assert.deepEqual(readdirSync(outDir), ['file']);
  });

  test('want a path', () => {
    const list = recover('basic');
    for (const outDir of [undefined, 'a\0b']) assert.throws(() => list.export(outDir), /^TypeError: outDir /);
  });
});

describe('recovery', () => {
  test('counts', () => {
    const { report } = recover('engine-set-aside');
    assert.deepEqual([report.setAsideDirectories, report.files], [1, 1]);
    const all = recover('engine-set-aside', { includeSetAside: true, threads: 1 });
    assert.equal(all.report.files, 2);
    assert(all.has('k00050'));
    assert.equal(all.report.damage.length, 1);
    assert.equal(all.report.damage[0].kind, 'torn-tail');
    assert.equal(all.report.damage[0].length, all.report.bytesDamaged);
    assert(recover('max-seq', { maxSequence: 2 }).report.entriesAboveMaxSequence > 0);
    assert.equal(recover('dmg-torn-first-of-two', { mode: 'point-in-time' }).report.filesLeftOut, 1);
  });

  test('tells progress', () => {
    const calls = [];
    recover('multi-file', { progress: (done, total) => calls.push([done, total]) });
    assert.deepEqual(calls.at(-1), [2988, 2988]);
    assert.deepEqual(calls, calls.toSorted(([a], [b]) => a - b));
  });

  test('throws what progress throws', () => {
    const enough = new Error('enough');
    const progress = () => {
      throw enough;
    };
    assert.throws(() => recover('multi-file', { progress }), enough);
  });

  // There is room for 8192 callbacks at once.
  test('forgets progress', () => {
    for (let i = 0; i < 10_000; i++) kevo.recover(wal('empty-dir'), { progress() {} }).close();
  });
});

describe('errors', () => {
  test('say where the damage is', () => {
    const path = join(wal('dmg-flip-payload-mid'), '01750000000000000001.wal');
    assert.throws(
      () => recover('dmg-flip-payload-mid'),
      (error) => {
        assert(error instanceof kevo.KevoError);
        assert.equal(error.code, 'KEVO_E_CORRUPT');
        assert.match(error.message, /SKIP_CORRUPTED/);
        assert.deepEqual([error.path, error.offset, error.errno], [path, 19200, undefined]);
        const [{ what, ...damage }, ...more] = error.report.damage;
        assert.deepEqual(damage, { path, offset: 19200, length: 640, kind: 'corruption' });
        assert.notEqual(what, '');
        assert.deepEqual(more, []);
        assert.equal(error.report.entriesApplied, 30);
        return true;
      },
    );
  });

  test('of the system have its number', () => {
    const expected = { code: 'KEVO_E_IO', path: '/missing', errno: 2, offset: undefined };
    assert.throws(() => kevo.recover('/missing'), expected);
  });

  test('tell too many memtables', () => {
    const expected = { code: 'KEVO_E_TOO_MANY_MEMTABLES' };
    assert.throws(() => recover('rotation', { memtableSize: 200, maxMemtables: 1 }), expected);
  });

  test('name the option that is out of range', () => {
    for (const [option, value] of [
      ['mode', 'none'],
      ['order', 2],
      ['maxSequence', 2n ** 64n],
      ['maxMemtables', 0],
      ['memtableSize', -1],
      ['threads', 1.5],
    ]) {
      assert.throws(() => recover('basic', { [option]: value }), new RegExp(`^RangeError: ${option} `));
    }
    assert.throws(() => kevo.recover('a\0b'), TypeError);
    assert.throws(() => kevo.recover(undefined), TypeError);
  });

  test('are there for a path that is not UTF-8', () => {
    const directory = temporaryDirectory();
    const path = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff])]);
    mkdirSync(path);
    kevo.recover(path).close();
    writeFileSync(Buffer.concat([path, Buffer.from('/1.wal')]), 'This is a text, and no log.\n'.repeat(10));
    assert.throws(() => kevo.recover(path), { code: 'KEVO_E_CORRUPT', path: `${directory}/\uFFFD/1.wal` });
  });
});

describe('lifetimes', () => {
  test('what is closed says so', () => {
    const list = recover('basic');
    const [memtable] = list.memtables;
    list.close();
    list.close();
    for (const use of [
      () => list.get('key2'),
      () => list.scan(),
      () => list.maxSequence,
      () => list.memtables,
      () => list.export('/missing/wal'),
    ]) {
      assert.throws(use, /closed/);
    }
    assert.equal(String(memtable.get('key2')), 'value2');
    memtable[Symbol.dispose]();
    assert.throws(() => memtable.isImmutable, /closed/);
  });

  test('closing frees at once', countsHandles, () => {
    const list = recover('basic');
    const scan = list.scan();
    scan.next();
    assert(someHandles());
    scan.close();
    assert.deepEqual(scan.next(), { done: true, value: undefined });
    list[Symbol.dispose]();
    assertNoHandles();
  });

  test('a scan that is left early is freed', countsHandles, () => {
    const list = recover('basic');
    for (const [key] of list.scan()) {
      assert.equal(String(key), 'key2');
      break;
    }
    list.close();
    assertNoHandles();
  });

  test('what is not closed is freed when it is forgotten', countsHandles, async () => {
    (() => kevo.recover(wal('basic')).memtables[0].scan().next())();
    assert(someHandles());
    await collect();
    assertNoHandles();
  });
});
