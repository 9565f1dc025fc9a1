"""Writes what was recovered as a log."""

from ctypes import byref, c_uint64, c_void_p
from dataclasses import dataclass

from ._errors import detailed_error
from ._library import EXPORT_NEWEST_ONLY, OK, Handle, library


@dataclass(frozen=True)
class Exported:
    """What an export holds."""

    entries: int
    """Puts and deletes."""
    memtable_size: int
    """How many bytes a memtable has to hold for all of them. Kevo's hold 32 MiB by default: if this is not less, set
    "memtable_size" to more in the file MANIFEST of Kevo's database, before Kevo opens it."""


def export(memtables: Handle, directory: bytes, newest_only: bool) -> Exported:
    entries, memtable_size, error_pointer = c_uint64(), c_uint64(), c_void_p()
    flags = EXPORT_NEWEST_ONLY if newest_only else 0
    code = library.kevo_memtable_list_export(
        memtables, directory, flags, byref(entries), byref(memtable_size), byref(error_pointer)
    )
    error = Handle(error_pointer, library.kevo_error_free)
    if code != OK:
        raise detailed_error(code, error if error_pointer else None)
    return Exported(entries.value, memtable_size.value)
