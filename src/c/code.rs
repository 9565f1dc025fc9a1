//! Codes: what every function that can fail returns.

use crate::Error;
use libc::{c_char, c_int};
use std::ffi::CStr;

/// Done, or found.
pub const KEVO_OK: c_int = 0;
/// The key is not there; in a list, it was never seen, at or below the bound.
pub const KEVO_NOT_FOUND: c_int = 1;
/// The key was deleted.
pub const KEVO_DELETED: c_int = 2;
/// The iterator is on no entry.
pub const KEVO_END: c_int = 3;
/// A NULL pointer that must not be NULL, or a value that is out of range.
pub const KEVO_E_INVALID_ARGUMENT: c_int = -1;
/// A file or directory could not be read or written.
pub const KEVO_E_IO: c_int = -2;
/// The log is damaged in a way that the recovery mode does not pass over.
pub const KEVO_E_CORRUPT: c_int = -3;
/// The log needs more memtables than are allowed.
pub const KEVO_E_TOO_MANY_MEMTABLES: c_int = -4;
/// The value, or even one entry, does not fit into the buffer.
pub const KEVO_E_BUFFER_TOO_SMALL: c_int = -5;
/// The progress callback asked to stop.
pub const KEVO_E_CANCELLED: c_int = -6;
/// The memtable takes no more writes.
pub const KEVO_E_IMMUTABLE: c_int = -7;
/// There is not enough memory.
pub const KEVO_E_NO_MEMORY: c_int = -8;
/// Another process, or another handle of this one, has the database open for writing.
pub const KEVO_E_LOCKED: c_int = -9;
/// The transaction read what somebody has written since. Run it again.
pub const KEVO_E_CONFLICT: c_int = -10;
/// The database was opened read-only.
pub const KEVO_E_READ_ONLY: c_int = -11;
/// The database is closed, or this process was forked from the one that opened it.
pub const KEVO_E_CLOSED: c_int = -12;
/// A write, sync or flush failed before: nothing more is taken until `kevo_db_resume` or a new opening.
pub const KEVO_E_FAILED: c_int = -13;
/// `error_if_exists`, or a directory that must be empty and is not.
pub const KEVO_E_EXISTS: c_int = -14;
/// Nothing is there and `create_if_missing` is off; or the directory is not a database.
pub const KEVO_E_NOT_A_DATABASE: c_int = -15;
/// A key, a value or a batch is larger than may be.
pub const KEVO_E_TOO_LARGE: c_int = -16;
/// The transaction outlived its time limit.
pub const KEVO_E_EXPIRED: c_int = -17;
/// Written by a newer version of this library, or an option that this build lacks.
pub const KEVO_E_UNSUPPORTED: c_int = -18;
/// It would have to wait, and must not; or the time limit of a wait ran out.
pub const KEVO_E_BUSY: c_int = -19;
/// An error in the library itself. Please report it.
pub const KEVO_E_PANIC: c_int = -99;

/// The bound that bounds nothing: every sequence number is at or below it.
pub const KEVO_SEQUENCE_LATEST: u64 = u64::MAX;

impl Error {
    pub(super) fn code(&self) -> c_int {
        match self {
            Self::InvalidArgument(_) => KEVO_E_INVALID_ARGUMENT,
            Self::Io { .. } | Self::Export { .. } => KEVO_E_IO,
            Self::Corrupt { .. } | Self::CorruptTable { .. } | Self::Missing { .. } => KEVO_E_CORRUPT,
            Self::UnsupportedTable { .. } | Self::Unsupported { .. } => KEVO_E_UNSUPPORTED,
            Self::Locked { .. } => KEVO_E_LOCKED,
            Self::NotADatabase { .. } => KEVO_E_NOT_A_DATABASE,
            Self::Exists { .. } => KEVO_E_EXISTS,
            Self::ReadOnly => KEVO_E_READ_ONLY,
            Self::Closed => KEVO_E_CLOSED,
            Self::Failed(_) => KEVO_E_FAILED,
            Self::TooLarge(_) => KEVO_E_TOO_LARGE,
            Self::Busy(_) => KEVO_E_BUSY,
            Self::Conflict => KEVO_E_CONFLICT,
            Self::Expired => KEVO_E_EXPIRED,
            Self::BufferTooSmall(_) => KEVO_E_BUFFER_TOO_SMALL,
            Self::TooManyMemtables { .. } => KEVO_E_TOO_MANY_MEMTABLES,
            Self::Cancelled => KEVO_E_CANCELLED,
            Self::Immutable => KEVO_E_IMMUTABLE,
            Self::NoMemory(_) => KEVO_E_NO_MEMORY,
        }
    }
}

fn text(code: c_int) -> &'static CStr {
    match code {
        KEVO_OK => c"ok",
        KEVO_NOT_FOUND => c"not found",
        KEVO_DELETED => c"deleted",
        KEVO_END => c"no more entries",
        KEVO_E_INVALID_ARGUMENT => c"invalid argument",
        KEVO_E_IO => c"a file or directory could not be read or written",
        KEVO_E_CORRUPT => c"a file is damaged",
        KEVO_E_TOO_MANY_MEMTABLES => c"the log needs more memtables than are allowed",
        KEVO_E_BUFFER_TOO_SMALL => c"the buffer is too small",
        KEVO_E_CANCELLED => c"cancelled by the progress callback",
        KEVO_E_IMMUTABLE => c"the memtable is immutable",
        KEVO_E_NO_MEMORY => c"out of memory",
        KEVO_E_LOCKED => c"the database is open for writing elsewhere",
        KEVO_E_CONFLICT => c"the transaction conflicts with a later write",
        KEVO_E_READ_ONLY => c"the database was opened read-only",
        KEVO_E_CLOSED => c"the database is closed",
        KEVO_E_FAILED => c"nothing is written since a failure",
        KEVO_E_EXISTS => c"there is something already",
        KEVO_E_NOT_A_DATABASE => c"not a database",
        KEVO_E_TOO_LARGE => c"too large",
        KEVO_E_EXPIRED => c"the transaction has expired",
        KEVO_E_UNSUPPORTED => c"not supported by this version",
        KEVO_E_BUSY => c"it would have to wait",
        KEVO_E_PANIC => c"an error in the library itself",
        _ => c"unknown code",
    }
}

/// Says in a few words what a code means, in English.
///
/// Returns: a static string, never NULL and never empty; also for a code that this library does not know.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_strerror(code: c_int) -> *const c_char {
    text(code).as_ptr()
}
