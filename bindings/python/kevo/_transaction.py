"""Reads and writes that happen at one moment, or not at all."""

from __future__ import annotations

import threading
from ctypes import byref, c_uint64
from typing import Self

from ._errors import ClosedError, call
from ._library import (
    NOT_FOUND,
    OK,
    WRITE_NO_SYNC,
    WRITE_NO_WAIT,
    WRITE_SYNC,
    BytesLike,
    IteratorHandle,
    ScanHandle,
    Slice,
    TransactionHandle,
    as_bytes,
    as_range,
    library,
)
from ._reader import Reader
from ._scan import new_iterator_or_error


def write_flags(sync: bool | None, wait: bool) -> int:
    """KEVO_WRITE_SYNC and so on."""
    return (0 if sync is None else WRITE_SYNC if sync else WRITE_NO_SYNC) | (0 if wait else WRITE_NO_WAIT)


class Transaction(Reader):
    """Reads and writes that happen at one moment, or not at all.

    It sees its own writes, and otherwise the database as it was when it began. As a context manager it commits at the
    end, and rolls back if an exception comes out. Threads that use it at once wait for each other.
    """

    def __init__(self, handle: TransactionHandle) -> None:
        self._handle: TransactionHandle | None = handle
        # The library lets one thread at a time use it.
        self._lock = threading.RLock()

    def _open(self) -> TransactionHandle:
        handle = self._handle
        if handle is None:
            raise ClosedError(message="this Transaction is over: it was committed or rolled back")
        return handle

    @property
    def is_over(self) -> bool:
        """Whether it was committed or rolled back."""
        return self._handle is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *exception: object) -> None:
        if kind is not None:
            self.rollback()
        elif not self.is_over:
            self.commit()

    def put(self, key: BytesLike, value: BytesLike) -> None:
        """Gives a key a value. Nobody else sees it before the commit."""
        key, value = as_bytes(key, "a key"), as_bytes(value, "a value")
        with self._lock:
            call(library.kevo_transaction_put, self._open(), key, len(key), value, len(value))

    def delete(self, key: BytesLike) -> None:
        """Deletes a key. It is no error if it is not there."""
        key = as_bytes(key, "a key")
        with self._lock:
            call(library.kevo_transaction_delete, self._open(), key, len(key))

    def __setitem__(self, key: BytesLike, value: BytesLike) -> None:
        self.put(key, value)

    def __delitem__(self, key: BytesLike) -> None:
        """As delete: it is no error if the key is not there."""
        self.delete(key)

    def delete_range(self, start: BytesLike | None = None, end: BytesLike | None = None) -> int:
        """Deletes every key that it sees from `start` on and below `end`, and returns how many that were. The range
        counts as read."""
        count = c_uint64()
        with self._lock:
            call(library.kevo_transaction_delete_range, self._open(), *as_range(start, end), byref(count))
        return count.value

    def savepoint(self) -> None:
        """Sets a savepoint, to which rollback_to_savepoint goes back. There may be any number, one in the other."""
        with self._lock:
            call(library.kevo_transaction_savepoint, self._open())

    def rollback_to_savepoint(self) -> bool:
        """Takes back what was written since the last savepoint, and takes that savepoint away. False if there is
        none. What was read since then still counts as read."""
        with self._lock:
            return call(library.kevo_transaction_rollback_to_savepoint, self._open()) != NOT_FOUND

    def commit(self, *, sync: bool | None = None, wait: bool = True) -> int:
        """Writes all that it wrote as one batch, if what it read is still so, and returns the sequence number of the
        last operation. The transaction is over, whatever happens: of ConflictError, run it again with another one.

        `sync` and `wait` are those of Database.put.
        """
        sequence = c_uint64()
        with self._lock:
            handle = self._open()
            try:
                call(library.kevo_transaction_commit, handle, write_flags(sync, wait), byref(sequence))
            finally:
                self._handle = None
        return sequence.value

    def rollback(self) -> None:
        """Ends it without writing anything. One that is over stays as it is."""
        with self._lock:
            self._handle = None

    close = rollback

    def _value(self, key: BytesLike) -> bytes | None:
        key, value = as_bytes(key, "a key"), Slice()
        with self._lock:
            handle = self._open()
            code = call(library.kevo_transaction_get, handle, key, len(key), byref(value))
            return value.copy() if code == OK else None

    def _iterator(self, scan: ScanHandle) -> IteratorHandle:
        with self._lock:
            return new_iterator_or_error(library.kevo_transaction_iterator, self._open(), scan)
