//! Memtables that take no more writes, and wait for their flush.

use super::version::add_sorted;
use crate::error::Error;
use crate::log::format::entry::{Entry, Op};
use crate::log_memtable::LogMemtable;
use crate::memory::push;
use crate::recovered::log::{RecoveredLog, Selection};
use crate::version::source::Source;
use std::sync::Arc;

/// A memtable that takes no more writes, and the logs that it came from.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(super) content: Content,
    /// They are needed no more when it has become tables.
    pub(super) logs: Vec<LogFile>,
}

#[derive(Debug)]
pub(super) enum Content {
    Written(Arc<LogMemtable>),
    /// What an opening found in the logs.
    Recovered(Arc<RecoveredLog>),
}

/// A log that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogFile {
    pub(crate) name: String,
    /// In bytes.
    pub(crate) length: u64,
}

impl Sealed {
    /// Adds what is visible in it.
    pub(super) fn add_sources(&self, sources: &mut Vec<Source>) -> Result<(), Error> {
        match &self.content {
            Content::Written(memtable) => add_sorted(memtable, memtable.visible_end(), sources),
            Content::Recovered(log) => push(sources, Source::Recovered(Arc::clone(log), Selection::All)),
        }
    }

    /// The first sequence number that is not seen: a write that failed stays in the memtable, and out of sight.
    pub(super) fn end(&self) -> u64 {
        match &self.content {
            Content::Written(memtable) => memtable.visible_end(),
            Content::Recovered(_) => u64::MAX,
        }
    }

    /// Bytes of memory that it holds, about.
    pub(super) fn memory(&self) -> u64 {
        match &self.content {
            Content::Written(memtable) => memtable.memory(),
            Content::Recovered(log) => log.bytes.end().offset() as u64 + 40 * log.entry_count() as u64,
        }
    }

    /// The newest version of `key`.
    #[inline]
    pub(super) fn newest(&self, key: &[u8], hash: u64) -> Result<Option<Entry<'_>>, Error> {
        match &self.content {
            Content::Written(memtable) => Ok(memtable.newest(key, hash, memtable.visible_end())),
            Content::Recovered(log) => Ok(log.newest(key, u64::MAX)?.map(|item| item.entry(&log.bytes))),
        }
    }
}

/// Whether an entry is a tombstone.
#[inline]
pub(super) fn is_tombstone(entry: &Entry<'_>) -> bool {
    entry.op == Op::Delete
}
