//! One version.

use super::source::Source;
use crate::error::Error;
use crate::memory::{push, with_capacity};
use crate::memtable::Memtable;
use crate::recovered::log::{RecoveredLog, Selection};
use std::sync::Arc;

/// The sources that a reader looks into. It never changes.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    recovered: Arc<RecoveredLog>,
    /// The oldest first, by rising ids. The last takes writes.
    memtables: Vec<Arc<Memtable>>,
}

impl Version {
    pub(crate) fn new(recovered: &Arc<RecoveredLog>, open: Arc<Memtable>) -> Result<Self, Error> {
        let mut memtables = Vec::new();
        push(&mut memtables, open)?;
        Ok(Self { recovered: Arc::clone(recovered), memtables })
    }

    /// The version in which `open` takes the writes.
    pub(crate) fn with(&self, open: Arc<Memtable>) -> Result<Self, Error> {
        let mut memtables = with_capacity(self.memtables.len() + 1)?;
        memtables.extend(self.memtables.iter().cloned());
        memtables.push(open);
        Ok(Self { recovered: Arc::clone(&self.recovered), memtables })
    }

    /// Its memtables, the oldest first.
    pub(crate) fn memtables(&self) -> &[Arc<Memtable>] {
        &self.memtables
    }

    /// The memtable that takes writes.
    pub(crate) fn open(&self) -> &Arc<Memtable> {
        &self.memtables[self.memtables.len() - 1]
    }

    /// Writes with a lower number are complete now.
    pub(crate) fn complete(&self) -> u64 {
        self.open().complete()
    }

    /// Its sources, the oldest first.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source> {
        let recovered = Source::Recovered(Arc::clone(&self.recovered), Selection::All);
        let memtables = self.memtables.iter().filter(|memtable| !memtable.entries().is_empty());
        std::iter::once(recovered).chain(memtables.cloned().map(Source::Memtable))
    }
}
