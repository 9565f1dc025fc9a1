"""What was recovered: the list of all memtables, and each of them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any, ClassVar, Self

from ._errors import ClosedError, check
from ._export import Exported, export
from ._library import (
    DELETED,
    NOT_FOUND,
    OK,
    UINT64_MAX,
    BytesLike,
    Handle,
    MemtableHandle,
    PathLike,
    Slice,
    as_bytes,
    as_path,
    as_uint64,
    library,
)
from ._report import RecoveryReport
from ._scan import Entry, entries, new_iterator, new_scan, pairs

LATEST = UINT64_MAX
"""Above every sequence number: as a bound, it leaves nothing out."""


class _Memtables:
    """What a list of memtables and a single memtable have in common. Keys and values are copied."""

    _get: ClassVar[Any]
    _put: ClassVar[Any]
    _delete: ClassVar[Any]
    _iterator: ClassVar[Any]

    def __init__(self, handle: Handle) -> None:
        self._handle: Handle | None = handle

    def _open(self) -> Handle:
        handle = self._handle
        if handle is None:
            raise ClosedError(message=f"this {type(self).__name__} is closed")
        return handle

    def close(self) -> None:
        """Frees it. Iterators, and memtables of a list, can still be used. Closing it again changes nothing."""
        self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def lookup(self, key: BytesLike, *, max_sequence: int = LATEST) -> Entry | None:
        """The newest version of a key at or below a sequence number, perhaps a tombstone; None if there is none."""
        key = as_bytes(key, "a key")
        value, sequence = Slice(), ctypes.c_uint64()
        # Kept in a variable: the value's bytes live as long as the handle.
        handle = self._open()
        code = type(self)._get(
            handle, key, len(key), as_uint64(max_sequence, "max_sequence"), ctypes.byref(value), ctypes.byref(sequence)
        )
        if check(code) == NOT_FOUND:
            return None
        return Entry(key, None if code == DELETED else value.copy(), sequence.value)

    def get(self, key: BytesLike, default: bytes | None = None, *, max_sequence: int = LATEST) -> bytes | None:
        """The value of a key; `default` if the key was deleted or never written."""
        found = self.lookup(key, max_sequence=max_sequence)
        return default if found is None or found.value is None else found.value

    def __getitem__(self, key: BytesLike) -> bytes:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: BytesLike) -> bool:
        key = as_bytes(key, "a key")
        return check(type(self)._get(self._open(), key, len(key), LATEST, None, None)) == OK

    def __iter__(self) -> Iterator[bytes]:
        """All keys that have a value, in order."""
        return (key for key, _ in self.scan())

    def scan(
        self,
        *,
        prefix: BytesLike = b"",
        start: BytesLike | None = None,
        end: BytesLike | None = None,
        versions: bool = False,
        tombstones: bool = False,
        max_sequence: int = LATEST,
    ) -> Iterator[tuple[bytes, bytes | None]]:
        """Goes through the keys from `start` up to, but not including, `end` that begin with `prefix`, in the order of
        their bytes. Later writes are not seen. It gives each key with its newest value at or below `max_sequence`; with
        `versions`, with all of these values, newest first. With `tombstones`, it also gives deletes, as None.
        """
        scan = new_scan(prefix, start, end, versions, tombstones, max_sequence)
        return pairs(new_iterator(type(self)._iterator, self._open(), scan))

    def entries(
        self,
        *,
        prefix: BytesLike = b"",
        start: BytesLike | None = None,
        end: BytesLike | None = None,
        versions: bool = False,
        tombstones: bool = False,
        max_sequence: int = LATEST,
    ) -> Iterator[Entry]:
        """Does what scan does, and also gives the sequence numbers."""
        scan = new_scan(prefix, start, end, versions, tombstones, max_sequence)
        return entries(new_iterator(type(self)._iterator, self._open(), scan))

    def put(self, key: BytesLike, value: BytesLike, sequence: int) -> None:
        """Gives a key a value, in memory only. Iterators that were made before do not see it."""
        key, value = as_bytes(key, "a key"), as_bytes(value, "a value")
        sequence = as_uint64(sequence, "sequence")
        check(type(self)._put(self._open(), key, len(key), value, len(value), sequence))

    def delete(self, key: BytesLike, sequence: int) -> None:
        """Deletes a key, in memory only, by writing a tombstone. Iterators that were made before do not see it."""
        key = as_bytes(key, "a key")
        check(type(self)._delete(self._open(), key, len(key), as_uint64(sequence, "sequence")))


class MemtableList(_Memtables):
    """All memtables of a log, oldest first, of which the last is open for writes."""

    _get = library.kevo_memtable_list_get
    _put = library.kevo_memtable_list_put
    _delete = library.kevo_memtable_list_delete
    _iterator = library.kevo_memtable_list_iterator

    def __init__(self, handle: Handle, report: RecoveryReport) -> None:
        super().__init__(handle)
        self.report = report
        """What recovery found."""

    @property
    def max_sequence(self) -> int:
        """The highest sequence number that was read and not ignored, or written since; 0 if there is none."""
        return int(library.kevo_memtable_list_max_sequence(self._open()))

    @property
    def memtables(self) -> tuple[Memtable, ...]:
        """The memtables of the list as it is now, oldest first."""
        handle = self._open()
        return tuple(_memtable(handle, index) for index in range(library.kevo_memtable_list_count(handle)))

    def export(self, out_dir: PathLike, *, newest_only: bool = False) -> Exported:
        """Writes all puts and deletes as they are now, including those since the recovery, as a clean log, which Kevo
        can open.

        `out_dir` must be new or empty, and its parent must exist. If the export fails, no part of a log is left in it.
        With `newest_only`, only the last put or delete of each key is written.
        """
        return export(self._open(), as_path(out_dir), newest_only)


class Memtable(_Memtables):
    """One memtable of a list."""

    _get = library.kevo_memtable_get
    _put = library.kevo_memtable_put
    _delete = library.kevo_memtable_delete
    _iterator = library.kevo_memtable_iterator

    def set_immutable(self) -> None:
        """Makes it immutable. This cannot be undone."""
        check(library.kevo_memtable_set_immutable(self._open()))

    @property
    def is_immutable(self) -> bool:
        return bool(library.kevo_memtable_is_immutable(self._open()))

    @property
    def approximate_size(self) -> int:
        """In bytes: key length + value length + 16 for each put and delete, including superseded ones."""
        return int(library.kevo_memtable_approximate_size(self._open()))

    @property
    def entry_count(self) -> int:
        """The number of puts and deletes, including superseded ones."""
        return int(library.kevo_memtable_entry_count(self._open()))

    @property
    def next_sequence(self) -> int:
        """The highest sequence number plus one; 0 if the memtable is empty."""
        return int(library.kevo_memtable_next_sequence(self._open()))

    @property
    def age_seconds(self) -> float:
        """How long ago it was made."""
        return float(library.kevo_memtable_age_seconds(self._open()))


def _memtable(handle: Handle, index: int) -> Memtable:
    memtable = MemtableHandle()
    check(library.kevo_memtable_list_table(handle, index, ctypes.byref(memtable)))
    return Memtable(memtable)
