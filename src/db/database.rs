//! What all threads of an open database share.

use super::background::Background;
use super::compaction::Claims;
use super::directory::DatabaseDirectory;
use super::install::Edits;
use super::log::{LogHead, OpenLog};
use super::options::{CompactionStyle, DbOptions, Logger, SyncMode};
use super::pacing::Pacing;
use super::poison::Poison;
use super::stat::Counters;
use super::tables::Tables;
use super::transaction::Exclusive;
use super::transaction::expiry::Expiry;
use super::version::Version;
use super::write::WriteState;
use crate::disk::{Disk, Lock};
use crate::error::Error;
use crate::fork::Process;
use crate::log_memtable::Writer;
use crate::sync::blocking::{Condvar, Mutex};
use crate::sync::{ArcSwap, AtomicBool, Memory};
use crate::table::WriterOptions;
use std::fmt;
use std::sync::Arc;

/// What was decided at the opening, and does not change.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) read_only: bool,
    pub(super) memtable_size: u64,
    /// That of Kevo, as `MANIFEST` says it when this opening has renewed it.
    pub(super) kevos_memtable_size: u64,
    pub(super) max_memtables: usize,
    pub(super) sync: SyncMode,
    pub(super) log_size: u64,
    pub(super) log_mapped: bool,
    pub(super) log_retention: u64,
    pub(super) table_size: u64,
    pub(super) tables: WriterOptions,
    pub(super) compaction: CompactionStyle,
    pub(super) compaction_threads: usize,
    pub(super) compaction_rate: u64,
    pub(super) logger: Option<Logger>,
}

/// An open database.
///
/// Locks are taken in this order: `write`, `edits`, `publishing`, `log`.
pub(crate) struct Inner {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) directory: DatabaseDirectory,
    pub(super) settings: Settings,
    /// What it was opened with, if it is read-only: it catches up by the same rules.
    pub(super) reading: Option<DbOptions>,
    /// The checksum of MANIFEST, as the opening has left it; nothing if it is read-only.
    pub(super) manifest: Option<u32>,
    /// The process that opened it.
    pub(super) process: Process,
    pub(super) is_closed: AtomicBool,
    pub(super) published: ArcSwap<Version>,
    /// Held by a thread while it makes a version and publishes it.
    publishing: Mutex<()>,
    pub(super) write: Mutex<WriteState>,
    /// A group is in the log, or a log has ended.
    pub(super) written: Condvar,
    /// A memtable has been flushed.
    pub(super) room: Condvar,
    /// Only the thread that leads uses it.
    /// Nothing if the database is read-only.
    pub(super) log: Mutex<Option<OpenLog>>,
    pub(super) edits: Mutex<Edits>,
    pub(super) tables: Tables,
    pub(super) claims: Claims,
    pub(super) poison: Poison,
    pub(super) pacing: Pacing,
    pub(super) counters: Counters,
    pub(super) background: Background,
    pub(super) exclusive: Exclusive,
    pub(super) expiry: Expiry,
    /// What the last compaction failed with.
    pub(super) compaction_failure: Mutex<Option<Arc<Error>>>,
    /// Held until the database is closed.
    pub(super) lock: Mutex<Option<Box<dyn Lock>>>,
}

/// What an opening brings together.
pub(super) struct Parts {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) directory: DatabaseDirectory,
    pub(super) settings: Settings,
    pub(super) reading: Option<DbOptions>,
    pub(super) manifest: Option<u32>,
    pub(super) version: Version,
    pub(super) writer: Writer,
    /// The log that is written to; nothing if the database is read-only.
    pub(super) log: Option<(OpenLog, LogHead)>,
    pub(super) edits: Edits,
    pub(super) tables: Tables,
    pub(super) lock: Option<Box<dyn Lock>>,
}

/// An open database. When it is dropped, it is closed.
#[derive(Debug)]
pub struct Database {
    pub(crate) inner: Arc<Inner>,
}

impl Database {
    /// Starts the threads of a database that has been opened.
    pub(super) fn start(parts: Parts) -> Result<Self, Error> {
        let read_only = parts.settings.read_only;
        let database = Self { inner: Arc::new(Inner::new(parts)) };
        if !read_only {
            Background::start(&database.inner)?;
            database.inner.background.flush_wanted();
            database.inner.background.compactions_wanted();
        }
        Ok(database)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.inner.close();
    }
}

impl Inner {
    fn new(parts: Parts) -> Self {
        let Parts { disk, directory, settings, reading, manifest, version, writer, log, edits, tables, lock } = parts;
        let (log, head) = log.unzip();
        Self {
            disk,
            directory,
            settings,
            reading,
            manifest,
            process: Process::current(),
            is_closed: AtomicBool::new(false),
            published: ArcSwap::from_pointee(version),
            publishing: Mutex::new(()),
            write: Mutex::new(WriteState::new(writer, head.unwrap_or_default())),
            written: Condvar::new(),
            room: Condvar::new(),
            log: Mutex::new(log),
            edits: Mutex::new(edits),
            tables,
            claims: Claims::default(),
            poison: Poison::default(),
            pacing: Pacing::default(),
            counters: Counters::default(),
            background: Background::default(),
            exclusive: Exclusive::default(),
            expiry: Expiry::default(),
            compaction_failure: Mutex::new(None),
            lock: Mutex::new(lock),
        }
    }

    /// Why nothing can be read, if that is so.
    #[inline]
    pub(crate) fn check_readable(&self) -> Result<(), Error> {
        if self.is_closed.load(Memory::Acquire) || self.process.is_other() { Err(Error::Closed) } else { Ok(()) }
    }

    /// Publishes the current version as `change` changes it.
    pub(super) fn publish(&self, change: impl FnOnce(&mut Version)) {
        let _publishing = self.publishing.lock();
        let mut version = Version::clone(&self.published.load());
        change(&mut version);
        self.pacing.update(version.sealed.len(), self.settings.max_memtables, version.runs.len());
        self.published.store(Arc::new(version));
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("directory", &self.directory).finish_non_exhaustive()
    }
}
