"""A database."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterable, Iterator
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint64, c_void_p, cast, create_string_buffer
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar, Unpack
from weakref import WeakSet

from ._batch import Batch
from ._errors import ClosedError, ConflictError, call, check, detailed_error, new_error
from ._feed import LogEntry, tail
from ._library import (
    E_CLOSED,
    E_INVALID_ARGUMENT,
    OK,
    TRANSACTION_EXCLUSIVE,
    TRANSACTION_READ_ONLY,
    WRITE_IN_PIECES,
    BytesLike,
    DbHandle,
    ErrorHandle,
    IteratorHandle,
    PathLike,
    Progress,
    RecoveryReportHandle,
    ScanHandle,
    Slice,
    SnapshotHandle,
    TableListHandle,
    TransactionHandle,
    as_bytes,
    as_path,
    as_range,
    as_uint64,
    library,
)
from ._options import Logger, Options, logger_callback, new_options, new_recovery_options
from ._reader import Reader
from ._report import RecoveryReport, read_report
from ._snapshot import Snapshot
from ._transaction import Transaction, write_flags
from ._watched import Watched, interpreter_is_exiting

Result = TypeVar("Result")
Watcher = Callable[[int, int], object]


@dataclass(frozen=True)
class ListedTable:
    """A table that a database has."""

    path: str
    age: int
    """That of its run: tables of one run have the same age, and share no key; a newer run has a higher age."""
    level: int
    entries: int
    """Tombstones included."""
    tombstones: int
    bytes: int
    foreign: bool
    """Whether Kevo wrote it."""


# In the order of kevo.h's KEVO_LISTED_TABLE_AGE and so on, from 1.
_LISTED = ("age", "level", "entries", "tombstones", "bytes", "foreign")


def open(
    path: PathLike, *, logger: Logger | None = None, progress: Watcher | None = None, **options: Unpack[Options]
) -> Database:
    """Opens the database in a directory, Kevo's or libkevo's, or makes one. help(kevo.Options) has the options.

    `logger` is called with a LogLevel and a sentence, by any thread, until the database is closed; it must use nothing
    of this package. `progress` is called, on this thread, with the bytes of logs read so far and the bytes to be read;
    an exception that it raises cancels the opening.
    """
    handle, report, error = DbHandle(), RecoveryReportHandle(), ErrorHandle()
    settings, recovery = new_options(options), new_recovery_options(options)
    directory = as_path(path)
    if logger is not None and not interpreter_is_exiting():
        handle.logger = logger_callback(logger)
        check(library.kevo_db_options_set_logger(settings, handle.logger, None))

    def run(callback: Any) -> int:
        check(library.kevo_recovery_options_set_progress(recovery, callback, None))
        check(library.kevo_db_options_set_recovery(settings, recovery))
        return int(library.kevo_db_open(directory, settings, byref(handle), byref(report), byref(error)))

    code = watched(run, progress)
    found = read_report(report)
    if code != OK:
        raise detailed_error(code, error, found)
    return Database(directory, handle, found)


def watched(run: Callable[[Any], int], progress: Watcher | None) -> int:
    """Runs a call that takes a progress callback, and returns its code."""
    # While the interpreter exits, threads cannot be started, so progress is not told.
    return run(Progress()) if progress is None or interpreter_is_exiting() else Watched(run).run(progress)


def destroy(path: PathLike) -> None:
    """Removes a database that is closed: its files, by their names, and the directories that are empty then."""
    call(library.kevo_db_destroy, as_path(path))


def salvage(
    path: PathLike,
    into: PathLike,
    *,
    include_set_aside: bool = True,
    threads: int = 0,
    progress: Watcher | None = None,
) -> RecoveryReport:
    """Makes an openable database in `into` of whatever is left of the one in `path`, where nothing changes. The report
    says what cannot be had or is in doubt."""
    report, error = RecoveryReportHandle(), ErrorHandle()
    options = new_recovery_options({"include_set_aside": include_set_aside, "recovery_threads": threads})
    source, target = as_path(path), as_path(into)

    def run(callback: Any) -> int:
        check(library.kevo_recovery_options_set_progress(options, callback, None))
        return int(library.kevo_db_salvage(source, target, options, byref(report), byref(error)))

    code = watched(run, progress)
    found = read_report(report)
    if code != OK:
        raise detailed_error(code, error, found)
    return found


class Database(Reader):
    """An open database, which kevo.open makes. It is read and written as a dict of bytes.

    Any number of threads may use it at once, even while one of them closes it. Of all methods that write, `sync` says
    whether the write is on disk when the call returns, whatever the sync mode is; without `wait` a write that would
    have to wait for a flush raises BusyError.
    """

    _told: ClassVar[WeakSet[Database]] = WeakSet()

    def __init__(self, directory: bytes, handle: DbHandle, report: RecoveryReport) -> None:
        self._directory = directory
        self._handle: DbHandle | None = handle
        self.report = report
        """What recovery found."""
        if handle.logger is not None:
            self._told.add(self)

    @property
    def path(self) -> str:
        """The directory, as it was given to kevo.open."""
        return os.fsdecode(self._directory)

    @property
    def closed(self) -> bool:
        return self._handle is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends its threads, syncs what was written, flushes what waits for it, and releases the lock. Closing it again
        changes nothing.

        Snapshots, iterators and values stay valid. Calls of other threads end with what they would have returned, or
        with ClosedError. If it raises IoError or FailedError, it is closed, but what was not synced before may not be
        on disk.
        """
        handle = self._handle
        self._handle = None
        if handle is None:
            return
        # So that a KeyboardInterrupt on any line leaves a handle that closes the database when it is freed.
        closing = DbHandle(handle.value)
        closing.logger = handle.logger
        handle.value = None
        error = ErrorHandle()
        code = library.kevo_db_close(closing, byref(error))
        closing.value = None
        if code not in (OK, E_CLOSED):
            raise detailed_error(code, error)

    def _open(self) -> DbHandle:
        handle = self._handle
        if handle is None:
            raise ClosedError(message="this Database is closed")
        return handle

    def _call(self, function: Callable[..., int], *arguments: object) -> int:
        """A call of the library with the handle, the arguments, and a place for the error."""
        return self._checked(lambda handle, error: function(handle, *arguments, error))

    def _checked(self, function: Callable[[DbHandle, Any], int]) -> int:
        handle, error = self._open(), ErrorHandle()
        code = function(handle, byref(error))
        if code < 0:
            raise self._failure(handle, code, error)
        return code

    def _failure(
        self, handle: DbHandle, code: int, error: ErrorHandle, report: RecoveryReport | None = None
    ) -> Exception:
        # Another thread may have closed it between two lines.
        if code == E_INVALID_ARGUMENT and not handle:
            return ClosedError(message="this Database is closed")
        return detailed_error(code, error, report)

    def put(self, key: BytesLike, value: BytesLike, *, sync: bool | None = None, wait: bool = True) -> None:
        """Gives a key a value."""
        key, value = as_bytes(key, "a key"), as_bytes(value, "a value")
        self._call(library.kevo_db_put, key, len(key), value, len(value), write_flags(sync, wait))

    def delete(self, key: BytesLike, *, sync: bool | None = None, wait: bool = True) -> None:
        """Deletes a key. It is no error if it is not there."""
        key = as_bytes(key, "a key")
        self._call(library.kevo_db_delete, key, len(key), write_flags(sync, wait))

    def __setitem__(self, key: BytesLike, value: BytesLike) -> None:
        self.put(key, value)

    def __delitem__(self, key: BytesLike) -> None:
        """As delete: unlike with a dict, it is no error if the key is not there."""
        self.delete(key)

    def write(self, batch: Batch, *, sync: bool | None = None, wait: bool = True) -> int:
        """Writes a batch, all of it or nothing in every crash, and returns the sequence number of its last operation.
        The batch stays as it is."""
        if not isinstance(batch, Batch):
            raise TypeError(f"a batch must be a Batch, not {type(batch).__name__}")
        sequence = c_uint64()
        with batch._lock:
            self._call(library.kevo_db_write, batch._handle, write_flags(sync, wait), byref(sequence))
        return sequence.value

    def delete_range(
        self,
        start: BytesLike | None = None,
        end: BytesLike | None = None,
        *,
        in_pieces: bool = False,
        sync: bool | None = None,
        wait: bool = True,
    ) -> int:
        """Deletes every key from `start` on and below `end`, as one batch, and returns how many that were.
        With `in_pieces` they are several batches of about 1 MiB; it is for ranges of millions of keys."""
        count = c_uint64()
        flags = write_flags(sync, wait) | (WRITE_IN_PIECES if in_pieces else 0)
        self._call(library.kevo_db_delete_range, *as_range(start, end), flags, byref(count))
        return count.value

    def _value(self, key: BytesLike) -> bytes | None:
        key = as_bytes(key, "a key")
        pinned, value = library.kevo_pinned_new(), Slice()
        code = self._call(library.kevo_db_get, None, key, len(key), pinned, byref(value))
        return value.copy() if code == OK else None

    def __contains__(self, key: BytesLike) -> bool:
        key = as_bytes(key, "a key")
        return self._call(library.kevo_db_get, None, key, len(key), None, None) == OK

    def multi_get(self, keys: Iterable[BytesLike], *, snapshot: Snapshot | None = None) -> list[bytes | None]:
        """The values of several keys, all at one moment, or at that of a snapshot; None where there is none."""
        wanted = [as_bytes(key, "a key") for key in keys]
        count = len(wanted)
        pointers, values, codes = (Slice * count)(), (Slice * count)(), (c_int * count)()
        for pointer, key in zip(pointers, wanted):
            pointer.data, pointer.len = cast(c_char_p(key), c_void_p), len(key)
        # Kept in variables: the values live as long as the pin, and the snapshot as long as the call.
        pinned, moment = library.kevo_pinned_new(), None if snapshot is None else snapshot._open()
        self._call(library.kevo_db_multi_get, moment, pointers, count, pinned, values, codes)
        return [_found(code, value) for code, value in zip(codes, values)]

    def _iterator(self, scan: ScanHandle) -> IteratorHandle:
        iterator = IteratorHandle()
        self._call(library.kevo_db_iterator, None, scan, byref(iterator))
        return iterator

    def snapshot(self) -> Snapshot:
        """The database as it is now: all writes that have been acknowledged, and none that comes later."""
        snapshot = SnapshotHandle()
        self._call(library.kevo_db_snapshot, byref(snapshot))
        return Snapshot(snapshot)

    def transaction(
        self, *, read_only: bool = False, exclusive: bool = False, timeout: float | None = None
    ) -> Transaction:
        """Begins a transaction: see Transaction, and `transact`, which runs one again on a conflict.

        One that is `exclusive` waits for other exclusive ones first, and conflicts only with plain writes and with
        transactions that are not. `timeout`, in seconds, limits this wait (BusyError) and how long it may live
        (ExpiredError).
        """
        flags = (TRANSACTION_READ_ONLY if read_only else 0) | (TRANSACTION_EXCLUSIVE if exclusive else 0)
        # 0 is no limit for the library.
        milliseconds = 0 if timeout is None else max(1, as_uint64(int(timeout * 1000), "timeout in milliseconds"))
        transaction = TransactionHandle()
        self._call(library.kevo_transaction_begin, flags, milliseconds, byref(transaction))
        return Transaction(transaction)

    def transact(
        self,
        function: Callable[[Transaction], Result],
        *,
        exclusive: bool = False,
        timeout: float | None = None,
        sync: bool | None = None,
    ) -> Result:
        """Runs `function(transaction)` and commits, and does both again as long as the commit conflicts. So `function`
        may run several times, and should change nothing but the transaction. What it raises rolls back and comes out.
        """
        while True:
            transaction = self.transaction(exclusive=exclusive, timeout=timeout)
            try:
                result = function(transaction)
                if not transaction.is_over:
                    transaction.commit(sync=sync)
                return result
            except ConflictError:
                continue
            finally:
                transaction.rollback()

    def sync(self) -> None:
        """Brings to disk all that was acknowledged before."""
        self._call(library.kevo_db_sync)

    def resume(self) -> None:
        """Takes writes again after a failure, when its cause is gone. Writes that failed are gone then."""
        self._call(library.kevo_db_resume)

    def flush(self) -> None:
        """Brings into tables all that was written before."""
        self._call(library.kevo_db_flush)

    def catch_up(self) -> None:
        """Brings a database that was opened read-only to what another process has written since."""
        self._call(library.kevo_db_catch_up)

    def check_status(self) -> None:
        """Raises FailedError if nothing is written since a failure; or what the last compaction failed with."""
        self._call(library.kevo_db_status)

    def pause_background(self) -> None:
        """Begins no flush and no compaction of itself, until continue_background was called as often as this."""
        self._call(library.kevo_db_pause_background)

    def continue_background(self) -> None:
        """Takes back one pause_background."""
        self._call(library.kevo_db_continue_background)

    def compact(
        self, start: BytesLike | None = None, end: BytesLike | None = None, *, progress: Watcher | None = None
    ) -> None:
        """Merges all tables that have keys from `start` on and below `end`, after a flush. `progress` is called, on
        this thread, with the bytes done and the bytes to be done; what it raises cancels the call and comes out."""
        keys = as_range(start, end)
        self._watched(
            progress, lambda handle, callback, error: library.kevo_db_compact(handle, *keys, callback, None, error)
        )

    def checkpoint(self, path: PathLike, *, progress: Watcher | None = None) -> None:
        """Makes a second database of all that was written before, in a directory that is new or empty. `progress` is
        as in compact."""
        into = as_path(path)
        self._watched(
            progress, lambda handle, callback, error: library.kevo_db_checkpoint(handle, into, callback, None, error)
        )

    def verify(self, *, progress: Watcher | None = None) -> RecoveryReport:
        """Reads every byte of every file that the database needs. If something is damaged or missing, it raises
        CorruptError, whose `report` lists all damage. `progress` is as in compact."""
        report = RecoveryReportHandle()
        return self._watched(
            progress,
            lambda handle, callback, error: library.kevo_db_verify(handle, callback, None, byref(report), error),
            report,
        )

    def _watched(
        self,
        progress: Watcher | None,
        function: Callable[[DbHandle, Any, Any], int],
        report: RecoveryReportHandle | None = None,
    ) -> RecoveryReport:
        handle, error = self._open(), ErrorHandle()
        code = watched(lambda callback: function(handle, callback, byref(error)), progress)
        found = read_report(RecoveryReportHandle() if report is None else report)
        if code < 0:
            raise self._failure(handle, code, error, None if report is None else found)
        return found

    def approximate_size(self, start: BytesLike | None = None, end: BytesLike | None = None) -> int:
        """About how many bytes of table files the keys from `start` on and below `end` take."""
        size = c_uint64()
        self._call(library.kevo_db_approximate_size, *as_range(start, end), byref(size))
        return size.value

    @property
    def last_sequence(self) -> int:
        """The highest sequence number of all writes that reads see."""
        return int(library.kevo_db_last_sequence(self._open()))

    def stats(self) -> dict[str, int]:
        """Numbers that say something about the database, by their names, such as "bytes-flushed"."""
        handle = self._open()
        return {name: int(library.kevo_db_stat(handle, stat)) for stat, name in enumerate(_STAT_NAMES)}

    def stat_text(self) -> str:
        """All of these, in the form that Prometheus collects, with the levels as well."""
        text, length = create_string_buffer(_LONGEST_STAT_TEXT), c_size_t()
        self._call(library.kevo_db_stat_text, text, len(text), byref(length))
        return text.raw[: length.value].decode()

    def tables(self) -> tuple[ListedTable, ...]:
        """The tables that it has now: runs from the newest to the oldest, and the tables of a run in the order of their
        keys."""
        tables = TableListHandle()
        self._call(library.kevo_db_tables, byref(tables))
        return tuple(_listed(tables, index) for index in range(library.kevo_table_list_count(tables)))

    def tail(self, after: int | None = None, *, timeout: float | None = None) -> Iterator[LogEntry]:
        """Gives what is written from now on, or above the sequence number `after`, as it comes. See kevo.tail."""
        sequence = self.last_sequence if after is None else after
        return tail(os.path.join(self._directory, b"wal"), sequence, timeout=timeout)


def _found(code: int, value: Slice) -> bytes | None:
    if code < 0:
        raise new_error(code)
    return value.copy() if code == OK else None


def _listed(tables: TableListHandle, index: int) -> ListedTable:
    stats = {name: int(library.kevo_table_list_stat(tables, index, stat)) for stat, name in enumerate(_LISTED, 1)}
    path = os.fsdecode(library.kevo_table_list_path(tables, index))
    return ListedTable(**{**stats, "path": path, "foreign": bool(stats["foreign"])})  # type: ignore[arg-type]


def _stat_names() -> Iterator[str]:
    stat = 0
    while (name := library.kevo_db_stat_name(stat)) is not None:
        yield name.decode()
        stat += 1


_STAT_NAMES = tuple(_stat_names())
# In bytes; kevo.h says how much fewer it has.
_LONGEST_STAT_TEXT = 1 << 16


@atexit.register
def _close_those_with_a_logger() -> None:
    """Their threads must not call Python when it is gone."""
    for database in tuple(Database._told):
        try:
            database.close()
        except Exception:
            pass  # What is lost by that is what a process loses that exits without a close.
