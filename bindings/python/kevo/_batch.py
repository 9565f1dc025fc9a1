"""Puts and deletes that are written together."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator

from ._errors import check
from ._library import OP_DELETE, BatchHandle, BytesLike, EntryPointers, as_bytes, library


class Batch:
    """Puts and deletes that Database.write writes together: all of them or none, in every crash.

    It may have one key more than once; the last operation counts. Any number of threads may use it at once.
    """

    def __init__(self) -> None:
        self._handle: BatchHandle = library.kevo_batch_new()
        if not self._handle:
            raise MemoryError("a batch")
        self._lock = threading.RLock()

    def put(self, key: BytesLike, value: BytesLike) -> None:
        """Adds a put. Key and value are copied."""
        key, value = as_bytes(key, "a key"), as_bytes(value, "a value")
        with self._lock:
            check(library.kevo_batch_put(self._handle, key, len(key), value, len(value)))

    def delete(self, key: BytesLike) -> None:
        """Adds a delete."""
        key = as_bytes(key, "a key")
        with self._lock:
            check(library.kevo_batch_delete(self._handle, key, len(key)))

    __setitem__ = put
    __delitem__ = delete

    def append(self, other: Batch) -> None:
        """Adds all operations of another batch, which may be the same one."""
        if not isinstance(other, Batch):
            raise TypeError(f"a batch must be a Batch, not {type(other).__name__}")
        # Always in the same order, so that two threads cannot wait for each other.
        first, second = sorted((self, other), key=id)
        with first._lock, second._lock:
            check(library.kevo_batch_append(self._handle, other._handle))

    def clear(self) -> None:
        """Takes everything out of it."""
        with self._lock:
            library.kevo_batch_clear(self._handle)

    def __len__(self) -> int:
        """How many operations it has."""
        with self._lock:
            return int(library.kevo_batch_count(self._handle))

    def __bool__(self) -> bool:
        return True

    @property
    def size(self) -> int:
        """How many bytes of log it will take."""
        with self._lock:
            return int(library.kevo_batch_size(self._handle))

    def __iter__(self) -> Iterator[tuple[bytes, bytes | None]]:
        """The operations, in the order in which they were added; the value of a delete is None."""
        index = 0
        while (operation := self._operation(index)) is not None:
            yield operation
            index += 1

    def _operation(self, index: int) -> tuple[bytes, bytes | None] | None:
        entry = EntryPointers()
        with self._lock:
            if index >= library.kevo_batch_count(self._handle):
                return None
            check(library.kevo_batch_entry(self._handle, index, ctypes.byref(entry)))
            return entry.key.copy(), None if entry.op == OP_DELETE else entry.value.copy()
