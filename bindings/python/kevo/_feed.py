"""The log of a database as a feed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from ctypes import byref, c_char_p, c_int, c_uint64
from typing import NamedTuple, Self

from ._errors import CancelledError, ClosedError, call
from ._library import (
    END,
    OP_DELETE,
    EntryPointers,
    LogCursorHandle,
    PathLike,
    as_path,
    as_uint64,
    library,
)
from ._reader import Closable

# While it waits in the library, Python handles no signals: a Ctrl-C comes as much later.
_SLICE_SECONDS = 0.1


class LogEntry(NamedTuple):
    """A put or a delete of the log."""

    key: bytes
    value: bytes | None
    """None for a delete."""
    sequence: int
    last_of_batch: bool
    """Whether it is in no batch, or the last one of its batch."""
    path: str
    """Its log. With `offset` it is the `position` from which another cursor goes on after it."""
    offset: int

    @property
    def position(self) -> tuple[str, int]:
        """From where another LogCursor goes on after it."""
        return self.path, self.offset


class LogCursor(Closable):
    """Goes through the logs of a directory, the `wal` of a database of libkevo or of Kevo, in the order in which they
    were written, and waits for more. Another thread or process may write meanwhile.

    It begins with the first entry whose sequence number is above `after`, or after the `position` of an entry that
    another cursor gave. Iterating it waits for ever, until another thread calls close or wake.
    """

    def __init__(self, wal_dir: PathLike, after: int = 0, *, position: tuple[PathLike, int] | None = None) -> None:
        self._handle = None
        # The library lets one thread at a time use it.
        self._lock = threading.Lock()
        handle = LogCursorHandle()
        directory = as_path(wal_dir)
        if position is None:
            call(library.kevo_log_cursor_open, directory, as_uint64(after, "after"), byref(handle))
        else:
            path, offset = as_path(position[0]), as_uint64(position[1], "offset")
            call(library.kevo_log_cursor_open_at, directory, path, offset, byref(handle))
        self._handle = handle

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def next(self, timeout: float | None = None) -> LogEntry | None:
        """The next entry. If there is none yet, it waits for one, `timeout` seconds at most, and then returns None;
        without a `timeout` it waits for ever. CancelledError comes if another thread calls wake, ClosedError if one
        calls close.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = _SLICE_SECONDS if until is None else min(_SLICE_SECONDS, until - time.monotonic())
            found = self._next(max(left, 0))
            if found is not None or (until is not None and time.monotonic() >= until):
                return found

    def _next(self, seconds: float) -> LogEntry | None:
        entry, last_of_batch, path, offset = EntryPointers(), c_int(), c_char_p(), c_uint64()
        with self._lock:
            handle = self._open()
            milliseconds = -int(-seconds * 1000 // 1)
            places = (byref(entry), byref(last_of_batch), byref(path), byref(offset))
            try:
                code = call(library.kevo_log_cursor_next, handle, milliseconds, *places)
            except CancelledError:
                self._open()
                raise
            if code == END:
                return None
            return LogEntry(
                entry.key.copy(),
                None if entry.op == OP_DELETE else entry.value.copy(),
                entry.sequence,
                bool(last_of_batch.value),
                os.fsdecode(path.value or b""),
                offset.value,
            )

    def wake(self) -> None:
        """Wakes a `next` that waits: CancelledError. If none waits, the next one that would does not."""
        library.kevo_log_cursor_wake(self._open())

    def close(self) -> None:
        """Frees it, and wakes a `next` that waits. Closing it again changes nothing."""
        handle = self._handle
        self._handle = None
        if handle is not None:
            library.kevo_log_cursor_wake(handle)

    def __iter__(self) -> Iterator[LogEntry]:
        """Entries as they come, until another thread calls close or wake."""
        try:
            while (entry := self.next()) is not None:
                yield entry
        except (CancelledError, ClosedError):
            return


def tail(
    wal_dir: PathLike,
    after: int = 0,
    *,
    position: tuple[PathLike, int] | None = None,
    timeout: float | None = None,
) -> Iterator[LogEntry]:
    """Gives the entries of a log as they come. It ends when none has come for `timeout` seconds; without one it waits
    for ever. See LogCursor for the rest."""
    with LogCursor(wal_dir, after, position=position) as cursor:
        while (entry := cursor.next(timeout)) is not None:
            yield entry
