import errno
import gc
import os
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any

import kevo

from .live_handles import TestCase, counts_handles, live_handles

FIXTURES = Path(__file__).parents[3] / "tests" / "fixtures"
UINT64_MAX = 2**64 - 1


def recover(fixture: str, **options: Any) -> kevo.MemtableList:
    return kevo.recover(FIXTURES / fixture / "wal", **options)


class Lookups(TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.enterContext(recover("basic"))

    def test_a_key_is_found_deleted_or_never_seen(self) -> None:
        self.assertEqual(self.log.lookup(b"key2"), kevo.Entry(b"key2", b"value2", 2))
        self.assertEqual(self.log.lookup(b"key1"), kevo.Entry(b"key1", None, 3))
        self.assertIsNone(self.log.lookup(b"key9"))

    def test_it_is_a_mapping(self) -> None:
        self.assertEqual(self.log[b"key2"], b"value2")
        self.assertIn(b"key2", self.log)
        for absent in (b"key1", b"key9"):
            self.assertNotIn(absent, self.log)
            self.assertIsNone(self.log.get(absent))
            self.assertEqual(self.log.get(absent, b"default"), b"default")
            with self.assertRaises(KeyError):
                self.log[absent]
        self.assertEqual(list(self.log), [b"key2", b"key3"])
        self.assertEqual(dict(self.log.scan()), {b"key2": b"value2", b"key3": b"value3"})

    def test_a_bound_shows_the_past(self) -> None:
        self.assertEqual(self.log.get(b"key1", max_sequence=2), b"value1")
        self.assertIsNone(self.log.lookup(b"key1", max_sequence=0))

    def test_keys_may_be_any_bytes_like_object(self) -> None:
        self.assertEqual(self.log.get(memoryview(b"key2")), b"value2")
        self.assertEqual(self.log.get(bytearray(b"key2")), b"value2")
        for wrong in ("key2", 4, None):
            with self.assertRaises(TypeError):
                self.log.get(wrong)  # type: ignore[arg-type]


class EmptyKeysAndValues(TestCase):
    def test_they_are_not_absent_ones(self) -> None:
        with recover("basic") as log:
            log.put(b"", b"", 5)
            self.assertEqual(log.lookup(b""), kevo.Entry(b"", b"", 5))
            self.assertEqual(next(log.scan()), (b"", b""))
            log.put(b"nul\0s", b"\0\0", 6)
            self.assertEqual(log[b"nul\0s"], b"\0\0")
            self.assertNotIn(b"nul", log)


class Scans(TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.enterContext(recover("multi-file"))

    def keys(self, **scan: Any) -> list[bytes]:
        return [key for key, _ in self.log.scan(**scan)]

    def test_bounds_are_those_of_a_slice(self) -> None:
        self.assertEqual(self.keys(start=b"k05", end=b"k08"), [b"k05", b"k06", b"k07"])
        self.assertEqual(self.keys(start=b"k08", end=b"k05"), [])

    def test_a_prefix_meets_the_bounds(self) -> None:
        self.assertEqual(self.keys(prefix=b"k1", end=b"k12"), [b"k10", b"k11"])
        self.assertEqual(self.keys(prefix=b"x"), [])

    def test_versions_come_newest_first(self) -> None:
        entries = list(self.log.entries(prefix=b"k00", versions=True, tombstones=True))
        self.assertEqual(
            [(entry.sequence, entry.value) for entry in entries],
            [(76, b"f3-0"), (70, None), (51, b"f2-0"), (26, b"f1-0"), (1, b"f0-0")],
        )

    def test_tombstones_have_no_value(self) -> None:
        self.assertEqual(list(self.log.scan(prefix=b"k00", max_sequence=70)), [])
        self.assertEqual(list(self.log.scan(prefix=b"k00", max_sequence=70, tombstones=True)), [(b"k00", None)])

    def test_a_scan_goes_on_after_a_buffer_and_gives_entries_that_fit_in_none(self) -> None:
        with recover("empty-dir") as log:
            expected = {b"%05d" % i: bytes([i % 256]) * 97 for i in range(20_000)}
            expected[b"00100"] = b"x" * 3_000_000
            for i, (key, value) in enumerate(expected.items()):
                log.put(key, value, i)
            self.assertEqual(list(log.scan()), list(expected.items()))

    def test_a_scan_sees_the_moment_it_was_made_at(self) -> None:
        scan = self.log.scan(prefix=b"k00")
        self.log.put(b"k00", b"later", 1000)
        self.assertEqual(list(scan), [(b"k00", b"f3-0")])

    def test_a_scan_outlives_its_list(self) -> None:
        scan = self.log.scan(start=b"k01", end=b"k02")
        self.log.close()
        self.assertEqual(list(scan), [(b"k01", b"f3-1")])

    def test_one_memtable_is_scanned_alone(self) -> None:
        with recover("rotation", memtable_size=200, max_memtables=1000) as log:
            memtables = log.memtables
            self.assertGreater(len(memtables), 1)
            counted = [len(list(memtable.entries(versions=True, tombstones=True))) for memtable in memtables]
            self.assertEqual(counted, [memtable.entry_count for memtable in memtables])
            self.assertEqual(sum(counted), log.report.entries_applied)


class Writes(TestCase):
    def test_the_newest_write_wins(self) -> None:
        with recover("basic") as log:
            log.put(b"key1", b"again", UINT64_MAX)
            self.assertEqual(log[b"key1"], b"again")
            self.assertEqual(log.max_sequence, UINT64_MAX)
            log.delete(b"key1", 6)
            self.assertNotIn(b"key1", log)

    def test_an_immutable_memtable_takes_none(self) -> None:
        with recover("basic") as log:
            (memtable,) = log.memtables
            self.assertFalse(memtable.is_immutable)
            memtable.put(b"key1", b"again", 5)
            self.assertEqual(memtable.next_sequence, 6)
            self.assertGreaterEqual(memtable.age_seconds, 0)
            memtable.set_immutable()
            self.assertTrue(memtable.is_immutable)
            with self.assertRaises(kevo.ImmutableError):
                memtable.put(b"key1", b"", 6)
            with self.assertRaises(kevo.ImmutableError):
                memtable.delete(b"key1", 6)
            log.put(b"key4", b"value4", 6)
            self.assertEqual(len(log.memtables), 2)

    def test_sequence_numbers_that_do_not_fit_are_refused(self) -> None:
        with recover("basic") as log:
            for sequence in (-1, UINT64_MAX + 1):
                with self.assertRaises(ValueError):
                    log.put(b"key1", b"", sequence)
                with self.assertRaises(ValueError):
                    log.get(b"key1", max_sequence=sequence)
            self.assertEqual(log.max_sequence, 4)


class Exports(TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.enterContext(recover("basic"))
        self.out_dir = Path(self.enterContext(tempfile.TemporaryDirectory()), "wal")

    def exported(self) -> kevo.MemtableList:
        return kevo.recover(self.out_dir, mode=kevo.RecoveryMode.ABSOLUTE)

    def test_an_export_gives_the_same_answers(self) -> None:
        self.log.put(b"key4", b"value4", 5)
        self.assertEqual(self.log.export(self.out_dir), kevo.Exported(entries=5, memtable_size=124))
        with self.exported() as log:
            for query in ({}, {"versions": True, "tombstones": True}, {"max_sequence": 2}):
                self.assertEqual(list(log.entries(**query)), list(self.log.entries(**query)))

    def test_it_can_be_of_the_newest_alone(self) -> None:
        exported = self.log.export(self.out_dir, newest_only=True)
        self.assertEqual(exported, kevo.Exported(entries=3, memtable_size=72))
        with self.exported() as log:
            versions = log.scan(versions=True, tombstones=True)
            self.assertEqual(list(versions), list(self.log.scan(tombstones=True)))

    def test_a_directory_that_is_not_empty_is_left_alone(self) -> None:
        self.out_dir.mkdir()
        (self.out_dir / "file").touch()
        with self.assertRaises(kevo.IoError) as caught:
            self.log.export(self.out_dir)
        error = caught.exception
        self.assertEqual((error.errno, error.filename), (errno.ENOTEMPTY, str(self.out_dir)))
        self.assertIn("new or empty", str(error))
        self.assertIsNone(error.report)
        self.assertEqual([path.name for path in self.out_dir.parent.rglob("*")], ["wal", "file"])

    def test_its_path_is_what_python_takes_for_a_path(self) -> None:
        self.log.export(os.fsencode(self.out_dir) + b"\xff")
        kevo.recover(f"{self.out_dir}\udcff").close()
        with self.assertRaises(ValueError):
            self.log.export(f"{self.out_dir}\0")


class Recovery(TestCase):
    def test_the_report_counts(self) -> None:
        with recover("engine-set-aside") as log:
            self.assertEqual((log.report.set_aside_directories, log.report.files), (1, 1))
            self.assertNotIn(b"k00050", log)
        with recover("engine-set-aside", include_set_aside=True, threads=1) as log:
            self.assertEqual((log.report.files, log.report.batches_dropped), (2, 0))
            self.assertIn(b"k00050", log)
            (damage,) = log.report.damage
            self.assertEqual((damage.kind, damage.length), (kevo.DamageKind.TORN_TAIL, log.report.bytes_damaged))
        with recover("max-seq", max_sequence=2) as log:
            self.assertGreater(log.report.entries_above_max_sequence, 0)
        with recover("dmg-torn-first-of-two", mode=kevo.RecoveryMode.POINT_IN_TIME) as log:
            self.assertEqual(log.report.files_left_out, 1)

    def test_paths_are_what_python_takes_for_paths(self) -> None:
        path = FIXTURES / "basic" / "wal"
        for same in (path, str(path), os.fsencode(path)):
            kevo.recover(same).close()
        with self.assertRaises(ValueError):
            kevo.recover("a\0b")

    def test_a_path_need_not_be_utf_8(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = os.fsdecode(os.fsencode(directory) + b"/\xff[1]*")
            os.mkdir(path)
            kevo.recover(path).close()
            Path(path, "1.wal").write_text("This is a text, and no log.\n" * 10)
            with self.assertRaises(kevo.CorruptError) as caught:
                kevo.recover(path)
            self.assertEqual(caught.exception.path, path + "/1.wal")

    def test_progress_is_told(self) -> None:
        calls: list[tuple[int, int]] = []
        recover("multi-file", progress=lambda done, total: calls.append((done, total))).close()
        self.assertEqual(calls[-1], (2988, 2988))
        self.assertEqual(calls, sorted(calls))

    def test_what_progress_raises_comes_out(self) -> None:
        def progress(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            recover("multi-file", progress=progress)


class Errors(TestCase):
    def test_damage_says_where_it_is(self) -> None:
        with self.assertRaises(kevo.CorruptError) as caught:
            recover("dmg-flip-payload-mid")
        error = caught.exception
        path = str(FIXTURES / "dmg-flip-payload-mid" / "wal" / "01750000000000000001.wal")
        self.assertEqual((error.code, error.path, error.offset, error.os_code), (-3, path, 19200, None))
        self.assertIn("SKIP_CORRUPTED", str(error))
        assert error.report is not None
        (damage,) = error.report.damage
        self.assertEqual((damage.path, damage.offset, damage.length), (path, 19200, 640))
        self.assertEqual((damage.kind, bool(damage.what)), (kevo.DamageKind.CORRUPTION, True))
        self.assertEqual(error.report.entries_applied, 30)

    def test_a_missing_directory_is_an_os_error(self) -> None:
        with self.assertRaises(OSError) as caught:
            kevo.recover("/missing")
        error = caught.exception
        self.assertIsInstance(error, kevo.IoError)
        self.assertEqual((error.errno, error.filename), (2, "/missing"))
        self.assertRegex(str(error), "^/missing: .*; check the path")

    def test_too_many_memtables(self) -> None:
        with self.assertRaises(kevo.TooManyMemtablesError):
            recover("rotation", memtable_size=200, max_memtables=1)

    def test_options_out_of_range_are_named(self) -> None:
        for option, value in [
            ("mode", 4),
            ("order", 2),
            ("max_sequence", UINT64_MAX + 1),
            ("max_memtables", 0),
            ("memtable_size", 0),
            ("memtable_size", -1),
            ("threads", -1),
        ]:
            with self.subTest(option=option, value=value), self.assertRaisesRegex(ValueError, str(value)):
                recover("basic", **{option: value})
        with self.assertRaises(TypeError):
            recover("basic", threads=1.5)


class Lifetimes(TestCase):
    def test_what_is_closed_says_so(self) -> None:
        log = recover("basic")
        (memtable,) = log.memtables
        log.close()
        log.close()
        for use in (
            lambda: log.get(b"key2"),
            lambda: log.scan(),
            lambda: log.max_sequence,
            lambda: log.memtables,
            lambda: log.export("/missing/wal"),
        ):
            with self.assertRaisesRegex(ValueError, "closed"):
                use()
        self.assertEqual(memtable[b"key2"], b"value2")
        memtable.close()
        with self.assertRaisesRegex(ValueError, "closed"):
            _ = memtable.is_immutable

    @counts_handles
    def test_closing_frees_at_once(self) -> None:
        log = recover("basic")
        self.assertNotEqual(live_handles().strip(b"\0"), b"")
        log.close()
        self.assert_no_handles()

    @counts_handles
    def test_a_scan_that_is_left_early_is_freed(self) -> None:
        with recover("basic") as log:
            for _ in log.scan():
                break
            log.scan()
        self.assert_no_handles()

    @counts_handles
    def test_what_is_not_closed_is_freed_when_it_is_forgotten(self) -> None:
        gc.disable()
        self.addCleanup(gc.enable)
        list(recover("basic").memtables[0].scan())
        self.assert_no_handles()

    @counts_handles
    def test_failures_leave_nothing(self) -> None:
        gc.disable()
        self.addCleanup(gc.enable)
        for options in ({}, {"mode": 9}, {"max_memtables": 0}, {"progress": lambda done, total: 1 / 0}):
            with self.assertRaises((kevo.Error, ValueError, ZeroDivisionError)):
                recover("dmg-flip-payload-mid", **options)
            self.assert_no_handles()
        with recover("basic") as log, self.assertRaises(TypeError):
            log.scan(prefix=1)  # type: ignore[arg-type]

    def test_a_list_may_be_closed_while_others_use_it(self) -> None:
        for _ in range(20):
            log = recover("many-keys")
            unexpected: list[BaseException] = []

            def use(log: kevo.MemtableList = log, unexpected: list[BaseException] = unexpected) -> None:
                try:
                    while True:
                        log.get(b"key")
                        sum(1 for _ in log.scan())
                except ValueError:
                    pass
                except BaseException as exception:
                    unexpected.append(exception)

            threads = [threading.Thread(target=use) for _ in range(4)]
            for thread in threads:
                thread.start()
            log.close()
            for thread in threads:
                thread.join()
            self.assertEqual(unexpected, [])


if __name__ == "__main__":
    unittest.main()
