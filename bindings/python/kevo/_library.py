"""Finds libkevo, and says what its functions take and return."""

import ctypes
import os
from ctypes import POINTER, c_char_p, c_double, c_int, c_size_t, c_ssize_t, c_uint, c_uint32, c_uint64, c_void_p, py_object
from pathlib import Path
from typing import Any

OK = 0
NOT_FOUND = 1
DELETED = 2
END = 3
BUFFER_TOO_SMALL = -5
CANCELLED = -6

E_INVALID_ARGUMENT = -1
E_CLOSED = -12

OP_DELETE = 2

SCAN_ALL_VERSIONS = 1
SCAN_TOMBSTONES = 2

EXPORT_NEWEST_ONLY = 1

WRITE_SYNC = 1
WRITE_NO_SYNC = 2
WRITE_NO_WAIT = 4
WRITE_IN_PIECES = 8

TRANSACTION_READ_ONLY = 1
TRANSACTION_EXCLUSIVE = 2

UINT64_MAX = 2**64 - 1

_SONAME = "libkevo.so.0"
# The first version of kevo.h that has everything that is used here.
_HEADER_VERSION = 2000

BytesLike = bytes | bytearray | memoryview
PathLike = str | bytes | os.PathLike[str] | os.PathLike[bytes]
Progress = ctypes.CFUNCTYPE(c_int, c_void_p, c_uint64, c_uint64)
Log = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_char_p)


# Unlike ctypes.string_at, whose length is a C int, it takes any length.
copy_bytes = ctypes.PYFUNCTYPE(py_object, c_void_p, c_ssize_t)(("PyBytes_FromStringAndSize", ctypes.pythonapi))


class Slice(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("len", c_size_t)]

    def copy(self) -> bytes:
        # Of an empty slice, the address may be anything.
        return bytes(copy_bytes(self.data, self.len)) if self.len else b""


class EntryPointers(ctypes.Structure):
    """A kevo_entry."""

    _fields_ = [("key", Slice), ("value", Slice), ("sequence", c_uint64), ("op", c_uint32), ("reserved", c_uint32)]


_BYTES = [c_char_p, c_size_t]
_GET = [c_void_p, *_BYTES, c_uint64, POINTER(Slice), POINTER(c_uint64)]
_PUT = [c_void_p, *_BYTES, *_BYTES, c_uint64]
_DELETE = [c_void_p, *_BYTES, c_uint64]
_ITERATOR = [c_void_p, c_void_p, POINTER(c_void_p)]
_EXPORT = [c_void_p, c_char_p, c_uint32, POINTER(c_uint64), POINTER(c_uint64), POINTER(c_void_p)]
_DAMAGE = [
    c_void_p,
    c_size_t,
    POINTER(c_char_p),
    POINTER(c_uint64),
    POINTER(c_uint64),
    POINTER(c_int),
    POINTER(c_char_p),
]

_ERROR = POINTER(c_void_p)
_OUT = POINTER(c_void_p)
_RANGE = [*_BYTES, *_BYTES]
_OF_DATABASE = (c_int, [c_void_p, _ERROR])
_OF_TRANSACTION = (c_int, [c_void_p, _ERROR])
_SET_NUMBER = (c_int, [c_void_p, c_uint64])
_SET_SWITCH = (c_int, [c_void_p, c_int])
_WATCHED = [Progress, c_void_p]

_PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "kevo_strerror": (c_char_p, [c_int]),
    "kevo_version_string": (c_char_p, []),
    "kevo_abi_check": (c_int, [c_uint32]),
    "kevo_error_message": (c_char_p, [c_void_p]),
    "kevo_error_path": (c_char_p, [c_void_p]),
    "kevo_error_offset": (c_uint64, [c_void_p]),
    "kevo_error_os_code": (c_int, [c_void_p]),
    "kevo_error_free": (None, [c_void_p]),
    "kevo_recovery_options_new": (c_void_p, []),
    "kevo_recovery_options_set_mode": (c_int, [c_void_p, c_int]),
    "kevo_recovery_options_set_order": (c_int, [c_void_p, c_int]),
    "kevo_recovery_options_set_max_sequence": (c_int, [c_void_p, c_uint64]),
    "kevo_recovery_options_set_max_memtables": (c_int, [c_void_p, c_size_t]),
    "kevo_recovery_options_set_memtable_size": (c_int, [c_void_p, c_uint64]),
    "kevo_recovery_options_set_include_set_aside": (c_int, [c_void_p, c_int]),
    "kevo_recovery_options_set_threads": (c_int, [c_void_p, c_size_t]),
    "kevo_recovery_options_set_progress": (c_int, [c_void_p, Progress, c_void_p]),
    "kevo_recovery_options_free": (None, [c_void_p]),
    "kevo_recover": (c_int, [c_char_p, c_void_p, POINTER(c_void_p), POINTER(c_void_p), POINTER(c_void_p)]),
    "kevo_recovery_report_stat": (c_uint64, [c_void_p, c_int]),
    "kevo_recovery_report_damage_count": (c_size_t, [c_void_p]),
    "kevo_recovery_report_damage": (c_int, _DAMAGE),
    "kevo_recovery_report_free": (None, [c_void_p]),
    "kevo_memtable_list_count": (c_size_t, [c_void_p]),
    "kevo_memtable_list_max_sequence": (c_uint64, [c_void_p]),
    "kevo_memtable_list_get": (c_int, _GET),
    "kevo_memtable_list_put": (c_int, _PUT),
    "kevo_memtable_list_delete": (c_int, _DELETE),
    "kevo_memtable_list_iterator": (c_int, _ITERATOR),
    "kevo_memtable_list_table": (c_int, [c_void_p, c_size_t, POINTER(c_void_p)]),
    "kevo_memtable_list_export": (c_int, _EXPORT),
    "kevo_memtable_list_free": (None, [c_void_p]),
    "kevo_memtable_get": (c_int, _GET),
    "kevo_memtable_put": (c_int, _PUT),
    "kevo_memtable_delete": (c_int, _DELETE),
    "kevo_memtable_iterator": (c_int, _ITERATOR),
    "kevo_memtable_set_immutable": (c_int, [c_void_p]),
    "kevo_memtable_is_immutable": (c_int, [c_void_p]),
    "kevo_memtable_approximate_size": (c_uint64, [c_void_p]),
    "kevo_memtable_entry_count": (c_uint64, [c_void_p]),
    "kevo_memtable_next_sequence": (c_uint64, [c_void_p]),
    "kevo_memtable_age_seconds": (c_double, [c_void_p]),
    "kevo_memtable_free": (None, [c_void_p]),
    "kevo_scan_new": (c_void_p, []),
    "kevo_scan_set_lower": (c_int, [c_void_p, *_BYTES, c_int]),
    "kevo_scan_set_upper": (c_int, [c_void_p, *_BYTES, c_int]),
    "kevo_scan_set_prefix": (c_int, [c_void_p, *_BYTES]),
    "kevo_scan_set_max_sequence": (c_int, [c_void_p, c_uint64]),
    "kevo_scan_set_flags": (c_int, [c_void_p, c_uint32]),
    "kevo_scan_free": (None, [c_void_p]),
    "kevo_iterator_next": (c_int, [c_void_p]),
    "kevo_iterator_entry": (c_int, [c_void_p, POINTER(EntryPointers)]),
    "kevo_iterator_next_packed": (c_int, [c_void_p, c_void_p, c_size_t, POINTER(c_size_t), POINTER(c_size_t)]),
    "kevo_iterator_free": (None, [c_void_p]),
    "kevo_iterator_error": (c_void_p, [c_void_p]),
    "kevo_iterator_last": (c_int, [c_void_p]),
    "kevo_iterator_prev": (c_int, [c_void_p]),
    "kevo_pinned_new": (c_void_p, []),
    "kevo_pinned_free": (None, [c_void_p]),
    "kevo_db_options_new": (c_void_p, []),
    "kevo_db_options_free": (None, [c_void_p]),
    "kevo_db_options_set_create_if_missing": _SET_SWITCH,
    "kevo_db_options_set_error_if_exists": _SET_SWITCH,
    "kevo_db_options_set_read_only": _SET_SWITCH,
    "kevo_db_options_set_recovery": (c_int, [c_void_p, c_void_p]),
    "kevo_db_options_set_memtable_size": _SET_NUMBER,
    "kevo_db_options_set_max_memtables": (c_int, [c_void_p, c_size_t]),
    "kevo_db_options_set_sync": (c_int, [c_void_p, c_int, c_uint64]),
    "kevo_db_options_set_log_size": _SET_NUMBER,
    "kevo_db_options_set_log_mapped": _SET_SWITCH,
    "kevo_db_options_set_log_retention": _SET_NUMBER,
    "kevo_db_options_set_table_size": _SET_NUMBER,
    "kevo_db_options_set_block_size": (c_int, [c_void_p, c_size_t]),
    "kevo_db_options_set_cache_size": _SET_NUMBER,
    "kevo_db_options_set_filter_bits": (c_int, [c_void_p, c_uint]),
    "kevo_db_options_set_compaction": (c_int, [c_void_p, c_int, c_size_t]),
    "kevo_db_options_set_compaction_rate": _SET_NUMBER,
    "kevo_db_options_set_max_open_files": (c_int, [c_void_p, c_size_t]),
    "kevo_db_options_set_logger": (c_int, [c_void_p, Log, c_void_p]),
    "kevo_db_open": (c_int, [c_char_p, c_void_p, _OUT, _OUT, _ERROR]),
    "kevo_db_close": _OF_DATABASE,
    "kevo_db_destroy": (c_int, [c_char_p, _ERROR]),
    "kevo_db_salvage": (c_int, [c_char_p, c_char_p, c_void_p, _OUT, _ERROR]),
    "kevo_db_put": (c_int, [c_void_p, *_BYTES, *_BYTES, c_uint32, _ERROR]),
    "kevo_db_delete": (c_int, [c_void_p, *_BYTES, c_uint32, _ERROR]),
    "kevo_db_write": (c_int, [c_void_p, c_void_p, c_uint32, POINTER(c_uint64), _ERROR]),
    "kevo_db_delete_range": (c_int, [c_void_p, *_RANGE, c_uint32, POINTER(c_uint64), _ERROR]),
    "kevo_db_get": (c_int, [c_void_p, c_void_p, *_BYTES, c_void_p, POINTER(Slice), _ERROR]),
    "kevo_db_multi_get": (
        c_int,
        [c_void_p, c_void_p, POINTER(Slice), c_size_t, c_void_p, POINTER(Slice), POINTER(c_int), _ERROR],
    ),
    "kevo_db_iterator": (c_int, [c_void_p, c_void_p, c_void_p, _OUT, _ERROR]),
    "kevo_db_snapshot": (c_int, [c_void_p, _OUT, _ERROR]),
    "kevo_db_sync": _OF_DATABASE,
    "kevo_db_resume": _OF_DATABASE,
    "kevo_db_flush": _OF_DATABASE,
    "kevo_db_catch_up": _OF_DATABASE,
    "kevo_db_status": _OF_DATABASE,
    "kevo_db_pause_background": _OF_DATABASE,
    "kevo_db_continue_background": _OF_DATABASE,
    "kevo_db_compact": (c_int, [c_void_p, *_RANGE, *_WATCHED, _ERROR]),
    "kevo_db_checkpoint": (c_int, [c_void_p, c_char_p, *_WATCHED, _ERROR]),
    "kevo_db_verify": (c_int, [c_void_p, *_WATCHED, _OUT, _ERROR]),
    "kevo_db_approximate_size": (c_int, [c_void_p, *_RANGE, POINTER(c_uint64), _ERROR]),
    "kevo_db_last_sequence": (c_uint64, [c_void_p]),
    "kevo_db_stat": (c_uint64, [c_void_p, c_int]),
    "kevo_db_stat_name": (c_char_p, [c_int]),
    "kevo_db_stat_text": (c_int, [c_void_p, c_char_p, c_size_t, POINTER(c_size_t), _ERROR]),
    "kevo_db_tables": (c_int, [c_void_p, _OUT, _ERROR]),
    "kevo_table_list_count": (c_size_t, [c_void_p]),
    "kevo_table_list_path": (c_char_p, [c_void_p, c_size_t]),
    "kevo_table_list_stat": (c_uint64, [c_void_p, c_size_t, c_int]),
    "kevo_table_list_free": (None, [c_void_p]),
    "kevo_snapshot_free": (None, [c_void_p]),
    "kevo_snapshot_sequence": (c_uint64, [c_void_p]),
    "kevo_snapshot_get": (c_int, [c_void_p, *_BYTES, c_void_p, POINTER(Slice), _ERROR]),
    "kevo_snapshot_iterator": (c_int, [c_void_p, c_void_p, _OUT, _ERROR]),
    "kevo_batch_new": (c_void_p, []),
    "kevo_batch_free": (None, [c_void_p]),
    "kevo_batch_clear": (None, [c_void_p]),
    "kevo_batch_put": (c_int, [c_void_p, *_BYTES, *_BYTES]),
    "kevo_batch_delete": (c_int, [c_void_p, *_BYTES]),
    "kevo_batch_append": (c_int, [c_void_p, c_void_p]),
    "kevo_batch_entry": (c_int, [c_void_p, c_size_t, POINTER(EntryPointers)]),
    "kevo_batch_count": (c_size_t, [c_void_p]),
    "kevo_batch_size": (c_uint64, [c_void_p]),
    "kevo_transaction_begin": (c_int, [c_void_p, c_uint32, c_uint64, _OUT, _ERROR]),
    "kevo_transaction_put": (c_int, [c_void_p, *_BYTES, *_BYTES, _ERROR]),
    "kevo_transaction_delete": (c_int, [c_void_p, *_BYTES, _ERROR]),
    "kevo_transaction_get": (c_int, [c_void_p, *_BYTES, POINTER(Slice), _ERROR]),
    "kevo_transaction_delete_range": (c_int, [c_void_p, *_RANGE, POINTER(c_uint64), _ERROR]),
    "kevo_transaction_iterator": (c_int, [c_void_p, c_void_p, _OUT, _ERROR]),
    "kevo_transaction_savepoint": _OF_TRANSACTION,
    "kevo_transaction_rollback_to_savepoint": _OF_TRANSACTION,
    "kevo_transaction_commit": (c_int, [c_void_p, c_uint32, POINTER(c_uint64), _ERROR]),
    "kevo_transaction_rollback": _OF_TRANSACTION,
    "kevo_transaction_free": (None, [c_void_p]),
    "kevo_table_open_mode": (c_int, [c_char_p, c_int, _OUT, _ERROR]),
    "kevo_table_free": (None, [c_void_p]),
    "kevo_table_get": (c_int, [c_void_p, *_BYTES, c_void_p, POINTER(Slice), POINTER(c_uint64), _ERROR]),
    "kevo_table_iterator": (c_int, [c_void_p, c_void_p, _OUT, _ERROR]),
    "kevo_table_stat": (c_uint64, [c_void_p, c_int]),
    "kevo_table_part_count": (c_size_t, [c_void_p]),
    "kevo_table_part": (c_int, [c_void_p, c_size_t, POINTER(c_int), POINTER(c_uint64), POINTER(c_uint64)]),
    "kevo_table_verify": (c_int, [c_void_p, _ERROR]),
    "kevo_table_damage": (c_int, [c_void_p, _OUT, _ERROR]),
    "kevo_log_cursor_open": (c_int, [c_char_p, c_uint64, _OUT, _ERROR]),
    "kevo_log_cursor_open_at": (c_int, [c_char_p, c_char_p, c_uint64, _OUT, _ERROR]),
    "kevo_log_cursor_next": (
        c_int,
        [c_void_p, c_uint64, POINTER(EntryPointers), POINTER(c_int), POINTER(c_char_p), POINTER(c_uint64), _ERROR],
    ),
    "kevo_log_cursor_wake": (c_int, [c_void_p]),
    "kevo_log_cursor_free": (None, [c_void_p]),
}


def _name() -> str:
    """The library that KEVO_LIBRARY names; else the one beside this file; else the one that was built in the checkout
    that this file is in; else the system's."""
    here = Path(__file__).resolve()
    built = [here.with_name("libkevo.so")]
    if here.match("bindings/python/kevo/*"):
        built.append(here.parents[3] / "target" / "release" / "libkevo.so")
    return os.environ.get("KEVO_LIBRARY") or next((str(path) for path in built if path.exists()), _SONAME)


def _open() -> ctypes.CDLL:
    name = _name()
    try:
        library = ctypes.CDLL(name)
    except OSError as error:
        raise ImportError(
            f"libkevo cannot be loaded ({error}): build it with `make library` in its checkout, install this package with "
            "`pip install ./bindings/python` there, or set KEVO_LIBRARY to the path of libkevo.so"
        ) from error
    for function, (result, arguments) in _PROTOTYPES.items():
        try:
            symbol = library[function]
        except AttributeError as error:
            raise ImportError(f"{name} is not libkevo, or too old: it has no {function}") from error
        symbol.restype, symbol.argtypes = result, arguments
        setattr(library, function, symbol)
    if library.kevo_abi_check(_HEADER_VERSION) != OK:
        found = library.kevo_version_string().decode()
        raise ImportError(f"{name} is libkevo {found}, which this package cannot use: install libkevo 0.2.0 or later")
    return library


library = _open()


class Handle(c_void_p):
    """A pointer to something that the library has made, which is freed when nothing refers to the handle any more.

    A function of the library returns a handle, or sets one that is there before the call, and frees one without a line
    of Python. So no KeyboardInterrupt, which comes between two lines of Python, can make a leak.
    """


def _freed_by(name: str) -> Any:
    """A `__del__` that is a function of the library."""
    new_method = ctypes.PYFUNCTYPE(py_object, py_object)(("PyInstanceMethod_New", ctypes.pythonapi))
    return new_method(getattr(library, name))


class ErrorHandle(Handle):
    __del__ = _freed_by("kevo_error_free")


class IteratorHandle(Handle):
    __del__ = _freed_by("kevo_iterator_free")


class MemtableHandle(Handle):
    __del__ = _freed_by("kevo_memtable_free")


class MemtableListHandle(Handle):
    __del__ = _freed_by("kevo_memtable_list_free")


class RecoveryOptionsHandle(Handle):
    __del__ = _freed_by("kevo_recovery_options_free")


class RecoveryReportHandle(Handle):
    __del__ = _freed_by("kevo_recovery_report_free")


class ScanHandle(Handle):
    __del__ = _freed_by("kevo_scan_free")


class BatchHandle(Handle):
    __del__ = _freed_by("kevo_batch_free")


class DbOptionsHandle(Handle):
    __del__ = _freed_by("kevo_db_options_free")


class LogCursorHandle(Handle):
    __del__ = _freed_by("kevo_log_cursor_free")


class PinnedHandle(Handle):
    __del__ = _freed_by("kevo_pinned_free")


class SnapshotHandle(Handle):
    __del__ = _freed_by("kevo_snapshot_free")


class TableHandle(Handle):
    __del__ = _freed_by("kevo_table_free")


class TableListHandle(Handle):
    __del__ = _freed_by("kevo_table_list_free")


class TransactionHandle(Handle):
    __del__ = _freed_by("kevo_transaction_free")


def _closed_without_error() -> Any:
    """A `__del__` that calls kevo_db_close, without a place for an error."""
    close = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)(("kevo_db_close", library), ((1, "db"), (1, "error", None)))
    new_method = ctypes.PYFUNCTYPE(py_object, py_object)(("PyInstanceMethod_New", ctypes.pythonapi))
    return new_method(close)


class DbHandle(Handle):
    __del__ = _closed_without_error()
    logger: Any = None
    """What the library calls as long as the database is open."""


library.kevo_batch_new.restype = BatchHandle
library.kevo_db_options_new.restype = DbOptionsHandle
library.kevo_pinned_new.restype = PinnedHandle
library.kevo_recovery_options_new.restype = RecoveryOptionsHandle
library.kevo_scan_new.restype = ScanHandle


def as_bytes(value: BytesLike, what: str) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"{what} must be bytes, not {type(value).__name__}")
    return bytes(value)


def as_path(path: PathLike) -> bytes:
    """ctypes would silently cut it at the first null byte."""
    path = os.fsencode(path)
    if b"\0" in path:
        raise ValueError("embedded null byte in path")
    return path


def as_uint64(value: int, what: str) -> int:
    """ctypes would silently drop the bits that do not fit."""
    if not isinstance(value, int):
        raise TypeError(f"{what} must be an int, not {type(value).__name__}")
    if not 0 <= value <= UINT64_MAX:
        raise ValueError(f"{what} must be from 0 to 2**64 - 1, not {value}")
    return value


def as_range(start: BytesLike | None, end: BytesLike | None) -> tuple[bytes | None, int, bytes | None, int]:
    """None is NULL, which as an end is that of all keys; an empty end, which is not NULL, is below all keys."""
    first = None if start is None else as_bytes(start, "start")
    last = None if end is None else as_bytes(end, "end")
    return first, len(first or b""), last, len(last or b"")
