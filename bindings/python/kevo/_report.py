"""What recovery found."""

import os
from ctypes import byref, c_char_p, c_int, c_uint64
from dataclasses import dataclass
from enum import IntEnum

from ._library import RecoveryReportHandle, library


class DamageKind(IntEnum):
    TORN_TAIL = 1
    """A write that was interrupted; the file ends in the middle of it."""
    CORRUPTION = 2
    """Bytes that are not as they were written."""
    MISSING = 3
    """A file that should be there is not."""
    DOUBT = 4
    """The files do not tell an order, or a damaged table may have held newer values than those that are given."""
    REBUILT = 5
    """The list of tables was lost, and was made again from the tables."""


@dataclass(frozen=True)
class Damage:
    """A stretch of damage."""

    path: str
    """The file: the WAL directory as it was given, and the path below it."""
    offset: int
    """Where in the file it starts, in bytes."""
    length: int
    """In bytes."""
    kind: DamageKind
    what: str
    """What is wrong where it starts."""


@dataclass(frozen=True)
class RecoveryReport:
    """What recovery found; if it failed, what it found before that."""

    files: int
    """Files read."""
    bytes: int
    """Bytes of the files read."""
    entries_applied: int
    """Puts and deletes that are in a memtable."""
    entries_above_max_sequence: int
    """Entries ignored because of their sequence number."""
    merges_ignored: int
    """Merges, which no memtable holds."""
    batches_dropped: int
    """Batches of which not all entries were there."""
    bytes_damaged: int
    """Bytes that could not be used."""
    set_aside_directories: int
    """Directories to which Kevo has moved old logs, whether or not they were read."""
    files_left_out: int
    """Files at the end of the log that a point-in-time recovery did not read."""
    damage: tuple[Damage, ...]
    """In the order of the log; if recovery failed, up to and including the damage that it failed on."""


# In the order of kevo.h's KEVO_STAT_FILES and so on, from 1.
_STATS = tuple(field for field in RecoveryReport.__dataclass_fields__ if field != "damage")


def read_report(handle: RecoveryReportHandle) -> RecoveryReport:
    stats = {name: library.kevo_recovery_report_stat(handle, stat) for stat, name in enumerate(_STATS, 1)}
    count = library.kevo_recovery_report_damage_count(handle)
    return RecoveryReport(**stats, damage=tuple(_read_damage(handle, index) for index in range(count)))


def _read_damage(handle: RecoveryReportHandle, index: int) -> Damage:
    path, what = c_char_p(), c_char_p()
    offset, length, kind = c_uint64(), c_uint64(), c_int()
    library.kevo_recovery_report_damage(
        handle, index, byref(path), byref(offset), byref(length), byref(kind), byref(what)
    )
    return Damage(
        path=os.fsdecode(path.value or b""),
        offset=offset.value,
        length=length.value,
        kind=DamageKind(kind.value),
        what=(what.value or b"").decode(),
    )
