"""Recovers the write-ahead log of Kevo, and answers queries on what comes back.

with kevo.recover("path/to/db/wal") as log:
    value = log[b"key"]
    for key, value in log.scan(prefix=b"user/"):
        print(key, value)
"""

from ._errors import (
    CorruptError,
    Error,
    ImmutableError,
    InternalError,
    InvalidArgumentError,
    IoError,
    NoMemoryError,
    TooManyMemtablesError,
)
from ._export import Exported
from ._library import library as _library
from ._memtables import LATEST, Memtable, MemtableList
from ._recovery import Order, RecoveryMode, recover
from ._report import Damage, DamageKind, RecoveryReport
from ._scan import Entry

LIBRARY_VERSION: str = _library.kevo_version_string().decode()
"""The version of libkevo that is in use."""

__all__ = [
    "LATEST",
    "LIBRARY_VERSION",
    "CorruptError",
    "Damage",
    "DamageKind",
    "Entry",
    "Error",
    "Exported",
    "ImmutableError",
    "InternalError",
    "InvalidArgumentError",
    "IoError",
    "Memtable",
    "MemtableList",
    "NoMemoryError",
    "Order",
    "RecoveryMode",
    "RecoveryReport",
    "TooManyMemtablesError",
    "recover",
]
