"""Writes what was recovered as a log."""

from ctypes import byref, c_uint64
from dataclasses import dataclass

from ._errors import detailed_error
from ._library import EXPORT_NEWEST_ONLY, OK, ErrorHandle, Handle, library


@dataclass(frozen=True)
class Exported:
    """What an export holds."""

    entries: int
    """Puts and deletes."""
    memtable_size: int
    """The bytes that a memtable must hold for all of them. Kevo's memtables hold 32 MiB by default. If this is as much
    or more, set "memtable_size" to more in the file MANIFEST of Kevo's database before Kevo opens it."""


def export(memtables: Handle, directory: bytes, newest_only: bool) -> Exported:
    entries, memtable_size, error = c_uint64(), c_uint64(), ErrorHandle()
    flags = EXPORT_NEWEST_ONLY if newest_only else 0
    code = library.kevo_memtable_list_export(
        memtables, directory, flags, byref(entries), byref(memtable_size), byref(error)
    )
    if code != OK:
        raise detailed_error(code, error)
    return Exported(entries.value, memtable_size.value)
