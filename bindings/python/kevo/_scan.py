"""Goes through entries, a buffer full at a time."""

import ctypes
import struct
from collections.abc import Callable, Iterator
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from ._errors import call, check, iterator_error
from ._library import (
    BUFFER_TOO_SMALL,
    END,
    OK,
    OP_DELETE,
    SCAN_ALL_VERSIONS,
    SCAN_TOMBSTONES,
    BytesLike,
    EntryPointers,
    Handle,
    IteratorHandle,
    ScanHandle,
    as_bytes,
    as_uint64,
    copy_bytes,
    library,
)

_BUFFER_SIZE = 256 * 1024
# Key length, value length, sequence number, operation, 0: see kevo_iterator_next_packed.
_HEADER = struct.Struct("<IIQII")


class Entry(NamedTuple):
    """One version of a key."""

    key: bytes
    value: bytes | None
    """None for a tombstone."""
    sequence: int

    @property
    def is_tombstone(self) -> bool:
        return self.value is None


def new_scan(
    prefix: BytesLike,
    start: BytesLike | None,
    end: BytesLike | None,
    versions: bool,
    tombstones: bool,
    max_sequence: int,
) -> ScanHandle:
    scan: ScanHandle = library.kevo_scan_new()
    prefix = as_bytes(prefix, "prefix")
    check(library.kevo_scan_set_prefix(scan, prefix, len(prefix)))
    if start is not None:
        start = as_bytes(start, "start")
        check(library.kevo_scan_set_lower(scan, start, len(start), True))
    if end is not None:
        end = as_bytes(end, "end")
        check(library.kevo_scan_set_upper(scan, end, len(end), False))
    check(library.kevo_scan_set_max_sequence(scan, as_uint64(max_sequence, "max_sequence")))
    flags = (SCAN_ALL_VERSIONS if versions else 0) | (SCAN_TOMBSTONES if tombstones else 0)
    check(library.kevo_scan_set_flags(scan, flags))
    return scan


def new_iterator(make: Callable[..., int], source: Handle, scan: ScanHandle) -> IteratorHandle:
    iterator = IteratorHandle()
    check(make(source, scan, ctypes.byref(iterator)))
    return iterator


def _buffers(iterator: IteratorHandle) -> Iterator[bytes | None]:
    """What kevo_iterator_next_packed gives, copied once; None where the next entry is longer than a buffer."""
    used, count = ctypes.c_size_t(), ctypes.c_size_t()
    buffer = ctypes.create_string_buffer(_BUFFER_SIZE)
    while True:
        code = library.kevo_iterator_next_packed(iterator, buffer, len(buffer), ctypes.byref(used), ctypes.byref(count))
        if code == BUFFER_TOO_SMALL:
            yield None
        elif code == END:
            return
        elif code < 0:
            raise iterator_error(iterator, code)
        else:
            yield copy_bytes(buffer, used.value)


def _rows(iterator: IteratorHandle) -> Iterator[tuple[bytes, bytes | None, int]]:
    header, size = _HEADER.unpack_from, _HEADER.size
    for buffer in _buffers(iterator):
        if buffer is None:
            yield _next_row(iterator)
            continue
        at, end = 0, len(buffer)
        while at < end:
            key_len, value_len, sequence, op, _ = header(buffer, at)
            key_at = at + size
            value_at = key_at + key_len
            at = value_at + value_len
            yield buffer[key_at:value_at], None if op == OP_DELETE else buffer[value_at:at], sequence


def _next_row(iterator: IteratorHandle) -> tuple[bytes, bytes | None, int]:
    """Copies the next entry from where the library has it."""
    code = library.kevo_iterator_next(iterator)
    if code < 0:
        raise iterator_error(iterator, code)
    return _row(iterator)


def _row(iterator: IteratorHandle) -> tuple[bytes, bytes | None, int]:
    entry = EntryPointers()
    check(library.kevo_iterator_entry(iterator, ctypes.byref(entry)))
    return entry.key.copy(), None if entry.op == OP_DELETE else entry.value.copy(), entry.sequence


def _rows_backwards(iterator: IteratorHandle) -> Iterator[tuple[bytes, bytes | None, int]]:
    code = library.kevo_iterator_last(iterator)
    while code == OK:
        yield _row(iterator)
        code = library.kevo_iterator_prev(iterator)
    if code < 0:
        raise iterator_error(iterator, code)


def new_iterator_or_error(make: Callable[..., int], *arguments: object) -> IteratorHandle:
    """As new_iterator, of a function that has details of an error."""
    iterator = IteratorHandle()
    call(make, *arguments, ctypes.byref(iterator))
    return iterator


def rows(
    iterator: IteratorHandle, reverse: bool, limit: int | None
) -> Iterator[tuple[bytes, bytes | None, int]]:
    given = _rows_backwards(iterator) if reverse else _rows(iterator)
    return given if limit is None else islice(given, limit)


def pairs(iterator: IteratorHandle) -> Iterator[tuple[bytes, bytes | None]]:
    return map(itemgetter(0, 1), _rows(iterator))


def entries(iterator: IteratorHandle) -> Iterator[Entry]:
    return map(Entry._make, _rows(iterator))
