"""Every log in tests/fixtures gives what its case.json says."""

import json
import unittest
import zlib
from pathlib import Path
from typing import Any

import kevo

from .live_handles import TestCase

FIXTURES = Path(__file__).parents[3] / "tests" / "fixtures"


def describe(data: bytes | None) -> str | None:
    if data is None or len(data) <= 64:
        return data.hex() if data is not None else None
    return f"len:{len(data)} crc32:{zlib.crc32(data):08x}"


def describe_entry(entry: kevo.Entry) -> list[Any]:
    op = "delete" if entry.is_tombstone else "put"
    return [describe(entry.key), entry.sequence, op, describe(entry.value)]


def describe_memtable(memtable: kevo.Memtable) -> dict[str, Any]:
    return {
        "immutable": memtable.is_immutable,
        "approximate_size": memtable.approximate_size,
        "entries": [describe_entry(entry) for entry in memtable.entries(versions=True, tombstones=True)],
    }


def describe_damage(damage: kevo.Damage, wal_dir: Path) -> dict[str, Any]:
    return {
        "file": str(Path(damage.path).relative_to(wal_dir)),
        "offset": damage.offset,
        "length": damage.length,
        "kind": damage.kind.name.lower().replace("_", "-"),
    }


def outcome(wal_dir: Path, options: dict[str, Any]) -> dict[str, Any]:
    """As case.json has it."""
    mode = kevo.RecoveryMode[options["mode"].upper().replace("-", "_")]
    order = kevo.Order[options["order"].upper()]
    try:
        with kevo.recover(wal_dir, **options | {"mode": mode, "order": order}) as log:
            return {
                "ok": True,
                "error": None,
                "damage": [describe_damage(damage, wal_dir) for damage in log.report.damage],
                "max_sequence": log.max_sequence,
                "memtables": [describe_memtable(memtable) for memtable in log.memtables],
            }
    except (kevo.CorruptError, kevo.TooManyMemtablesError) as error:
        assert error.report is not None
        return {
            "ok": False,
            "error": "corrupt" if isinstance(error, kevo.CorruptError) else "limit",
            "damage": [describe_damage(damage, wal_dir) for damage in error.report.damage],
        }


class Fixtures(TestCase):
    def test_every_fixture_gives_what_it_says(self) -> None:
        cases = sorted(FIXTURES.glob("*/case.json"))
        self.assertTrue(cases)
        for case in cases:
            for run in json.loads(case.read_text())["runs"]:
                options = run.pop("options")
                with self.subTest(fixture=case.parent.name, **options):
                    self.assertEqual(outcome(case.parent / "wal", options), run)


if __name__ == "__main__":
    unittest.main()
