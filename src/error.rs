//! Errors: what is wrong, where, and what to do about it.

use crate::damage::{Cause, DamageKind};
use crate::path;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why a call failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// An argument is out of range. The text says which one, and which values are allowed.
    InvalidArgument(&'static str),
    /// The operating system could not open or read a file or a directory.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// How much of the file had been read, in bytes; `None` if it was not opened.
        offset: Option<u64>,
        /// What the system says.
        source: io::Error,
    },
    /// The operating system could not write an export.
    Export {
        /// The directory for the export, as the caller gave it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The log is damaged in a way that the recovery mode does not accept.
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// Where the damage starts, in bytes from the file's start.
        offset: u64,
        /// How many bytes are damaged.
        length: u64,
        /// Torn tail or corruption.
        kind: DamageKind,
        /// What is wrong at the offset.
        cause: Cause,
    },
    /// A table is damaged.
    CorruptTable {
        /// The damaged file.
        path: PathBuf,
        /// Where the damage starts, in bytes from the file's start.
        offset: u64,
        /// How many bytes it takes.
        length: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// A table was written by a newer version of this library, in a way that this one does not know.
    UnsupportedTable {
        /// The file.
        path: PathBuf,
        /// What is not known.
        what: &'static str,
    },
    /// The log needs more memtables than are allowed.
    TooManyMemtables {
        /// The file with the first entry that does not fit into the memtables.
        path: PathBuf,
        /// Where that entry's record starts, in bytes from the file's start.
        offset: u64,
        /// How many memtables are allowed.
        limit: usize,
    },
    /// The progress callback asked to stop.
    Cancelled,
    /// The memtable is immutable: it takes no more writes.
    Immutable,
    /// This many bytes of memory are not available.
    NoMemory(u64),
}

impl Error {
    /// What the system says about `path`; or, where it says nothing but that memory was refused, just that.
    pub(crate) fn io(path: &Path, offset: Option<u64>, source: io::Error) -> Self {
        match path::copied(path) {
            Ok(path) if !is_refusal(&source) => Self::Io { path, offset, source },
            Ok(path) => Self::NoMemory(path.as_os_str().len() as u64),
            Err(_) => Self::NoMemory(path.as_os_str().len() as u64),
        }
    }

    /// The same about an export into the directory `path`.
    pub(crate) fn export(path: &Path, source: io::Error) -> Self {
        match Self::io(path, None, source) {
            Self::Io { path, source, .. } => Self::Export { path, source },
            other => other,
        }
    }

    /// The file or directory that the error is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. }
            | Self::Export { path, .. }
            | Self::Corrupt { path, .. }
            | Self::CorruptTable { path, .. }
            | Self::UnsupportedTable { path, .. }
            | Self::TooManyMemtables { path, .. } => Some(path),
            Self::InvalidArgument(_) | Self::Cancelled | Self::Immutable | Self::NoMemory(_) => None,
        }
    }

    /// The offset in that file, in bytes from its start.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::Io { offset, .. } => *offset,
            Self::Corrupt { offset, .. }
            | Self::CorruptTable { offset, .. }
            | Self::TooManyMemtables { offset, .. } => Some(*offset),
            Self::InvalidArgument(_)
            | Self::Export { .. }
            | Self::UnsupportedTable { .. }
            | Self::Cancelled
            | Self::Immutable
            | Self::NoMemory(_) => None,
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
                write!(f, "{}: cannot be read after byte {offset}: {source}; try a copy of the file", path.display())
            }
            Self::Export { path, source } => write!(
                f,
                "{}: {source}; export into a directory that is new or empty and your own; the directory above it must \
                 exist, be writable and have free space",
                path.display()
            ),
            Self::Corrupt { path, offset, length, kind, cause } => {
                let (path, cause) = (path.display(), cause.text().to_string_lossy());
                let (what, remedy) = match kind {
                    DamageKind::TornTail => {
                        ("a torn tail", "TOLERATE_TORN_TAIL recovers all that was written completely")
                    }
                    DamageKind::Corruption => (
                        "corruption",
                        "SKIP_CORRUPTED recovers all that is intact, POINT_IN_TIME all that was written before it",
                    ),
                };
                write!(f, "{path}: {what} of {length} bytes at offset {offset}: {cause}; recovery mode {remedy}")
            }
            Self::CorruptTable { path, offset, length, what } => write!(
                f,
                "{}: a damaged table, {length} bytes at offset {offset}: {what}; restore the file from a copy, or read \
                 what is intact with SKIP_CORRUPTED",
                path.display()
            ),
            Self::UnsupportedTable { path, what } => write!(
                f,
                "{}: a table of a newer version of libkevo: {what}; open it with that version",
                path.display()
            ),
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
                    "{bytes} bytes of memory are not available; use a larger machine, or recover fewer files at once"
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
