"""Rebuilds the memtables of a write-ahead log."""

from collections.abc import Callable
from ctypes import byref
from enum import IntEnum
from typing import Any

from ._errors import check, detailed_error, new_error
from ._library import (
    OK,
    ErrorHandle,
    MemtableListHandle,
    PathLike,
    Progress,
    RecoveryOptionsHandle,
    RecoveryReportHandle,
    as_path,
    as_uint64,
    library,
)
from ._memtables import LATEST, MemtableList
from ._report import read_report
from ._watched import Watched, interpreter_is_exiting


class RecoveryMode(IntEnum):
    """What recovery does about damage."""

    TOLERATE_TORN_TAIL = 0
    """Torn tails are reported, in any file; corruption is an error."""
    ABSOLUTE = 1
    """Any damage is an error."""
    POINT_IN_TIME = 2
    """Nothing after corruption is recovered. After a torn tail, a later file is read only if its sequence numbers
    continue where those before the tail ended."""
    SKIP_CORRUPTED = 3
    """Everything that is intact is recovered."""


class Order(IntEnum):
    """What makes a version of a key the newest."""

    LOG = 0
    """The version that was written last."""
    SEQUENCE = 1
    """The version that Kevo itself would answer with, which can be an old one."""


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
    `threads` is how many are used at the most; 0 is one for each core. `progress` is called,
    on this thread, with the bytes read so far and the bytes to be read. An exception that it raises cancels the
    recovery and comes out of it, and so does a KeyboardInterrupt at any time. While the interpreter exits, progress is
    not told.
    """
    options = library.kevo_recovery_options_new()
    _set(options, "mode", RecoveryMode(mode))
    _set(options, "order", Order(order))
    _set(options, "max_sequence", as_uint64(max_sequence, "max_sequence"))
    _set(options, "max_memtables", as_uint64(max_memtables, "max_memtables"))
    _set(options, "memtable_size", as_uint64(memtable_size, "memtable_size"))
    _set(options, "include_set_aside", bool(include_set_aside))
    _set(options, "threads", as_uint64(threads, "threads"))
    return _recover(as_path(path), options, progress)


def _set(options: RecoveryOptionsHandle, name: str, value: int) -> None:
    code = getattr(library, f"kevo_recovery_options_set_{name}")(options, value)
    if code < 0:
        raise new_error(code, f"{name} cannot be {value}")


def _recover(
    directory: bytes, options: RecoveryOptionsHandle, progress: Callable[[int, int], object] | None
) -> MemtableList:
    memtables, report, error = MemtableListHandle(), RecoveryReportHandle(), ErrorHandle()

    def call(callback: Any) -> int:
        check(library.kevo_recovery_options_set_progress(options, callback, None))
        return int(library.kevo_recover(directory, options, byref(memtables), byref(report), byref(error)))

    # While the interpreter exits, threads cannot be started, so progress is not told.
    code = call(Progress()) if progress is None or interpreter_is_exiting() else Watched(call).run(progress)
    found = read_report(report)
    if code != OK:
        raise detailed_error(code, error, found)
    return MemtableList(memtables, found)
