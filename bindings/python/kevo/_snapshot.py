"""A database as it was at one moment."""

from __future__ import annotations

from ctypes import byref
from typing import Self

from ._errors import call
from ._library import OK, BytesLike, IteratorHandle, ScanHandle, Slice, SnapshotHandle, as_bytes, library
from ._reader import Closable, Reader
from ._scan import new_iterator_or_error


class Snapshot(Closable, Reader):
    """A database as it was when Database.snapshot was called. It never changes, and can be read after the database was
    closed. It keeps in memory the memtables of its moment, and on disk the tables that were replaced since.
    """

    def __init__(self, handle: SnapshotHandle) -> None:
        self._handle = handle

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def sequence(self) -> int:
        """The highest sequence number that it sees."""
        return int(library.kevo_snapshot_sequence(self._open()))

    def _value(self, key: BytesLike) -> bytes | None:
        key = as_bytes(key, "a key")
        pinned, value = library.kevo_pinned_new(), Slice()
        code = call(library.kevo_snapshot_get, self._open(), key, len(key), pinned, byref(value))
        return value.copy() if code == OK else None

    def __contains__(self, key: BytesLike) -> bool:
        key = as_bytes(key, "a key")
        return call(library.kevo_snapshot_get, self._open(), key, len(key), None, None) == OK

    def _iterator(self, scan: ScanHandle) -> IteratorHandle:
        return new_iterator_or_error(library.kevo_snapshot_iterator, self._open(), scan)
