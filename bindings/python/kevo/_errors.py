"""The exceptions for the library's error codes."""

import os
from collections.abc import Callable
from ctypes import byref, c_void_p

from ._library import E_CLOSED, UINT64_MAX, ErrorHandle, Handle, library
from ._report import RecoveryReport


class Error(Exception):
    """The base of all errors that libkevo reports."""

    code: int
    """One of the KEVO_E_ codes of kevo.h."""
    path: str | None = None
    """The file or directory that the error is about."""
    offset: int | None = None
    """Where in that file the trouble starts, in bytes."""
    os_code: int | None = None
    """The operating system's error number, an errno."""
    report: RecoveryReport | None = None
    """If recovery failed, what it found before it failed."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class InvalidArgumentError(Error, ValueError):
    """A value is out of range."""


class IoError(Error, OSError):
    """A file or directory could not be read or written. `errno` and `filename` are set as in any OSError."""

    def __str__(self) -> str:
        """The library's message, not the one that OSError makes of errno and filename."""
        return BaseException.__str__(self)


class CorruptError(Error):
    """Something is damaged: a log in a way that the recovery mode does not pass over, a table, or a list of tables."""


class TooManyMemtablesError(Error):
    """The log needs more memtables than are allowed."""


class ImmutableError(Error):
    """The memtable takes no more writes."""


class NoMemoryError(Error, MemoryError):
    """There is not enough memory."""


class CancelledError(Error):
    """A LogCursor was woken, or closed, while it waited."""


class LockedError(Error):
    """Another process, or another Database of this one, has the database open for writing."""


class ConflictError(Error):
    """The transaction read what somebody has written since. Run it again, as Database.transact does."""


class ReadOnlyError(Error):
    """The database, or the transaction, is only for reading."""


class ClosedError(Error, ValueError):
    """What is used is closed, or a transaction that is over; or this process was forked from the one that made it."""

    def __init__(self, code: int = E_CLOSED, message: str = "it is closed") -> None:
        super().__init__(code, message)


class FailedError(Error):
    """A write, sync or flush failed before: nothing more is taken until Database.resume or a new opening."""


class ExistsError(Error):
    """There is a database, or a directory that is not empty, where none must be."""


class NotADatabaseError(Error):
    """There is no database, and none is to be made; or there is something else."""


class TooLargeError(Error):
    """A key, a value or a batch is larger than may be."""


class ExpiredError(Error):
    """The transaction outlived its time limit."""


class UnsupportedError(Error):
    """A newer version of libkevo wrote it."""


class BusyError(Error):
    """It would have to wait, and must not; or the time limit of the wait ran out."""


class InternalError(Error):
    """An error in the library itself. Please report it."""


_CLASSES: dict[int, type[Error]] = {
    -1: InvalidArgumentError,
    -2: IoError,
    -3: CorruptError,
    -4: TooManyMemtablesError,
    -6: CancelledError,
    -7: ImmutableError,
    -8: NoMemoryError,
    -9: LockedError,
    -10: ConflictError,
    -11: ReadOnlyError,
    E_CLOSED: ClosedError,
    -13: FailedError,
    -14: ExistsError,
    -15: NotADatabaseError,
    -16: TooLargeError,
    -17: ExpiredError,
    -18: UnsupportedError,
    -19: BusyError,
    -99: InternalError,
}


def new_error(code: int, message: str | None = None) -> Error:
    return _CLASSES.get(code, Error)(code, message or library.kevo_strerror(code).decode())


def check(code: int) -> int:
    """Raises the error that a negative code stands for; returns any other code."""
    if code < 0:
        raise new_error(code)
    return code


def detailed_error(code: int, details: ErrorHandle | c_void_p, report: RecoveryReport | None = None) -> Error:
    if not details:
        return new_error(code)
    error = new_error(code, library.kevo_error_message(details).decode())
    path = library.kevo_error_path(details)
    offset = library.kevo_error_offset(details)
    error.path = None if path is None else os.fsdecode(path)
    error.offset = None if offset == UINT64_MAX else offset
    error.os_code = library.kevo_error_os_code(details) or None
    error.report = report
    if isinstance(error, IoError):
        error.errno, error.filename = error.os_code, error.path
    return error


def call(function: Callable[..., int], *arguments: object) -> int:
    """Calls a function whose last parameter is where the error goes. Raises it, or returns the code."""
    error = ErrorHandle()
    code = function(*arguments, byref(error))
    if code < 0:
        raise detailed_error(code, error)
    return code


def iterator_error(iterator: Handle, code: int) -> Error:
    """What the last move of an iterator failed with. The details belong to the iterator."""
    return detailed_error(code, c_void_p(library.kevo_iterator_error(iterator)))
