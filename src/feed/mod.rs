//! The feed: what is written to a log, in its order, as it is written. See `docs/log-format.md`, "The log as a feed".
//!
//! ```text
//! mod      the cursor: which log is read, and when it goes on to the next one
//! logs     which logs there are
//! tail     what has been added to one log
//! wait     waiting for more
//! ```
#![forbid(unsafe_code)]

mod logs;
mod tail;
mod wait;

use crate::disk::{Disk, RealDisk};
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memory::copied_path;
use logs::{Head, LogName};
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tail::{Tail, Taken};
pub use wait::Waker;

/// How often a log that is listed and not there is looked for again.
const ATTEMPTS: u32 = 100;

/// A cursor over the logs of a directory, which another thread or process may write to.
#[derive(Debug)]
pub struct Feed {
    disk: Arc<dyn Disk>,
    wal: PathBuf,
    /// Entries up to this number are passed over.
    after: u64,
    /// The highest number in the logs that have been read to their end, or that was not asked for.
    seen: u64,
    current: Option<Current>,
    waker: Arc<Waker>,
}

/// The log that is read.
#[derive(Debug)]
struct Current {
    name: LogName,
    path: PathBuf,
    tail: Tail,
}

/// An entry of the log. Its bytes stay until the feed goes on.
#[derive(Debug)]
pub struct Fed<'f> {
    /// What was written.
    pub entry: Entry<'f>,
    /// It is not in a batch, or the last of one.
    pub last_of_batch: bool,
    /// The log that it is in.
    pub path: &'f Path,
    /// From where a feed goes on after it. In a batch, that is where the batch starts, but after its last entry.
    pub offset: u64,
}

impl Feed {
    /// A cursor before the first entry whose sequence number is above `after`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the directory cannot be read, or the log with the next entry is gone.
    pub fn open(wal: &Path, after: u64) -> Result<Self, Error> {
        Self::open_on(Arc::new(RealDisk), wal, after)
    }

    /// [`open`](Self::open) on any disk.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    #[doc(hidden)]
    pub fn open_on(disk: Arc<dyn Disk>, wal: &Path, after: u64) -> Result<Self, Error> {
        let mut feed = Self::new(disk, wal, after)?;
        // Where there is no log, the first one that comes is looked at then.
        feed.go_to_next()?;
        Ok(feed)
    }

    /// A cursor at `offset` of the log at `path`, as an entry gave both.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the log is gone, or cannot be read; [`Error::InvalidArgument`] if it is not so long.
    pub fn open_at(wal: &Path, path: &Path, offset: u64) -> Result<Self, Error> {
        Self::open_at_on(Arc::new(RealDisk), wal, path, offset)
    }

    /// [`open_at`](Self::open_at) on any disk.
    ///
    /// # Errors
    ///
    /// As [`open_at`](Self::open_at).
    #[doc(hidden)]
    pub fn open_at_on(disk: Arc<dyn Disk>, wal: &Path, path: &Path, offset: u64) -> Result<Self, Error> {
        let mut feed = Self::new(disk, wal, 0)?;
        let wanted = path.file_name().unwrap_or_default();
        let name = logs::list(&*feed.disk, wal)?.into_iter().find(|log| log.file_name() == wanted);
        let Some(name) = name else {
            return Err(gone(path, "the log is gone: it is flushed, and log_retention does not keep it"));
        };
        let mut current = feed.begin(name)?;
        if !current.tail.pass_until(offset, &current.path)? {
            return Err(Error::InvalidArgument("the log has no entry that ends at that offset"));
        }
        feed.current = Some(current);
        Ok(feed)
    }

    fn new(disk: Arc<dyn Disk>, wal: &Path, after: u64) -> Result<Self, Error> {
        Ok(Self { disk, wal: copied_path(wal)?, after, seen: after, current: None, waker: Arc::default() })
    }

    /// Wakes a call that waits, from any thread.
    pub fn waker(&self) -> &Arc<Waker> {
        &self.waker
    }

    /// The next entry. If there is none it waits for one, as long as `timeout` says; then gives none.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] if a log is damaged; [`Error::Io`] if one cannot be read, or the next one is gone;
    /// [`Error::Cancelled`] if it was woken.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Fed<'_>>, Error> {
        let deadline = Instant::now().checked_add(timeout);
        let mut pause = wait::Pause::default();
        while !self.advance()? {
            if timeout.is_zero() || !self.waker.wait(&mut pause, deadline)? {
                return Ok(None);
            }
        }
        let Some(Current { path, tail, .. }) = &self.current else { return Ok(None) };
        Ok(tail.entry().map(|(entry, taken)| {
            let Taken { last_of_batch, offset, .. } = *taken;
            Fed { entry, last_of_batch, path, offset }
        }))
    }

    /// Goes to the next entry that is there; false if there is none yet.
    fn advance(&mut self) -> Result<bool, Error> {
        loop {
            let Some(current) = &mut self.current else {
                if self.go_to_next()? {
                    continue;
                }
                return Ok(false);
            };
            match current.tail.advance(&current.path)? {
                Some(sequence) if sequence > self.after => return Ok(true),
                Some(_) => continue,
                None => {}
            }
            if !self.go_to_next()? {
                return Ok(false);
            }
        }
    }

    /// Goes on to the log after the current one, if there is one and the current one has been read to its end. Gives
    /// whether there may be more entries now.
    fn go_to_next(&mut self) -> Result<bool, Error> {
        let Some(begun) = self.begin_next()? else { return Ok(false) };
        let head = begun.tail.head();
        let named = head.and_then(|head| head.before.as_ref());
        if let Some(current) = &mut self.current {
            let end = named.filter(|(name, _)| **name == *current.name.file_name()).map(|(_, end)| *end);
            // Nobody adds to a log after the next one has come: what is there now is all.
            if current.tail.end_at(end) {
                return Ok(true);
            }
            self.seen = self.seen.max(current.tail.highest());
        }
        self.check_follows(head, named.map(|(name, _)| &**name))?;
        self.current = Some(begun);
        Ok(true)
    }

    /// Opens the log after the current one.
    fn begin_next(&self) -> Result<Option<Current>, Error> {
        let after = self.current.as_ref().map(|current| current.name.file_name());
        let mut attempts = 0;
        loop {
            let logs = logs::list(&*self.disk, &self.wal)?;
            let next = logs.into_iter().find(|log| after.is_none_or(|after| log.file_name() > after));
            let Some(next) = next else { return Ok(None) };
            match self.begin(next) {
                // It has been moved or removed since: the next listing says where it is.
                Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound && attempts < ATTEMPTS => {
                    attempts += 1;
                }
                begun => return begun.map(Some),
            }
        }
    }

    /// Whether nothing is missing between what has been read and a log that begins so. Logs of Kevo do not tell.
    fn check_follows(&self, head: Option<&Head>, named: Option<&OsStr>) -> Result<(), Error> {
        let is_next = self.current.as_ref().is_some_and(|current| named == Some(current.name.file_name()));
        match head {
            Some(head) if !is_next && head.sequence > self.seen => {
                let (wanted, first) = (self.seen.saturating_add(1), head.sequence.saturating_add(1));
                let why = format!(
                    "the log with the next entry, number {wanted}, is gone: it is flushed, and log_retention does not \
                     keep it; the next log begins with number {first}: begin anew with a snapshot or a checkpoint"
                );
                Err(gone(&self.wal, why))
            }
            _ => Ok(()),
        }
    }

    fn begin(&self, name: LogName) -> Result<Current, Error> {
        let path = name.path(&self.wal);
        let file = self.disk.open(&path).map_err(|error| Error::io(&path, None, error))?;
        let tail = Tail::begin(file, &path)?;
        Ok(Current { name, path, tail })
    }
}

fn gone(path: &Path, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::io(path, None, io::Error::new(ErrorKind::NotFound, why))
}
