//! Codes: what every function that can fail returns.

use crate::Error;
use libc::{c_char, c_int};
use std::ffi::CStr;

/// Done, or found.
pub const KEVO_OK: c_int = 0;
/// The key was never seen, at or below the bound.
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
/// Not even one entry fits into the buffer.
pub const KEVO_E_BUFFER_TOO_SMALL: c_int = -5;
/// The progress callback asked to stop.
pub const KEVO_E_CANCELLED: c_int = -6;
/// The memtable takes no more writes.
pub const KEVO_E_IMMUTABLE: c_int = -7;
/// There is not enough memory.
pub const KEVO_E_NO_MEMORY: c_int = -8;
/// An error in the library itself. Please report it.
pub const KEVO_E_PANIC: c_int = -99;

/// The bound that bounds nothing: every sequence number is at or below it.
pub const KEVO_SEQUENCE_LATEST: u64 = u64::MAX;

impl Error {
    pub(super) fn code(&self) -> c_int {
        match self {
            Self::InvalidArgument(_) => KEVO_E_INVALID_ARGUMENT,
            Self::Io { .. } | Self::Export { .. } => KEVO_E_IO,
            Self::Corrupt { .. } | Self::CorruptTable { .. } | Self::UnsupportedTable { .. } => KEVO_E_CORRUPT,
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
        KEVO_E_CORRUPT => c"the log is damaged",
        KEVO_E_TOO_MANY_MEMTABLES => c"the log needs more memtables than are allowed",
        KEVO_E_BUFFER_TOO_SMALL => c"the buffer is too small for one entry",
        KEVO_E_CANCELLED => c"cancelled by the progress callback",
        KEVO_E_IMMUTABLE => c"the memtable is immutable",
        KEVO_E_NO_MEMORY => c"out of memory",
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
