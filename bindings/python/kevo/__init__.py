"""An embedded key-value store that keeps databases as Kevo does, and opens what Kevo left.

with kevo.open("path/to/db") as db:
    db[b"key"] = b"value"
    for key, value in db.scan(prefix=b"user/"):
        print(key, value)

It also recovers Kevo's write-ahead log alone, and answers queries on what comes back.

with kevo.recover("path/to/db/wal") as log:
    value = log[b"key"]
    for key, value in log.scan(prefix=b"user/"):
        print(key, value)
"""

from ._batch import Batch
from ._database import Database, ListedTable, destroy, open, salvage
from ._errors import (
    BusyError,
    CancelledError,
    ClosedError,
    ConflictError,
    CorruptError,
    Error,
    ExistsError,
    ExpiredError,
    FailedError,
    ImmutableError,
    InternalError,
    InvalidArgumentError,
    IoError,
    LockedError,
    NoMemoryError,
    NotADatabaseError,
    ReadOnlyError,
    TooLargeError,
    TooManyMemtablesError,
    UnsupportedError,
)
from ._export import Exported
from ._feed import LogCursor, LogEntry, tail
from ._library import library as _library
from ._memtables import LATEST, Memtable, MemtableList
from ._options import Compaction, LogLevel, Options, Sync
from ._recovery import Order, RecoveryMode, recover
from ._report import Damage, DamageKind, RecoveryReport
from ._scan import Entry
from ._snapshot import Snapshot
from ._table import Table, TableGeneration, TablePart, TablePartKind, TableStats
from ._transaction import Transaction

LIBRARY_VERSION: str = _library.kevo_version_string().decode()
"""The version of libkevo that is in use."""

__all__ = [
    "LATEST",
    "LIBRARY_VERSION",
    "Batch",
    "BusyError",
    "CancelledError",
    "ClosedError",
    "Compaction",
    "ConflictError",
    "CorruptError",
    "Damage",
    "DamageKind",
    "Database",
    "Entry",
    "Error",
    "ExistsError",
    "ExpiredError",
    "Exported",
    "FailedError",
    "ImmutableError",
    "InternalError",
    "InvalidArgumentError",
    "IoError",
    "ListedTable",
    "LockedError",
    "LogCursor",
    "LogEntry",
    "LogLevel",
    "Memtable",
    "MemtableList",
    "NoMemoryError",
    "NotADatabaseError",
    "Options",
    "Order",
    "ReadOnlyError",
    "RecoveryMode",
    "RecoveryReport",
    "Snapshot",
    "Sync",
    "Table",
    "TableGeneration",
    "TablePart",
    "TablePartKind",
    "TableStats",
    "TooLargeError",
    "TooManyMemtablesError",
    "Transaction",
    "UnsupportedError",
    "destroy",
    "open",
    "recover",
    "salvage",
    "tail",
]
