"""What opening a database is asked to do."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, TypedDict

from ._errors import check, new_error
from ._library import DbOptionsHandle, Log, RecoveryOptionsHandle, as_uint64, library
from ._recovery import RecoveryMode


class Sync(IntEnum):
    """When what was written is brought to disk."""

    NONE = 0
    """When the system likes. A crash of the process loses nothing, one of the machine the newest writes."""
    BYTES = 1
    """After `sync_bytes` of log, and on rotation, flush and close."""
    ALWAYS = 2
    """Before a write is acknowledged."""
    BUFFERED = 3
    """Handed to the system after 64 KiB or 10 ms: a crash of the process loses as much."""


class Compaction(IntEnum):
    """How tables are merged."""

    TIERED = 0
    """Runs of about one size are merged into a larger one."""
    LEVELED = 1
    """Each level is one run, ten times as large as the level before."""
    NONE = 2
    """Only by Database.compact."""


class LogLevel(IntEnum):
    """A level of the logger."""

    ERROR = 1
    WARNING = 2
    INFO = 3


Logger = Callable[[LogLevel, str], object]


class Options(TypedDict, total=False):
    """The options of kevo.open. What is not set is what the directory's MANIFEST says, if it says so, else the
    default."""

    create_if_missing: bool
    """Whether a database is made where there is none; True by default."""
    error_if_exists: bool
    """Whether opening fails with ExistsError if there is one; False by default."""
    read_only: bool
    """Nothing on disk changes, and no lock is taken; False by default."""
    recovery_mode: RecoveryMode
    """What recovery does about damage; TOLERATE_TORN_TAIL by default."""
    include_set_aside: bool
    """Whether logs that Kevo has set aside are taken in; True by default."""
    recovery_threads: int
    """How many threads recover at the most; 0, the default, is one for each core."""
    memtable_size: int
    """From which size on a memtable is flushed; 32 MiB by default."""
    max_memtables: int
    """How many memtables may wait for their flush; 4 by default."""
    sync: Sync
    """ALWAYS by default."""
    sync_bytes: int
    """For Sync.BYTES; 1 MiB by default."""
    log_size: int
    """64 MiB by default."""
    log_mapped: bool
    """Write the log through a map: kevo.h says what speaks against it. False by default."""
    log_retention: int
    """How many bytes of logs are kept for LogCursor after all that they hold is in tables; 0 by default."""
    table_size: int
    """64 MiB by default."""
    block_size: int
    """4 KiB by default."""
    cache_size: int
    """64 MiB by default."""
    filter_bits: int
    """Bits a key in the filters of tables, at most 64; 10 by default."""
    compaction: Compaction
    """TIERED by default."""
    compaction_threads: int
    """2 by default."""
    compaction_rate: int
    """Bytes a second that a compaction writes at most; 0, the default, is as many as it can."""
    max_open_files: int
    """1000 by default."""


_SWITCHES = ("create_if_missing", "error_if_exists", "read_only", "log_mapped")
_NUMBERS = (
    "memtable_size",
    "max_memtables",
    "log_size",
    "log_retention",
    "table_size",
    "block_size",
    "cache_size",
    "compaction_rate",
    "max_open_files",
)


def new_options(options: Options) -> DbOptionsHandle:
    given: dict[str, Any] = dict(options)
    unknown = given.keys() - Options.__annotations__.keys()
    if unknown:
        raise TypeError(f"there is no option {min(unknown)!r}: help(kevo.Options) has all")
    handle: DbOptionsHandle = library.kevo_db_options_new()
    for name in _SWITCHES:
        if name in given:
            _set(handle, name, bool(given[name]))
    for name in _NUMBERS:
        if name in given:
            _set(handle, name, as_uint64(given[name], name))
    if "filter_bits" in given:
        # ctypes would drop the bits that do not fit into an unsigned int.
        _set(handle, "filter_bits", min(as_uint64(given["filter_bits"], "filter_bits"), 2**32 - 1))
    if "sync" in given or "sync_bytes" in given:
        sync_bytes = as_uint64(given.get("sync_bytes", 0), "sync_bytes")
        _set(handle, "sync", Sync(given.get("sync", Sync.BYTES)), sync_bytes)
    if "compaction" in given or "compaction_threads" in given:
        style = Compaction(given.get("compaction", Compaction.TIERED))
        _set(handle, "compaction", style, as_uint64(given.get("compaction_threads", 0), "compaction_threads"))
    return handle


def new_recovery_options(options: Options) -> RecoveryOptionsHandle:
    """Those of the options that are about recovery."""
    handle: RecoveryOptionsHandle = library.kevo_recovery_options_new()
    if "recovery_mode" in options:
        check(library.kevo_recovery_options_set_mode(handle, RecoveryMode(options["recovery_mode"])))
    if "include_set_aside" in options:
        check(library.kevo_recovery_options_set_include_set_aside(handle, bool(options["include_set_aside"])))
    if "recovery_threads" in options:
        threads = as_uint64(options["recovery_threads"], "recovery_threads")
        check(library.kevo_recovery_options_set_threads(handle, threads))
    return handle


def _set(handle: DbOptionsHandle, name: str, *values: int) -> None:
    code = getattr(library, f"kevo_db_options_set_{name}")(handle, *values)
    if code < 0:
        raise new_error(code, f"{name} cannot be {values[0]}")


def logger_callback(logger: Logger) -> Any:
    def tell(_user: None, level: int, message: bytes) -> None:
        # What it raises cannot go through the library; ctypes gives it to sys.unraisablehook.
        logger(LogLevel(level), message.decode(errors="replace"))

    return Log(tell)
