//! Errors: what is wrong, where, and what to do about it.

use crate::damage::{Cause, DamageKind};
use crate::memory::copied_path;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why a call failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// An argument is out of range; the text says which, and what it may be.
    InvalidArgument(&'static str),
    /// The operating system could not give what was asked for.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// How far the file had been read, in bytes; `None` if it was not opened.
        offset: Option<u64>,
        /// What the system says.
        source: io::Error,
    },
    /// The operating system would not take an export.
    Export {
        /// The directory that it was to go into, as it was given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The log is damaged in a way that the recovery mode does not pass over.
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// Where the damage starts, in bytes from the file's start.
        offset: u64,
        /// How many bytes it takes.
        length: u64,
        /// Torn tail or corruption.
        kind: DamageKind,
        /// What is wrong there.
        cause: Cause,
    },
    /// The log needs more memtables than are allowed.
    TooManyMemtables {
        /// The file of the first entry that has no room.
        path: PathBuf,
        /// Where that entry's record starts, in bytes from the file's start.
        offset: u64,
        /// How many are allowed.
        limit: usize,
    },
    /// The progress callback asked to stop.
    Cancelled,
    /// The memtable takes no more writes.
    Immutable,
    /// So many bytes of memory could not be had.
    NoMemory(u64),
}

impl Error {
    /// What the system says about `path`; or, where it says nothing but that memory was refused, just that.
    pub(crate) fn io(path: &Path, offset: Option<u64>, source: io::Error) -> Self {
        match copied_path(path) {
            Ok(path) if !is_refusal(&source) => Self::Io { path, offset, source },
            Ok(path) => Self::NoMemory(path.as_os_str().len() as u64),
            Err(refused) => refused,
        }
    }

    /// The same about an export into the directory `path`.
    pub(crate) fn export(path: &Path, source: io::Error) -> Self {
        match Self::io(path, None, source) {
            Self::Io { path, source, .. } => Self::Export { path, source },
            other => other,
        }
    }

    /// The file or directory that it is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. }
            | Self::Export { path, .. }
            | Self::Corrupt { path, .. }
            | Self::TooManyMemtables { path, .. } => Some(path),
            Self::InvalidArgument(_) | Self::Cancelled | Self::Immutable | Self::NoMemory(_) => None,
        }
    }

    /// The place in that file, in bytes from its start.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::Io { offset, .. } => *offset,
            Self::Corrupt { offset, .. } | Self::TooManyMemtables { offset, .. } => Some(*offset),
            Self::InvalidArgument(_) | Self::Export { .. } | Self::Cancelled | Self::Immutable | Self::NoMemory(_) => {
                None
            }
        }
    }

    /// The operating system's own number for what went wrong.
    pub fn os_code(&self) -> Option<i32> {
        match self {
            Self::Io { source, .. } | Self::Export { source, .. } => source.raw_os_error(),
            _ => None,
        }
    }
}

/// Whether it is the process itself that was refused memory. (What the system lacks memory for has a number.)
fn is_refusal(error: &io::Error) -> bool {
    error.kind() == ErrorKind::OutOfMemory && error.raw_os_error().is_none()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidArgument(what) => write!(f, "invalid argument: {what}"),
            Self::Io { path, offset: None, source } | Self::Export { path, source } if path.as_os_str().is_empty() => {
                write!(f, "the path is empty: {source}")
            }
            Self::Io { path, offset: None, source } if source.kind() == ErrorKind::NotADirectory => {
                write!(f, "{}: {source}; give the directory that the log's files are in", path.display())
            }
            Self::Io { path, offset: None, source } => {
                write!(f, "{}: {source}; check the path and its permissions", path.display())
            }
            Self::Io { path, offset: Some(offset), source } => {
                write!(f, "{}: cannot be read behind byte {offset}: {source}; try a copy of the file", path.display())
            }
            Self::Export { path, source } => write!(
                f,
                "{}: {source}; export into a directory that is new or empty and your own, in one that is there, may \
                 be written and has room",
                path.display()
            ),
            Self::Corrupt { path, offset, length, kind, cause } => {
                let (path, cause) = (path.display(), cause.text().to_string_lossy());
                let (what, remedy) = match kind {
                    DamageKind::TornTail => ("a torn tail", "TOLERATE_TORN_TAIL recovers all that was written whole"),
                    DamageKind::Corruption => (
                        "corruption",
                        "SKIP_CORRUPTED recovers all that is intact, POINT_IN_TIME what stands in front of it",
                    ),
                };
                write!(f, "{path}: {what} of {length} bytes at offset {offset}: {cause}; recovery mode {remedy}")
            }
            Self::TooManyMemtables { path, offset, limit } => write!(
                f,
                "{}: the entry at offset {offset} needs memtable number {}, and max_memtables is {limit}; raise \
                 max_memtables or memtable_size",
                path.display(),
                *limit as u64 + 1
            ),
            Self::Cancelled => write!(f, "cancelled by the progress callback"),
            Self::Immutable => {
                write!(f, "the memtable is immutable; write to the list, which starts a new one")
            }
            Self::NoMemory(bytes) => {
                write!(
                    f,
                    "{bytes} bytes of memory could not be had; use a larger machine, or recover fewer files at once"
                )
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } | Self::Export { source, .. } => Some(source),
            _ => None,
        }
    }
}
