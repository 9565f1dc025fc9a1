//! One version of the database: what readers read.

use super::sealed::Sealed;
use crate::error::Error;
use crate::log_memtable::LogMemtable;
use crate::log_memtable::cursor::SortedSource;
use crate::memory::push;
use crate::version::run::Run;
use crate::version::source::{Purpose, Source};
use std::sync::Arc;

/// Ids of sources are the order of age. Those of tables are the ages of their runs, which stay below this one.
pub(crate) const MEMTABLE_ID: u64 = 1 << 63;

/// The memtables and runs at one moment. It never changes.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    /// The memtable that is written to.
    pub(crate) active: Arc<LogMemtable>,
    /// Those that wait for their flush, the oldest first.
    pub(crate) sealed: Vec<Arc<Sealed>>,
    /// The newest first.
    pub(crate) runs: Vec<Arc<Run>>,
}

impl Version {
    /// Everything that is visible below `end`, as sources.
    pub(crate) fn sources(&self, end: u64) -> Result<Vec<Source>, Error> {
        let mut sources = Vec::new();
        for run in self.runs.iter().rev() {
            push(&mut sources, Source::Run(Arc::clone(run), Purpose::Reading))?;
        }
        for sealed in &self.sealed {
            sealed.add_sources(&mut sources)?;
        }
        add_sorted(&self.active, end, &mut sources)?;
        Ok(sources)
    }

    /// The number of tables.
    pub(crate) fn table_count(&self) -> usize {
        self.runs.iter().map(|run| run.tables.len()).sum()
    }
}

/// Adds what is in a memtable below `end`.
pub(super) fn add_sorted(memtable: &Arc<LogMemtable>, end: u64, sources: &mut Vec<Source>) -> Result<(), Error> {
    // Of memtables with the highest id the sequence numbers tell which is newer.
    let id = MEMTABLE_ID.saturating_add(memtable.first_sequence());
    for run in memtable.sorted(end)? {
        push(sources, Source::Sorted(SortedSource::new(memtable, &run, id, end)))?;
    }
    Ok(())
}
