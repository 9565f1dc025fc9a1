"""Rebuilds the memtables of a write-ahead log."""

from collections.abc import Callable
from ctypes import byref, c_void_p
from enum import IntEnum
from typing import Any

from ._errors import check, detailed_error, new_error
from ._library import OK, Handle, PathLike, Progress, as_path, as_uint64, library
from ._memtables import LATEST, MemtableList
from ._report import read_report


class RecoveryMode(IntEnum):
    """What recovery does about damage."""

    TOLERATE_TORN_TAIL = 0
    """Torn tails are reported, in any file; corruption is an error."""
    ABSOLUTE = 1
    """Any damage is an error."""
    POINT_IN_TIME = 2
    """Nothing behind corruption is recovered; behind a torn tail, a later file is read only if it goes on where the
    sequence numbers left off."""
    SKIP_CORRUPTED = 3
    """All that is intact is recovered."""


class Order(IntEnum):
    """What makes a version of a key the newest."""

    LOG = 0
    """It was written last."""
    SEQUENCE = 1
    """What Kevo itself would answer, which can be an old value."""


def recover(
    path: PathLike,
    *,
    mode: RecoveryMode = RecoveryMode.TOLERATE_TORN_TAIL,
    order: Order = Order.LOG,
    max_sequence: int = LATEST,
    max_memtables: int = 4,
    memtable_size: int = 32 * 1024 * 1024,
    include_set_aside: bool = False,
    threads: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> MemtableList:
    """Rebuilds the memtables of the write-ahead log in a directory. Nothing on disk is changed.

    Entries above `max_sequence` are ignored. A log that needs more than `max_memtables` of `memtable_size` bytes each
    raises TooManyMemtablesError. With `include_set_aside`, the logs that Kevo has moved to backup_*/ are read too.
    `threads` is how many are used at the most; 0 is one for each core. `progress` is called with the bytes read so far
    and the bytes to be read; an exception that it raises ends recovery, and comes out of it.
    """
    options = Handle(library.kevo_recovery_options_new(), library.kevo_recovery_options_free)
    _set(options, "mode", RecoveryMode(mode))
    _set(options, "order", Order(order))
    _set(options, "max_sequence", as_uint64(max_sequence, "max_sequence"))
    _set(options, "max_memtables", as_uint64(max_memtables, "max_memtables"))
    _set(options, "memtable_size", as_uint64(memtable_size, "memtable_size"))
    _set(options, "include_set_aside", bool(include_set_aside))
    _set(options, "threads", as_uint64(threads, "threads"))
    raised: list[BaseException] = []
    callback = Progress() if progress is None else _callback(progress, raised)
    check(library.kevo_recovery_options_set_progress(options, callback, None))
    return _recover(as_path(path), options, raised)


def _set(options: Handle, name: str, value: int) -> None:
    code = getattr(library, f"kevo_recovery_options_set_{name}")(options, value)
    if code < 0:
        raise new_error(code, f"{name} cannot be {value}")


def _callback(progress: Callable[[int, int], object], raised: list[BaseException]) -> Any:
    def callback(_user: None, bytes_done: int, bytes_total: int) -> int:
        try:
            progress(bytes_done, bytes_total)
        except BaseException as exception:
            raised.append(exception)
            return 1
        return 0

    return Progress(callback)


def _recover(directory: bytes, options: Handle, raised: list[BaseException]) -> MemtableList:
    list_pointer, report_pointer, error_pointer = c_void_p(), c_void_p(), c_void_p()
    code = library.kevo_recover(directory, options, byref(list_pointer), byref(report_pointer), byref(error_pointer))
    memtables = Handle(list_pointer, library.kevo_memtable_list_free)
    error = Handle(error_pointer, library.kevo_error_free)
    report = read_report(Handle(report_pointer, library.kevo_recovery_report_free))
    if raised:
        raise raised.pop()
    if code != OK:
        raise detailed_error(code, error if error_pointer else None, report)
    return MemtableList(memtables, report)
