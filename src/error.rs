//! Errors: what is wrong, where, and what to do about it.

use crate::damage::{Cause, DamageKind};
use crate::path;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// Another process, or another handle of this one, has the database open for writing.
    Locked {
        /// The file that is locked.
        path: PathBuf,
        /// The number of the process that holds the lock; 0 if that is not known.
        process: u32,
    },
    /// There is no database, or what is there is none.
    NotADatabase {
        /// The directory.
        path: PathBuf,
        /// Why not.
        what: &'static str,
    },
    /// Something is there that must not be.
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// A file that the database needs is gone.
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// `VERSIONS` or a log was written by a newer version of this library, in a way that this one does not know.
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not known.
        what: &'static str,
    },
    /// The database was opened for reading only.
    ReadOnly,
    /// The database was closed, or this process was forked from the one that opened it.
    Closed,
    /// A write, a sync or a flush failed before, for this reason, and nothing is written since.
    Failed(Arc<Error>),
    /// A key, a value or a batch is larger than may be. The text says which limit.
    TooLarge(&'static str),
    /// It would have had to wait.
    Busy(&'static str),
    /// The transaction read what has been written since.
    Conflict,
    /// The transaction outlived its time limit.
    Expired,
    /// The caller's buffer is too small for so many bytes.
    BufferTooSmall(u64),
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

    /// The same error for another call that it hit.
    pub(crate) fn again(self: &Arc<Self>) -> Self {
        match &**self {
            Self::Io { path, offset, source } => {
                let source = match source.raw_os_error() {
                    Some(code) => io::Error::from_raw_os_error(code),
                    None => io::Error::new(source.kind(), source.to_string()),
                };
                Self::io(path, *offset, source)
            }
            Self::NoMemory(bytes) => Self::NoMemory(*bytes),
            _ => Self::Failed(Arc::clone(self)),
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
            | Self::TooManyMemtables { path, .. }
            | Self::Locked { path, .. }
            | Self::NotADatabase { path, .. }
            | Self::Exists { path }
            | Self::Missing { path }
            | Self::Unsupported { path, .. } => Some(path),
            Self::Failed(cause) => cause.path(),
            _ => None,
        }
    }

    /// The offset in that file, in bytes from its start.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::Io { offset, .. } => *offset,
            Self::Corrupt { offset, .. }
            | Self::CorruptTable { offset, .. }
            | Self::TooManyMemtables { offset, .. } => Some(*offset),
            Self::Failed(cause) => cause.offset(),
            _ => None,
        }
    }

    /// The operating system's own number for what went wrong.
    pub fn os_code(&self) -> Option<i32> {
        match self {
            Self::Io { source, .. } | Self::Export { source, .. } => source.raw_os_error(),
            Self::Failed(cause) => cause.os_code(),
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
                    DamageKind::Corruption | DamageKind::Missing | DamageKind::Doubt | DamageKind::Rebuilt => (
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
            Self::Locked { path, process: 0 } => write!(
                f,
                "{}: another process has the database open for writing; close it there, or open it read-only",
                path.display()
            ),
            Self::Locked { path, process } => write!(
                f,
                "{}: process {process} has the database open for writing; close it there, or open it read-only",
                path.display()
            ),
            Self::NotADatabase { path, what } => write!(f, "{}: not a database: {what}", path.display()),
            Self::Exists { path } => {
                write!(f, "{}: there is something already; give another path, or remove it", path.display())
            }
            Self::Missing { path } => write!(
                f,
                "{}: the file is gone, and the database needs it; restore it from a copy, or read what is left with \
                 SKIP_CORRUPTED",
                path.display()
            ),
            Self::Unsupported { path, what } => {
                write!(
                    f,
                    "{}: written by a newer version of libkevo: {what}; open it with that version",
                    path.display()
                )
            }
            Self::Failed(cause) => write!(
                f,
                "nothing is written since a failure: {cause}; when its cause is gone, call kevo_db_resume or open the \
                 database again"
            ),
            Self::TooLarge(what) => write!(f, "too large: {what}"),
            Self::Busy(what) => write!(f, "it would have to wait: {what}; try again later"),
            Self::BufferTooSmall(bytes) => write!(f, "the buffer is too small; {bytes} bytes are needed"),
            Self::ReadOnly => f.write_str("the database was opened read-only; open it for writing"),
            Self::Closed => f.write_str("the database is closed in this process; open it again"),
            Self::Cancelled => f.write_str("cancelled by the progress callback"),
            Self::Immutable => f.write_str("the memtable is immutable; write to the list, which starts a new one"),
            Self::Conflict => f.write_str("the transaction read what has been written since; run it again"),
            Self::Expired => f.write_str("the transaction outlived its time limit; nothing of it is written"),
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
            Self::Failed(cause) => Some(cause),
            _ => None,
        }
    }
}
