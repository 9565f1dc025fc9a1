//! One version: an immutable list of sources.

use super::source::Source;
use crate::error::Error;
use crate::memory::{push, with_capacity};
use crate::memtable::Memtable;
use crate::recovered::log::{RecoveredLog, Selection};
use std::sync::Arc;

/// The sources that a reader reads. It never changes.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    recovered: Arc<RecoveredLog>,
    /// The oldest first, so ids are in ascending order. The last one is open for writes.
    memtables: Vec<Arc<Memtable>>,
}

impl Version {
    /// The version of a recovered log and the memtable that is open for writes.
    pub(crate) fn new(recovered: &Arc<RecoveredLog>, open: Arc<Memtable>) -> Result<Self, Error> {
        let mut memtables = Vec::new();
        push(&mut memtables, open)?;
        Ok(Self { recovered: Arc::clone(recovered), memtables })
    }

    /// The next version, in which `open` is the memtable that is open for writes.
    pub(crate) fn with_open_memtable(&self, open: Arc<Memtable>) -> Result<Self, Error> {
        let mut memtables = with_capacity(self.memtables.len() + 1)?;
        memtables.extend(self.memtables.iter().cloned());
        memtables.push(open);
        Ok(Self { recovered: Arc::clone(&self.recovered), memtables })
    }

    /// Its memtables, the oldest first.
    pub(crate) fn memtables(&self) -> &[Arc<Memtable>] {
        &self.memtables
    }

    /// The memtable that is open for writes.
    pub(crate) fn open_memtable(&self) -> &Arc<Memtable> {
        &self.memtables[self.memtables.len() - 1]
    }

    /// The number of the next write: all writes with a lower number are complete.
    pub(crate) fn next_write(&self) -> u64 {
        self.open_memtable().next_write()
    }

    /// Its sources, the oldest first.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source> {
        let recovered = Source::Recovered(Arc::clone(&self.recovered), Selection::All);
        let memtables = self.memtables.iter().filter(|memtable| !memtable.entries().is_empty());
        std::iter::once(recovered).chain(memtables.cloned().map(Source::Memtable))
    }
}
