"""The exceptions for the library's error codes."""

import os

from ._library import UINT64_MAX, ErrorHandle, library
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
    """The log is damaged in a way that the recovery mode does not pass over."""


class TooManyMemtablesError(Error):
    """The log needs more memtables than are allowed."""


class ImmutableError(Error):
    """The memtable takes no more writes."""


class NoMemoryError(Error, MemoryError):
    """There is not enough memory."""


class InternalError(Error):
    """An error in the library itself. Please report it."""


_CLASSES: dict[int, type[Error]] = {
    -1: InvalidArgumentError,
    -2: IoError,
    -3: CorruptError,
    -4: TooManyMemtablesError,
    -7: ImmutableError,
    -8: NoMemoryError,
    -99: InternalError,
}


def new_error(code: int, message: str | None = None) -> Error:
    return _CLASSES.get(code, Error)(code, message or library.kevo_strerror(code).decode())


def check(code: int) -> int:
    """Raises the error that a negative code stands for; returns any other code."""
    if code < 0:
        raise new_error(code)
    return code


def detailed_error(code: int, details: ErrorHandle, report: RecoveryReport | None = None) -> Error:
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
