"""One table file, of libkevo's or of any release of Kevo's."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_int, c_uint64
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

from ._errors import call, check
from ._library import (
    DELETED,
    NOT_FOUND,
    UINT64_MAX,
    BytesLike,
    PathLike,
    RecoveryReportHandle,
    Slice,
    TableHandle,
    as_bytes,
    as_path,
    library,
)
from ._reader import Closable
from ._report import RecoveryReport, read_report
from ._scan import Entry, entries, new_iterator_or_error, new_scan

LATEST = UINT64_MAX


class TableGeneration(IntEnum):
    """Which writer's layout a table has."""

    A = 1
    """Kevo's first release to v1.1."""
    B = 2
    """Kevo v1.2 to v1.3."""
    C = 3
    """Kevo v1.4 and later."""
    LIBKEVO = 4


class TablePartKind(IntEnum):
    BLOCK = 1
    OVERSIZE = 2
    """An entry outside of blocks, which Kevo does not see."""
    DAMAGED = 3
    INDEX = 4
    FILTER = 5
    PROPERTIES = 6
    SECTION = 7
    FOOTER = 8


@dataclass(frozen=True)
class TablePart:
    """A part of the file, in bytes."""

    kind: TablePartKind
    offset: int
    length: int


@dataclass(frozen=True)
class TableStats:
    """Numbers that say something about a table; of one that is damaged, only what is intact counts."""

    entries: int
    """Tombstones included."""
    tombstones: int
    blocks: int
    bytes: int
    version: int
    """The version that its footer says."""
    created_ns: int
    """When it was written, in nanoseconds since 1970."""
    generation: TableGeneration
    index_entries: int
    oversize: int
    """Entries outside of blocks, which Kevo does not see."""
    memory: int
    """Bytes of memory that the open table takes."""


# In the order of kevo.h's KEVO_TABLE_STAT_ENTRIES and so on, from 1.
_STATS = tuple(TableStats.__dataclass_fields__)


class Table(Closable):
    """A table file. It is open, and never changes. Any number of threads may use it at once.

    With `skip_corrupted`, everything that is intact can be read: scans go past damaged blocks; otherwise damage of the
    file's own structure is a CorruptError here, and that of a block to what needs the block.
    """

    def __init__(self, path: PathLike, *, skip_corrupted: bool = False) -> None:
        handle = TableHandle()
        self._handle = None
        call(library.kevo_table_open_mode, as_path(path), 3 if skip_corrupted else 1, byref(handle))
        self._handle = handle

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def lookup(self, key: BytesLike) -> Entry | None:
        """The newest version of a key that is in the table, perhaps a tombstone; None if there is none. The sequence
        number is 0 if the table has none."""
        key = as_bytes(key, "a key")
        pinned, value, sequence = library.kevo_pinned_new(), Slice(), c_uint64()
        code = call(library.kevo_table_get, self._open(), key, len(key), pinned, byref(value), byref(sequence))
        if code == NOT_FOUND:
            return None
        return Entry(key, None if code == DELETED else value.copy(), sequence.value)

    def get(self, key: BytesLike, default: bytes | None = None) -> bytes | None:
        """The value of a key; `default` if the table does not have it, or has a tombstone."""
        found = self.lookup(key)
        return default if found is None or found.value is None else found.value

    def __getitem__(self, key: BytesLike) -> bytes:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: BytesLike) -> bool:
        return self.get(key) is not None

    def __iter__(self) -> Iterator[bytes]:
        """All keys that have a value, in order."""
        return (entry.key for entry in self.entries())

    def entries(
        self,
        start: BytesLike | None = None,
        end: BytesLike | None = None,
        *,
        prefix: BytesLike = b"",
        versions: bool = False,
        tombstones: bool = False,
        max_sequence: int = LATEST,
    ) -> Iterator[Entry]:
        """Goes through the keys from `start` up to, but not including, `end` that begin with `prefix`, in the order of
        their bytes: each with its newest version at or below `max_sequence`, with `versions` with all, and with
        `tombstones` also deletes."""
        scan = new_scan(prefix, start, end, versions, tombstones, max_sequence)
        return entries(new_iterator_or_error(library.kevo_table_iterator, self._open(), scan))

    def stats(self) -> TableStats:
        handle = self._open()
        found: dict[str, Any] = {
            name: int(library.kevo_table_stat(handle, stat)) for stat, name in enumerate(_STATS, 1)
        }
        found["generation"] = TableGeneration(found["generation"])
        return TableStats(**found)

    def parts(self) -> tuple[TablePart, ...]:
        """Blocks in the order of their keys, then all other parts in the order of the file."""
        handle = self._open()
        return tuple(_part(handle, index) for index in range(library.kevo_table_part_count(handle)))

    def verify(self) -> None:
        """Reads the whole file again, and raises CorruptError with the place of the first damage, if there is any."""
        call(library.kevo_table_verify, self._open())

    def damage(self) -> RecoveryReport:
        """Does what verify does, and lists all damage."""
        report = RecoveryReportHandle()
        call(library.kevo_table_damage, self._open(), byref(report))
        return read_report(report)


def _part(handle: TableHandle, index: int) -> TablePart:
    kind, offset, length = c_int(), c_uint64(), c_uint64()
    check(library.kevo_table_part(handle, index, byref(kind), byref(offset), byref(length)))
    return TablePart(TablePartKind(kind.value), offset.value, length.value)
