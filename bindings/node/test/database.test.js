import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import * as kevo from '../index.js';
import { assertNoHandles, collect, countsHandles, someHandles } from './live-handles.js';

const root = mkdtempSync(join(tmpdir(), 'kevo-'));
after(() => rmSync(root, { recursive: true }));

let made = 0;
const newPath = () => join(root, `database-${made++}`);
const opened = [];

function open(options, path = newPath()) {
  const database = kevo.open(path, options);
  opened.push(database);
  return database;
}

afterEach(async () => {
  for (const database of opened.splice(0)) await database.closeAsync();
  assertNoHandles();
});

const texts = (scan) => Array.from(scan, ([key, value]) => `${key}=${value}`);
const code = (name) => ({ code: name });
const closed = code('KEVO_E_CLOSED');
const busy = code('KEVO_E_BUSY');

describe('writes and reads', () => {
  test('what was put is there, after a new open, too', () => {
    const database = open();
    database.put('key', 'value');
    database.put(Buffer.from([0, 255]), new Uint8Array([1, 0, 2]), { sync: false });
    database.put('', '');
    database.delete('key');
    assert.equal(database.get('key'), undefined);
    assert(!database.has('key') && database.has(''));
    database.close();
    const again = open({ errorIfExists: false }, database.path);
    assert.deepEqual(again.get(Buffer.from([0, 255])), Buffer.from([1, 0, 2]));
    assert.deepEqual(again.get(''), Buffer.alloc(0));
    assert.equal(again.lastSequence, 4n);
  });

  test('a batch counts from its last operation', () => {
    const database = open();
    const batch = new kevo.Batch().put('a', '1').put('b', '2').delete('a');
    const other = new kevo.Batch().put('c', '3');
    batch.append(other);
    assert.equal(batch.count, 4);
    assert(batch.size > 0);
    assert.equal(database.write(batch), 4n);
    assert.deepEqual(texts(database), ['b=2', 'c=3']);
    assert.equal(batch.clear().count, 0);
    batch.close();
    other.close();
    assert.throws(() => batch.put('a', ''), closed);
    assert.throws(() => database.write(batch), closed);
    assert.throws(() => database.write({}), TypeError);
  });

  test('a range without an end goes to the last key, one with an empty end has no key', () => {
    const database = open();
    for (const key of ['a', 'b', 'c', 'd']) database.put(key, key);
    assert.equal(database.deleteRange({ start: 'a', end: '' }), 0);
    assert.equal(database.deleteRange({ start: 'b', end: 'c' }), 1);
    assert.equal(database.deleteRange({ start: 'd' }, { inPieces: true, sync: true }), 1);
    assert.deepEqual(texts(database.scan({ start: 'a', end: '' })), []);
    assert.deepEqual(texts(database), ['a=a', 'c=c']);
    assert(database.approximateSize() >= 0);
  });

  test('several keys come at once', async () => {
    const database = open();
    database.put('a', '1');
    database.put('', 'empty');
    const expected = [Buffer.from('1'), undefined, Buffer.from('empty')];
    assert.deepEqual(database.multiGet(['a', 'x', '']), expected);
    assert.deepEqual(await database.multiGetAsync(new Set(['a', 'x', ''])), expected);
    assert.deepEqual(database.multiGet([]), []);
  });

  test('a scan is synchronous or not, and ends when it is left', async () => {
    const database = open();
    for (let i = 0; i < 3000; i++) database.put(String(i).padStart(4, '0'), 'x'.repeat(300), { sync: false });
    database.put('9999', Buffer.alloc(300_000, 1));
    const keys = [];
    for await (const { key, sequence } of database.entries()) keys.push(`${key} ${sequence}`);
    assert.equal(keys.length, 3001);
    assert.equal(keys[2999], '2999 3000');
    assert.deepEqual([...database.entries()].map(({ key, sequence }) => `${key} ${sequence}`), keys);
    for await (const [key] of database) if (String(key) === '0100') break;
    const scan = database.scan();
    const both = await Promise.all([scan.nextAsync(), scan.nextAsync()]);
    assert.deepEqual(both.map(({ value: [key] }) => String(key)), ['0000', '0001']);
    const running = database.scan();
    const next = running.nextAsync();
    await Promise.resolve();
    assert.throws(() => running.next(), busy);
    await running.closeAsync();
    await next;
    assert.equal(running.next().done, true);
    database.close();
    assert.equal(String(scan.next().value[0]), '0002');
    scan.close();
  });

  test('a snapshot stays as it is', async () => {
    const database = open();
    database.put('key', 'old');
    const snapshot = database.snapshot();
    database.put('key', 'new');
    assert.equal(snapshot.sequence, 1n);
    assert.equal(String(snapshot.get('key')), 'old');
    assert.equal(String(await snapshot.getAsync('key')), 'old');
    assert.equal(String(database.get('key', { snapshot })), 'old');
    assert.equal(String(database.multiGet(['key'], { snapshot })[0]), 'old');
    assert.deepEqual(texts(database.scan({ snapshot })), ['key=old']);
    database.close();
    assert(snapshot.has('key'));
    assert.deepEqual(texts(snapshot), ['key=old']);
    snapshot.close();
    snapshot.close();
    assert.throws(() => snapshot.get('key'), closed);
    assert.throws(() => database.get('key', { snapshot }), closed);
  });
});

describe('transactions', () => {
  test('see their own writes, and conflict', () => {
    const database = open();
    database.put('a', '1');
    const transaction = database.transaction();
    assert.equal(String(transaction.get('a')), '1');
    transaction.put('b', '2');
    transaction.savepoint();
    assert.equal(transaction.deleteRange(), 2);
    assert.equal(transaction.rollbackToSavepoint(), true);
    assert.equal(transaction.rollbackToSavepoint(), false);
    assert(transaction.has('b'));
    assert.deepEqual(texts(transaction.scan()), ['a=1', 'b=2']);
    database.put('a', 'changed');
    assert.throws(
      () => transaction.commit(),
      (error) => error instanceof kevo.KevoConflictError && error.code === 'KEVO_E_CONFLICT',
    );
    assert(transaction.isOver);
    assert.throws(() => transaction.put('c', ''), code('KEVO_E_INVALID_ARGUMENT'));
    transaction.close();
    assert.throws(() => transaction.put('c', ''), closed);
    assert(!database.has('b'));
  });

  test('transact runs again on a conflict, and rolls back on an exception', async () => {
    const database = open();
    let runs = 0;
    const result = database.transact((transaction) => {
      transaction.get('key');
      if (runs++ === 0) database.put('key', '1');
      transaction.put('key', '2');
      return 'done';
    });
    assert.deepEqual([result, runs, String(database.get('key'))], ['done', 2, '2']);
    const thrown = new Error('mine');
    assert.throws(() => database.transact((transaction) => (transaction.put('key', '3'), fail(thrown))), thrown);
    await assert.rejects(database.transactAsync(async () => fail(thrown)), thrown);
    assert.throws(() => database.transact(async () => {}), TypeError);
    assert.equal(String(database.get('key')), '2');
  });

  test('as many as there are queue for exclusive ones without taking all threads', async () => {
    const database = open();
    database.put('count', '0');
    const add = async (transaction) => {
      const count = Number(await transaction.getAsync('count'));
      await transaction.putAsync('count', String(count + 1));
    };
    await Promise.all(Array.from({ length: 20 }, () => database.transactAsync(add, { exclusive: true })));
    assert.equal(String(database.get('count')), '20');
    const transaction = database.transaction({ exclusive: true });
    assert.throws(() => database.transaction({ exclusive: true }), busy);
    await assert.rejects(database.transactionAsync({ exclusive: true, timeoutMs: 5 }), busy);
    transaction.rollback();
    transaction.close();
    database.transaction({ exclusive: true }).close();
  });

  test('what is read-only or too old says so', async () => {
    const database = open();
    const reading = database.transaction({ readOnly: true });
    assert.throws(() => reading.put('a', ''), code('KEVO_E_READ_ONLY'));
    reading.close();
    const old = await database.transactionAsync({ timeoutMs: 1 });
    await setTimeout(20);
    assert.throws(() => old.put('a', ''), code('KEVO_E_EXPIRED'));
    old.close();
  });
});

const fail = (error) => {
  throw error;
};

describe('asynchronous calls', () => {
  test('any number may run, and what they were given may change meanwhile', async () => {
    const database = open({ sync: 'none' });
    const key = Buffer.alloc(4);
    const puts = [];
    for (let i = 0; i < 2000; i++) {
      key.writeUInt32BE(i);
      puts.push(database.putAsync(key, key));
    }
    key.fill(255);
    await Promise.all(puts);
    for (let i = 0; i < 2000; i++) {
      key.writeUInt32BE(i);
      assert.deepEqual(database.get(key), key);
    }
    const gets = Array.from({ length: 1000 }, () => database.getAsync(key));
    assert((await Promise.all(gets)).every((value) => value.equals(key)));
  });

  test('close refuses while they run, closeAsync waits for them', async () => {
    const database = open();
    const put = database.putAsync('key', 'value');
    assert.throws(() => database.close(), busy);
    assert(database.has('key') || !database.has('key'));
    const closing = database.closeAsync();
    assert.throws(() => database.get('key'), closed);
    await assert.rejects(database.getAsync('key'), closed);
    await Promise.all([put, closing]);
    await database.closeAsync();
    database.close();
    assert.equal(String(open({}, database.path).get('key')), 'value');
  });

  test('a transaction and a batch belong to one call at a time', async () => {
    const database = open();
    const transaction = database.transaction();
    const put = transaction.putAsync('a', '1');
    assert.throws(() => transaction.put('a', '2'), busy);
    assert.throws(() => transaction.commit(), busy);
    await assert.rejects(transaction.getAsync('a'), busy);
    await put;
    assert.equal(await transaction.commitAsync(), 1n);
    transaction.close();
    const batch = new kevo.Batch().put('b', '2');
    const write = database.writeAsync(batch);
    assert.throws(() => batch.put('c', '3'), busy);
    assert.equal(await write, 2n);
    batch.close();
  });

  test('every function has a twin', async () => {
    const database = await kevo.openAsync(newPath());
    opened.push(database);
    await database.deleteAsync('a');
    await database.syncAsync();
    await database.resumeAsync();
    await database.flushAsync();
    await database.checkStatusAsync();
    await database.pauseBackgroundAsync();
    await database.continueBackgroundAsync();
    assert.equal(await database.hasAsync('a'), false);
    assert.equal(await database.deleteRangeAsync({ start: 'a' }), 0);
    (await database.snapshotAsync()).close();
    await assert.rejects(kevo.openAsync(database.path), kevo.KevoLockedError);
    await assert.rejects(kevo.openAsync(join(root, 'none', 'here')), code('KEVO_E_IO'));
  });
});

describe('maintenance', () => {
  test('flush, compact, checkpoint and verify', async () => {
    const database = open();
    for (const key of ['a', 'b']) {
      database.put(key, '1');
      await database.flushAsync();
    }
    assert.equal(database.tables().length, 2);
    const seen = [];
    database.compact({ progress: (done, total) => seen.push([done, total]) });
    assert(seen.length > 0);
    const [table] = database.tables();
    assert.deepEqual([table.entries, table.foreign, table.tombstones], [2, false, 0]);
    assert(database.stats().flushes >= 2);
    assert(database.statText().includes(`\nkevo_flushes_total ${database.stats().flushes}\n`));
    const copy = newPath();
    await database.checkpointAsync(copy, { progress: () => {} });
    assert.deepEqual(texts(open({ readOnly: true }, copy)), ['a=1', 'b=1']);
    assert.deepEqual(database.verify().damage, []);
    assert.deepEqual((await database.verifyAsync({ progress: () => {} })).damage, []);
    const thrown = new Error('enough');
    assert.throws(() => database.verify({ progress: () => fail(thrown) }), thrown);
    await assert.rejects(database.verifyAsync({ progress: () => fail(thrown) }), thrown);

    const opensTable = kevo.openTable(table.path);
    assert.equal(String(opensTable.get('a')), '1');
    assert.deepEqual(await opensTable.lookupAsync('b'), { key: Buffer.from('b'), value: Buffer.from('1'), sequence: 2n });
    assert.equal(opensTable.lookup('c'), undefined);
    assert.deepEqual(texts(opensTable), ['a=1', 'b=1']);
    assert.equal(opensTable.stats().entries, 2);
    assert.deepEqual(opensTable.damage(), []);
    await opensTable.verifyAsync();
    opensTable.close();
    assert.throws(() => opensTable.get('a'), closed);
    (await kevo.openTableAsync(table.path, { mode: 'skip-corrupted' })).close();
  });

  test('damage is told, salvage makes what is left a database, destroy removes one', async () => {
    const database = open();
    database.put('a', '1');
    database.flush();
    const [{ path }] = database.tables();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(255, 0, 20));
    assert.throws(() => database.verify(), (error) => {
      return error instanceof kevo.KevoCorruptError && error.report.damage.length > 0;
    });
    database.close();
    const table = kevo.openTable(path);
    assert.throws(() => table.get('a'), kevo.KevoCorruptError);
    const scan = table.scan();
    assert.throws(() => scan.next(), kevo.KevoCorruptError);
    await assert.rejects(scan.nextAsync(), kevo.KevoCorruptError);
    scan.close();
    assert.equal(table.damage()[0].kind, 'corruption');
    table.close();
    const into = newPath();
    const report = await kevo.salvageAsync(database.path, into);
    assert(report.damage.length > 0);
    open({}, into).close();
    kevo.destroy(into);
    assert.throws(() => readdirSync(into));
    assert.throws(() => kevo.salvage(newPath(), newPath()));
  });

  test('a reader catches up, and cannot write', () => {
    const database = open();
    database.put('a', '1');
    const reader = open({ readOnly: true }, database.path);
    assert.throws(() => reader.put('b', ''), code('KEVO_E_READ_ONLY'));
    database.put('a', '2');
    reader.catchUp();
    assert.equal(String(reader.get('a')), '2');
  });

  test('options are taken, or refused', () => {
    const all = { createIfMissing: true, errorIfExists: true, memtableSize: 1 << 20, maxMemtables: 3, sync: 'bytes' };
    const more = { syncBytes: 4096, logSize: 1 << 20, logMapped: true, logRetention: 1, tableSize: 1 << 20 };
    const rest = { blockSize: 4096, cacheSize: 0, filterBits: 12, compaction: 'leveled', compactionThreads: 1 };
    const recovery = { mode: 'skip-corrupted', includeSetAside: true, threads: 1 };
    const database = open({ ...all, ...more, ...rest, compactionRate: 1 << 30, maxOpenFiles: 100, recovery });
    database.close();
    assert.throws(() => open(all, database.path), code('KEVO_E_EXISTS'));
    for (const wrong of [{ sync: 'never' }, { none: 1 }, { memtableSize: -1 }, { recovery: { mode: 'x' } }]) {
      assert.throws(() => open(wrong), (error) => error instanceof RangeError || error instanceof TypeError);
    }
    assert.throws(() => open({ createIfMissing: false }), code('KEVO_E_NOT_A_DATABASE'));
    assert.throws(() => open({ progress: 5 }), TypeError);
  });
});

describe('the feed', () => {
  test('gives what was written and waits for more, while the event loop turns', async () => {
    const database = open();
    database.put('a', '1');
    const feed = database.feed();
    const first = await feed.next();
    assert.deepEqual([String(first.value.key), first.value.sequence, first.value.lastOfBatch], ['a', 1n, true]);
    const next = feed.next();
    await setTimeout(30);
    database.delete('a');
    const second = (await next).value;
    assert.deepEqual([second.value, second.sequence], [null, 2n]);
    const waiting = feed.next();
    await setTimeout(30);
    await feed.close();
    assert.equal((await waiting).done, true);
    const { path, offset } = first.value;
    const found = [];
    for await (const { sequence } of database.feed({ at: { path, offset }, wait: false })) found.push(sequence);
    for await (const { sequence } of kevo.feed(join(database.path, 'wal'), { after: 1, wait: false })) found.push(sequence);
    assert.deepEqual(found, [2n, 2n]);
    for await (const entry of database.feed()) if (entry.value !== undefined) break;
    assert.throws(() => kevo.feed(newPath()), (error) => error instanceof kevo.KevoError);
  });
});

describe('handles', () => {
  test('random calls on what may be closed throw errors, and nothing else', async () => {
    const database = open({ sync: 'none' });
    let seed = 1;
    const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
    const things = [database];
    const key = () => String(random(50));
    const calls = [
      (thing) => things.push(thing.snapshot()),
      (thing) => things.push(thing.transaction({ exclusive: random(2) === 0, readOnly: random(2) === 0 })),
      (thing) => things.push(thing.scan()),
      (thing) => things.push(new kevo.Batch()),
      (thing) => thing.put(key(), key()),
      (thing) => thing.putAsync(key(), key()),
      (thing) => thing.delete(key()),
      (thing) => thing.getAsync(key()),
      (thing) => thing.get(key()),
      (thing) => thing.next(),
      (thing) => thing.nextAsync(),
      (thing) => thing.commit(),
      (thing) => thing.commitAsync(),
      (thing) => thing.rollback(),
      (thing) => thing.rollbackToSavepoint(),
      (thing) => thing.savepoint(),
      (thing) => database.write(thing),
      (thing) => database.writeAsync(thing),
      (thing) => thing.append(things[random(things.length)]),
      (thing) => database.get(key(), { snapshot: thing }),
      (thing) => thing !== database && thing.close(),
      (thing) => thing !== database && thing.closeAsync(),
    ];
    const promises = [];
    const check = (error) => assert(error instanceof kevo.KevoError || error instanceof TypeError, error);
    for (let i = 0; i < 20_000; i++) {
      try {
        const result = calls[random(calls.length)](things[random(things.length)]);
        if (typeof result?.then === 'function') promises.push(result.catch(check));
      } catch (error) {
        check(error);
      }
      if (i % 100 === 0) await Promise.all(promises.splice(0));
      if (things.length > 50) things[1 + random(things.length - 1)] = database;
      if (things.length > 100) things.splice(1, 50);
    }
    await Promise.all(promises);
    for (const thing of things) thing.close();
    things.length = 0;
    assert.throws(() => database.get('a'), closed);
    await assert.rejects(database.flushAsync(), closed);
    await collect();
  });

  test('what is forgotten is freed', countsHandles, async () => {
    (() => {
      const database = kevo.open(newPath());
      database.put('a', '1');
      database.snapshot();
      database.transaction({ exclusive: true });
      database.scan();
      new kevo.Batch();
    })();
    await collect();
    assert(!someHandles());
  });
});
