import errno
import gc
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kevo

from .live_handles import TestCase, counts_handles, live_handles

UINT64_MAX = 2**64 - 1


_FORK = """
import kevo, os, sys
db = kevo.open(sys.argv[1])
db[b"a"] = b"1"
if os.fork() == 0:
    try:
        db.get(b"a")
        os._exit(1)
    except kevo.ClosedError:
        db.close()
        sys.exit(0)
status = os.wait()[1]
assert db[b"a"] == b"1"
sys.exit(status != 0)
"""


class DatabaseCase(TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.path = self.directory / "db"

    def open(self, **options: Any) -> kevo.Database:
        options.setdefault("sync", kevo.Sync.NONE)
        return self.enterContext(kevo.open(self.path, **options))


class ReadsAndWrites(DatabaseCase):
    def test_it_is_a_dict(self) -> None:
        db = self.open()
        db[b"b"] = b"2"
        db[b"a"] = b"1"
        self.assertEqual((db[b"a"], db.get(b"b"), db.get(b"c"), db.get(b"c", b"3")), (b"1", b"2", None, b"3"))
        self.assertIn(b"a", db)
        self.assertNotIn(b"c", db)
        self.assertEqual((list(db), list(db.values())), ([b"a", b"b"], [b"1", b"2"]))
        self.assertEqual(dict(db.items()), {b"a": b"1", b"b": b"2"})
        del db[b"a"], db[b"missing"]
        with self.assertRaises(KeyError):
            db[b"a"]

    def test_what_is_written_is_there_after_a_reopening(self) -> None:
        with kevo.open(self.path) as db:
            db.put(b"key", b"value", sync=True)
        self.assertEqual(self.open()[b"key"], b"value")

    def test_bytes_may_be_anything_that_is_like_bytes(self) -> None:
        db = self.open()
        db[bytearray(b"\0\xff")] = memoryview(b"\0value\0")
        self.assertEqual(db[memoryview(b"\0\xff")], b"\0value\0")
        db[b""] = b""
        self.assertEqual((db[b""], b"" in db), (b"", True))
        for key in ("text", 1, None):
            for use in (db.get, db.delete, db.__contains__, lambda key: db.put(key, b""), lambda key: db.put(b"", key)):
                with self.assertRaises(TypeError):
                    use(key)  # type: ignore[arg-type,operator]

    def test_scans_keep_to_their_range(self) -> None:
        db = self.open()
        for number in range(10):
            db[b"k%d" % number] = b"%d" % number
        db[b"x"] = b""
        self.assertEqual(list(db.scan(b"k3", b"k6")), [(b"k3", b"3"), (b"k4", b"4"), (b"k5", b"5")])
        self.assertEqual(list(db.scan_keys(b"k3", b"k6", reverse=True)), [b"k5", b"k4", b"k3"])
        self.assertEqual(list(db.scan_keys(prefix=b"k", limit=2)), [b"k0", b"k1"])
        self.assertEqual(list(db.scan_keys(prefix=b"k", limit=2, reverse=True)), [b"k9", b"k8"])
        self.assertEqual(list(db.scan_keys(end=b"")), [])
        self.assertEqual(list(db.scan_keys(limit=0)), [])
        self.assertEqual(len(list(db.scan(start=b""))), 11)

    def test_a_scan_sees_its_moment_and_outlives_the_database(self) -> None:
        db = self.open()
        db[b"a"] = b"1"
        scan, backwards, snapshot = db.scan(), db.scan(reverse=True), db.snapshot()
        db[b"a"] = b"2"
        db.close()
        self.assertEqual((list(scan), list(backwards)), ([(b"a", b"1")], [(b"a", b"1")]))
        self.assertEqual((snapshot[b"a"], list(snapshot.items())), (b"1", [(b"a", b"1")]))

    def test_entries_that_fit_in_no_buffer_are_scanned(self) -> None:
        db = self.open()
        expected = {b"k%d" % number: os.urandom(number * 100_000) for number in range(8)}
        for key, value in expected.items():
            db[key] = value
        db.flush()
        self.assertEqual(dict(db.scan()), expected)
        self.assertEqual(dict(db.scan(reverse=True)), expected)

    def test_a_batch_is_written_as_one(self) -> None:
        db = self.open()
        db[b"old"] = b""
        batch, more = kevo.Batch(), kevo.Batch()
        batch[b"new"] = b"1"
        del batch[b"old"]
        more.put(b"more", b"2")
        batch.append(more)
        batch.append(batch)
        operations = [(b"new", b"1"), (b"old", None), (b"more", b"2")]
        self.assertEqual((list(batch), len(batch)), (operations * 2, 6))
        self.assertGreater(batch.size, 0)
        self.assertEqual(db.write(batch), 7)
        self.assertEqual(db.last_sequence, 7)
        self.assertEqual(dict(db.items()), {b"new": b"1", b"more": b"2"})
        batch.clear()
        self.assertEqual((list(batch), db.write(batch)), ([], 7))
        with self.assertRaises(TypeError):
            db.write([])  # type: ignore[arg-type]

    def test_a_range_is_deleted(self) -> None:
        db = self.open()
        for number in range(10):
            db[b"%d" % number] = b""
        self.assertEqual(db.delete_range(b"2", b"5"), 3)
        self.assertEqual(db.delete_range(end=b""), 0)
        self.assertEqual(db.delete_range(b"8", in_pieces=True), 2)
        self.assertEqual(list(db), [b"0", b"1", b"5", b"6", b"7"])
        self.assertEqual(db.delete_range(), 5)

    def test_several_keys_are_looked_up_at_once(self) -> None:
        db = self.open()
        db[b"a"], db[b"b"] = b"1", b""
        snapshot = db.snapshot()
        db[b"a"] = b"2"
        self.assertEqual(db.multi_get([b"a", b"missing", b"b", b""]), [b"2", None, b"", None])
        self.assertEqual(db.multi_get([b"a"], snapshot=snapshot), [b"1"])
        self.assertEqual(db.multi_get([]), [])

    def test_a_snapshot_never_changes(self) -> None:
        db = self.open()
        db[b"a"] = b"1"
        with db.snapshot() as snapshot:
            del db[b"a"]
            db.compact()
            self.assertEqual((snapshot[b"a"], b"a" in snapshot, b"b" in snapshot, snapshot.sequence), (b"1", True, False, 1))
        with self.assertRaises(kevo.ClosedError):
            snapshot[b"a"]

    def test_too_large_is_said_and_nothing_is_cut(self) -> None:
        db = self.open()
        with self.assertRaises(kevo.TooLargeError):
            db.put(bytes(2**24 + 1), b"")
        with self.assertRaises(kevo.TooLargeError):
            # Its length, taken as 32 bits, would be 0.
            db.put(b"key", bytes(2**32))
        with self.assertRaises(kevo.TooLargeError):
            kevo.Batch().put(b"key", bytes(2**31 + 5))
        self.assertEqual(list(db), [])
        value = bytes(2**24)
        db[value] = value
        self.assertTrue(db[value] == value)


class Maintenance(DatabaseCase):
    def test_flush_compact_statistics_and_tables(self) -> None:
        db = self.open(compaction=kevo.Compaction.NONE)
        for round_number in range(3):
            for number in range(100):
                db[b"key%03d" % number] = b"%d" % round_number
            db.flush()
        stats = db.stats()
        self.assertEqual((stats["operations"], stats["flushes"], stats["tables"]), (300, 3, 3))
        self.assertIn("\nkevo_flushes_total 3\n", db.stat_text())
        self.assertEqual([table.entries for table in db.tables()], [100] * 3)
        calls: list[tuple[int, int]] = []
        db.compact(progress=lambda done, total: calls.append((done, total)))
        self.assertTrue(calls)
        (table,) = db.tables()
        self.assertEqual((table.entries, table.tombstones, table.foreign), (100, 0, False))
        self.assertEqual(os.path.getsize(table.path), table.bytes)
        self.assertGreater(db.approximate_size(), 0)
        self.assertEqual(db.approximate_size(b"x"), 0)
        db.sync()
        db.resume()
        db.check_status()
        db.catch_up()
        db.pause_background()
        db.continue_background()
        with self.assertRaises(kevo.InvalidArgumentError):
            db.continue_background()

    def test_what_progress_raises_cancels(self) -> None:
        db = self.open()
        db[b"key"] = b"value"

        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt

        for use in (
            lambda: db.compact(progress=stop),
            lambda: db.checkpoint(self.directory / "copy", progress=stop),
            lambda: db.verify(progress=stop),
        ):
            db.flush()
            db[b"more"] = b""
            with self.subTest(use=use), self.assertRaises(KeyboardInterrupt):
                use()
        self.assertEqual(db[b"key"], b"value")

    def test_a_checkpoint_is_a_database(self) -> None:
        db = self.open()
        db[b"key"] = b"value"
        db.checkpoint(self.directory / "copy")
        with kevo.open(self.directory / "copy", read_only=True) as copy:
            self.assertEqual(dict(copy.items()), {b"key": b"value"})
        with self.assertRaises(kevo.ExistsError):
            db.checkpoint(self.directory / "copy")

    def test_damage_is_found_and_salvaged(self) -> None:
        with kevo.open(self.path) as db:
            for number in range(1000):
                db.put(b"key%04d" % number, os.urandom(100), sync=False)
            db.flush()
            self.assertEqual(db.verify().damage, ())
            (table,) = db.tables()
            with open(table.path, "r+b") as file:
                file.seek(10_000)
                file.write(b"damage")
            with self.assertRaises(kevo.CorruptError) as caught:
                db.verify()
            assert caught.exception.report is not None
            (damage,) = caught.exception.report.damage
            self.assertEqual((damage.path, damage.kind), (table.path, kevo.DamageKind.CORRUPTION))
            for reverse in (False, True):
                with self.assertRaises(kevo.CorruptError) as caught:
                    list(db.scan(reverse=reverse))
                self.assertEqual(caught.exception.path, table.path)
                self.assertIsNotNone(caught.exception.offset)
        report = kevo.salvage(self.path, self.directory / "saved", progress=lambda done, total: None)
        self.assertTrue(report.damage)
        with kevo.open(self.directory / "saved") as saved:
            self.assertGreater(len(list(saved)), 900)
        kevo.destroy(self.directory / "saved")
        self.assertFalse((self.directory / "saved").exists())

    def test_the_logger_is_told(self) -> None:
        told: list[tuple[kevo.LogLevel, str]] = []
        with self.open() as db:
            db[b"k0"] = b"value"
            db.flush()
            (table,) = db.tables()
        damaged = bytearray(Path(table.path).read_bytes())
        damaged[5] ^= 1
        Path(table.path).write_bytes(damaged)
        # A compaction of the background meets the damage.
        with self.open(logger=lambda level, message: told.append((level, message))) as db:
            for number in range(20):
                db[b"k%d" % number] = b""
                db.flush()
            until = time.monotonic() + 20
            while self._failure(told) is None and time.monotonic() < until:
                time.sleep(0.01)
        self.assertEqual(told[0][0], kevo.LogLevel.INFO)
        self.assertTrue(told[0][1].startswith("open: "), told[0])
        self.assertIn(table.path, str(self._failure(told)))

    @staticmethod
    def _failure(told: list[tuple[kevo.LogLevel, str]]) -> str | None:
        return next((message for level, message in told if level == kevo.LogLevel.ERROR), None)


class Openings(DatabaseCase):
    def test_errors_have_types(self) -> None:
        with self.assertRaises(kevo.NotADatabaseError):
            kevo.open(self.path, create_if_missing=False)
        db = self.open()
        with self.assertRaisesRegex(kevo.LockedError, str(os.getpid())):
            kevo.open(self.path)
        with self.assertRaises(kevo.LockedError):
            kevo.destroy(self.path)
        db.close()
        with self.assertRaises(kevo.ExistsError):
            kevo.open(self.path, error_if_exists=True)
        with self.assertRaises(OSError) as caught:
            kevo.open(self.directory / "missing" / "db")
        self.assertIsInstance(caught.exception, kevo.Error)
        for path in ("a\0b", b"\0"):
            with self.assertRaises(ValueError):
                kevo.open(path)
        (self.directory / "file").touch()
        with self.assertRaises(kevo.Error):
            kevo.open(self.directory / "file")

    def test_read_only(self) -> None:
        db = self.open()
        db[b"a"] = b"1"
        db.sync()
        with kevo.open(self.path, read_only=True) as reader:
            self.assertEqual(reader[b"a"], b"1")
            for write in (lambda: reader.put(b"", b""), reader.flush, lambda: reader.delete_range()):
                with self.assertRaises(kevo.ReadOnlyError):
                    write()
            with self.assertRaises(kevo.ReadOnlyError), reader.transaction() as transaction:
                transaction[b""] = b""
            db[b"a"] = b"2"
            self.assertEqual(reader[b"a"], b"1")
            reader.catch_up()
            self.assertEqual(reader[b"a"], b"2")

    def test_all_options_are_taken(self) -> None:
        options: kevo.Options = {
            "create_if_missing": True,
            "error_if_exists": True,
            "read_only": False,
            "recovery_mode": kevo.RecoveryMode.ABSOLUTE,
            "include_set_aside": False,
            "recovery_threads": 1,
            "memtable_size": 2**33,
            "max_memtables": 2,
            "sync": kevo.Sync.BYTES,
            "sync_bytes": 4096,
            "log_size": 2**40,
            "log_mapped": True,
            "log_retention": 2**33,
            "table_size": 1 << 20,
            "block_size": 1024,
            "cache_size": 0,
            "filter_bits": 20,
            "compaction": kevo.Compaction.LEVELED,
            "compaction_threads": 1,
            "compaction_rate": 1 << 30,
            "max_open_files": 10,
        }
        self.assertEqual(options.keys(), kevo.Options.__annotations__.keys())
        with kevo.open(self.path, **options, progress=lambda done, total: None) as db:
            db[b"key"] = b"value"

    def test_options_out_of_range_are_named(self) -> None:
        for option, value in (
            ("memtable_size", 0),
            ("memtable_size", -1),
            ("block_size", 2**31),
            ("filter_bits", 65),
            ("filter_bits", 2**32 + 1),
            ("sync", 9),
            ("compaction", 3),
            ("cache_size", 2**64),
            ("recovery_mode", 7),
        ):
            with self.subTest(option=option, value=value), self.assertRaises(ValueError):
                kevo.open(self.path, **{option: value})  # type: ignore[arg-type]
        with self.assertRaisesRegex(TypeError, "memtable_sise"):
            kevo.open(self.path, memtable_sise=1)  # type: ignore[call-arg]
        self.assertFalse(self.path.exists())

    def test_what_kevo_left_is_opened(self) -> None:
        fixtures = Path(__file__).parents[3] / "tests" / "fixtures"
        shutil.copytree(fixtures / "multi-file" / "wal", self.path / "wal")
        progress: list[int] = []
        with kevo.open(self.path, progress=lambda done, total: progress.append(done)) as db:
            with kevo.recover(fixtures / "multi-file" / "wal") as log:
                self.assertEqual(list(db.scan()), list(log.scan()))
            self.assertGreater(db.report.entries_applied, 0)
        self.assertTrue(progress)


class Transactions(DatabaseCase):
    def test_it_commits_or_rolls_back(self) -> None:
        db = self.open()
        with db.transaction() as transaction:
            transaction[b"a"] = b"1"
            self.assertEqual((transaction[b"a"], db.get(b"a")), (b"1", None))
        self.assertEqual(db[b"a"], b"1")
        with self.assertRaises(ZeroDivisionError), db.transaction() as transaction:
            del transaction[b"a"]
            self.assertEqual((b"a" in transaction, list(transaction.scan())), (False, []))
            1 / 0
        self.assertEqual((db[b"a"], transaction.is_over), (b"1", True))
        for use in (lambda: transaction.get(b"a"), transaction.commit, transaction.savepoint, lambda: transaction.scan()):
            with self.assertRaisesRegex(kevo.ClosedError, "over"):
                use()
        transaction.rollback()

    def test_savepoints(self) -> None:
        db = self.open()
        with db.transaction() as transaction:
            transaction[b"a"] = b"1"
            transaction.savepoint()
            transaction[b"a"] = b"2"
            transaction.savepoint()
            self.assertEqual(transaction.delete_range(), 1)
            self.assertTrue(transaction.rollback_to_savepoint())
            self.assertEqual(transaction[b"a"], b"2")
            self.assertTrue(transaction.rollback_to_savepoint())
            self.assertFalse(transaction.rollback_to_savepoint())
            self.assertEqual(transaction.commit(sync=True), 1)
        self.assertEqual(db[b"a"], b"1")

    def test_a_conflict_is_told_and_run_again(self) -> None:
        db = self.open()
        db[b"n"] = b"0"
        transaction = db.transaction()
        transaction[b"n"] = transaction[b"n"] + b"0"
        db[b"n"] = b"1"
        with self.assertRaises(kevo.ConflictError):
            transaction.commit()
        runs: list[int] = []

        def add(transaction: kevo.Transaction) -> int:
            number = int(transaction[b"n"])
            if not runs:
                db[b"n"] = b"7"
            runs.append(number)
            transaction[b"n"] = b"%d" % (number + 1)
            return number

        self.assertEqual((db.transact(add), runs, db[b"n"]), (7, [1, 7], b"8"))

    def test_threads_count_right(self) -> None:
        db = self.open()
        db[b"n"] = b"0"

        def add(transaction: kevo.Transaction) -> None:
            transaction[b"n"] = b"%d" % (int(transaction[b"n"]) + 1)

        def work(exclusive: bool) -> None:
            for _ in range(50):
                db.transact(add, exclusive=exclusive)

        run_threads([lambda: work(False), lambda: work(True), lambda: work(True)])
        self.assertEqual(db[b"n"], b"150")

    def test_time_limits(self) -> None:
        db = self.open()
        with db.transaction(exclusive=True) as holder:
            with self.assertRaises(kevo.BusyError):
                db.transaction(exclusive=True, timeout=0.02)
            holder.rollback()
        transaction = db.transaction(timeout=0.02)
        time.sleep(0.1)
        with self.assertRaises(kevo.ExpiredError):
            transaction[b"a"] = b""
        with self.assertRaises(ValueError):
            db.transaction(timeout=-1)

    def test_read_only_and_closed(self) -> None:
        db = self.open()
        db[b"a"] = b"1"
        with db.transaction(read_only=True) as transaction:
            with self.assertRaises(kevo.ReadOnlyError):
                transaction[b"a"] = b""
        transaction = db.transaction()
        transaction[b"b"] = transaction[b"a"]
        db.close()
        with self.assertRaises(kevo.ClosedError):
            transaction.commit()


class Feed(DatabaseCase):
    def test_what_is_written_comes(self) -> None:
        db = self.open()
        db[b"a"] = b"1"
        batch = kevo.Batch()
        batch.put(b"b", b"2")
        batch.delete(b"a")
        db.write(batch)
        entries = list(kevo.tail(self.path / "wal", timeout=0))
        found = [(entry.key, entry.value, entry.sequence, entry.last_of_batch) for entry in entries]
        self.assertEqual(found, [(b"a", b"1", 1, True), (b"b", b"2", 2, False), (b"a", None, 3, True)])
        self.assertEqual([entry.key for entry in db.tail(1, timeout=0)], [b"b", b"a"])
        self.assertEqual(list(db.tail(timeout=0)), [])
        with kevo.LogCursor(self.path / "wal", position=entries[0].position) as cursor:
            entry = cursor.next(0)
            assert entry is not None
            self.assertEqual(entry.sequence, 2)

    def test_it_waits_and_is_woken(self) -> None:
        db = self.open()
        cursor = self.enterContext(kevo.LogCursor(self.path / "wal"))
        started = time.monotonic()
        self.assertIsNone(cursor.next(0.15))
        self.assertGreater(time.monotonic() - started, 0.14)
        threading.Timer(0.1, db.put, (b"a", b"1")).start()
        entry = cursor.next()
        assert entry is not None
        self.assertEqual(entry.key, b"a")
        threading.Timer(0.1, cursor.wake).start()
        with self.assertRaises(kevo.CancelledError):
            cursor.next()
        threading.Timer(0.1, cursor.close).start()
        self.assertEqual(list(cursor), [])
        with self.assertRaises(kevo.ClosedError):
            cursor.next()

    def test_a_log_that_is_gone_is_an_error(self) -> None:
        db = self.open()
        db[b"a"] = b"1"
        db.flush()
        with self.assertRaises(kevo.IoError):
            list(kevo.tail(self.path / "wal", timeout=0))
        with self.assertRaises(kevo.IoError):
            kevo.LogCursor(self.directory / "missing")


class Tables(DatabaseCase):
    def setUp(self) -> None:
        super().setUp()
        with kevo.open(self.path, compaction=kevo.Compaction.NONE) as db:
            db.put(b"a", b"1", sync=False)
            db.put(b"b", b"2", sync=False)
            db.delete(b"b", sync=False)
            db.flush()
            (table,) = db.tables()
        self.table = table.path

    def test_it_is_read(self) -> None:
        with kevo.Table(self.table) as table:
            self.assertEqual((table[b"a"], b"b" in table, table.get(b"c", b"3")), (b"1", False, b"3"))
            self.assertEqual(table.lookup(b"b"), kevo.Entry(b"b", None, 3))
            self.assertIsNone(table.lookup(b"c"))
            with self.assertRaises(KeyError):
                table[b"b"]
            self.assertEqual(list(table), [b"a"])
            entries = table.entries(tombstones=True, versions=True)
            stats = table.stats()
            self.assertEqual((stats.entries, stats.tombstones, stats.generation), (2, 1, kevo.TableGeneration.LIBKEVO))
            self.assertEqual(stats.bytes, os.path.getsize(self.table))
            self.assertEqual(table.parts()[0].kind, kevo.TablePartKind.BLOCK)
            self.assertIn(kevo.TablePartKind.FOOTER, [part.kind for part in table.parts()])
            table.verify()
            self.assertEqual(table.damage().damage, ())
        self.assertEqual(list(entries), [kevo.Entry(b"a", b"1", 1), kevo.Entry(b"b", None, 3)])
        uses: list[Callable[[], object]] = [
            table.stats,
            table.parts,
            table.verify,
            table.damage,
            lambda: table.get(b"a"),
            lambda: list(table),
        ]
        for use in uses:
            with self.assertRaises(kevo.ClosedError):
                use()

    def test_a_damaged_one(self) -> None:
        damaged = bytearray(Path(self.table).read_bytes())
        damaged[5] ^= 1
        path = self.directory / "damaged.sst"
        path.write_bytes(damaged)
        with kevo.Table(path) as table:
            for use in (lambda: table.get(b"a"), lambda: list(table), table.verify):
                with self.assertRaises(kevo.CorruptError) as caught:
                    use()
                self.assertEqual(caught.exception.path, str(path))
            self.assertEqual(len(table.damage().damage), 1)
        with kevo.Table(path, skip_corrupted=True) as table:
            self.assertEqual(list(table), [])
        path.write_bytes(b"")
        with self.assertRaises(kevo.CorruptError):
            kevo.Table(path)
        with self.assertRaises(kevo.IoError) as missing:
            kevo.Table(self.directory / "missing")
        self.assertEqual(missing.exception.errno, errno.ENOENT)


class Lifetimes(DatabaseCase):
    def test_what_is_closed_says_so(self) -> None:
        db = self.open()
        db.close()
        db.close()
        self.assertTrue(db.closed)
        for use in every_use(db, self.directory / "copy"):
            with self.subTest(use=use), self.assertRaises(kevo.ClosedError):
                use()

    def test_a_forked_child_is_refused(self) -> None:
        # In a process of its own: a child and its parent would count handles in one place.
        code = subprocess.run([sys.executable, "-c", _FORK, self.path], cwd=Path(__file__).parents[1]).returncode
        self.assertEqual(code, 0)

    @counts_handles
    def test_what_is_not_closed_is_freed_when_it_is_forgotten(self) -> None:
        gc.disable()
        self.addCleanup(gc.enable)
        db = kevo.open(self.path)
        db[b"a"] = b"1"
        scan, snapshot, transaction = db.scan(), db.snapshot(), db.transaction()
        self.assertEqual((next(scan)[0], snapshot[b"a"], transaction[b"a"]), (b"a", b"1", b"1"))
        self.assertNotEqual(live_handles().strip(b"\0"), b"")
        del db, scan, snapshot, transaction
        self.assert_no_handles()
        # Forgetting it has closed it.
        kevo.open(self.path).close()

    @counts_handles
    def test_failures_leave_nothing(self) -> None:
        gc.disable()
        self.addCleanup(gc.enable)
        db = kevo.open(self.path)
        db.close()
        for use in every_use(db, self.directory / "copy"):
            with self.assertRaises(kevo.ClosedError):
                use()
        for options in ({"create_if_missing": False}, {"memtable_size": 0}, {"wrong": 1}):
            with self.assertRaises((kevo.Error, ValueError, TypeError)):
                kevo.open(self.directory / "other", **options)
        self.assert_no_handles()

    def test_it_may_be_closed_while_others_use_it(self) -> None:
        for round_number in range(10):
            db = kevo.open(self.path, sync=kevo.Sync.NONE)
            unexpected: list[BaseException] = []
            uses = every_use(db, self.directory / f"copy{round_number}")

            def use(seed: int) -> None:
                numbers = random.Random(seed)
                try:
                    while True:
                        try:
                            numbers.choice(uses)()
                        except (kevo.ConflictError, kevo.InvalidArgumentError, kevo.ExistsError, kevo.IoError):
                            pass  # Of a feed whose log is flushed, for one.
                except kevo.ClosedError:
                    pass
                except BaseException as exception:
                    unexpected.append(exception)

            def close() -> None:
                time.sleep(0.02)
                db.close()

            run_threads([*(lambda seed=seed: use(seed) for seed in range(4)), close, close])
            self.assertEqual(unexpected, [])

    def test_random_calls_in_any_order_never_crash(self) -> None:
        for seed in range(30):
            self.use_at_random(random.Random(seed))
            self.assert_no_handles()

    def use_at_random(self, numbers: random.Random) -> None:
        """Objects that are open, closed, over and of a database that is closed, in calls that fit them or not."""
        things: list[Any] = []

        def key() -> Any:
            return numbers.choice([b"", b"a", b"b", bytes(70_000), "text", None])

        makers: list[Callable[[], Any]] = [
            lambda: kevo.open(self.path, sync=kevo.Sync.NONE, read_only=numbers.random() < 0.2),
            kevo.Batch,
            lambda: kevo.LogCursor(self.path / "wal"),
        ]
        names = (
            "get delete put scan keys snapshot transaction write delete_range close rollback commit savepoint sync "
            "rollback_to_savepoint flush compact stats stat_text tables verify multi_get append clear wake next tail resume "
            "catch_up check_status continue_background approximate_size sequence size __len__ __iter__ __next__ report"
        ).split()
        for _ in range(200):
            if not things or numbers.random() < 0.05:
                make: Callable[[], Any] = numbers.choice(makers)
            else:
                thing, name = numbers.choice(things), numbers.choice(names)
                member = getattr(thing, name, None)
                if not callable(member) or (name, type(thing)) == ("__iter__", kevo.LogCursor):
                    continue
                arguments = numbers.choice([(), (key(),), (key(), key()), (numbers.choice(things),), (0,)])
                # Nothing may wait for ever.
                make = (lambda: member(0)) if name == "next" else lambda: member(*arguments)
                if name == "tail":
                    make = lambda: member(timeout=0)  # noqa: E731
            try:
                made = make()
            except (kevo.Error, TypeError, ValueError, KeyError, StopIteration):
                continue
            if made is not None and not isinstance(made, (bytes, int, str, dict, tuple, list)):
                things.append(made)
            if len(things) > 8:
                things.pop(numbers.randrange(len(things)))


def every_use(db: kevo.Database, copy: Path) -> list[Callable[[], object]]:
    return [
        lambda: db.get(b"a"),
        lambda: b"a" in db,
        lambda: db.put(b"a", b"1"),
        lambda: db.delete(b"a"),
        lambda: db.write(kevo.Batch()),
        lambda: db.delete_range(),
        lambda: db.multi_get([b"a"]),
        lambda: list(db.scan()),
        lambda: list(db.scan(reverse=True)),
        lambda: db.snapshot().get(b"a"),
        lambda: db.transaction().put(b"a", b"2"),
        lambda: db.transact(lambda transaction: transaction.put(b"a", b"3"), exclusive=True),
        lambda: db.sync(),
        lambda: db.flush(),
        lambda: db.compact(),
        lambda: db.checkpoint(copy),
        lambda: db.verify(),
        lambda: db.approximate_size(),
        lambda: db.resume(),
        lambda: db.catch_up(),
        lambda: db.check_status(),
        db.pause_background,
        db.continue_background,
        lambda: db.stats(),
        lambda: db.stat_text(),
        lambda: db.tables(),
        lambda: db.last_sequence,
        lambda: list(db.tail(timeout=0)),
    ]


def run_threads(functions: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    unittest.main()
