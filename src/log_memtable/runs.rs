//! The sorted runs of a memtable. They are made when somebody asks for order.
//!
//! Who asks, sorts all rows that are in no run yet, into a new one, and then merges the last two as long as the older
//! is not twice as long as the newer. So there are about as many runs as the number of rows has bits, and over time
//! each row is merged about as often.

use super::memtable::LogMemtable;
pub use super::run::SortedRun;
use crate::error::Error;
use crate::memory::{probe, with_capacity};
use crate::sync::{ArcSwap, Mutex};
use std::sync::Arc;

/// Bytes that publishing runs takes at most, which cannot be refused.
const SMALL_ALLOCATIONS: usize = 512;

/// The runs at some moment. It never changes.
#[derive(Default)]
struct Runs {
    /// The first rows, as many as are in a run.
    covered: usize,
    /// The oldest rows first.
    runs: Vec<Arc<SortedRun>>,
}

impl Runs {
    fn copied(&self, more: usize) -> Result<Vec<Arc<SortedRun>>, Error> {
        let mut runs = with_capacity(self.runs.len() + more)?;
        runs.extend(self.runs.iter().cloned());
        Ok(runs)
    }
}

pub(super) struct SortedRuns {
    current: ArcSwap<Runs>,
    /// Held by a thread while it sorts.
    sorting: Mutex<()>,
}

impl SortedRuns {
    pub(super) fn new() -> Self {
        Self { current: ArcSwap::from_pointee(Runs::default()), sorting: Mutex::new(()) }
    }

    /// Bytes of memory that the runs take.
    pub(super) fn memory(&self) -> usize {
        self.current.load().runs.iter().map(|run| run.memory()).sum()
    }

    /// Runs with the first `rows` rows at least, which have been appended.
    pub(super) fn covering(&self, memtable: &LogMemtable, rows: usize) -> Result<Vec<Arc<SortedRun>>, Error> {
        let current = self.current.load();
        if current.covered >= rows {
            return current.copied(0);
        }
        drop(current);
        let _sorting = self.sorting.lock();
        self.cover(memtable, rows, |older, newer| older.len() / 2 < newer.len())?;
        self.current.load().copied(0)
    }

    /// The same in one run; `None` if there are no rows.
    pub(super) fn merged(&self, memtable: &LogMemtable, rows: usize) -> Result<Option<Arc<SortedRun>>, Error> {
        let _sorting = self.sorting.lock();
        self.cover(memtable, rows, |_, _| true)?;
        Ok(self.current.load().runs.first().cloned())
    }

    /// Sorts what is in no run yet, if it is needed, and merges the last two runs as long as `is_to_merge` says so.
    /// Only the thread that holds `sorting` may call this.
    fn cover(
        &self,
        memtable: &LogMemtable,
        rows: usize,
        is_to_merge: impl Fn(&SortedRun, &SortedRun) -> bool,
    ) -> Result<(), Error> {
        let current = self.current.load_full();
        let mut next = Runs { covered: current.covered, runs: current.copied(1)? };
        if current.covered < rows {
            next.covered = memtable.len();
            probe(SMALL_ALLOCATIONS)?;
            next.runs.push(Arc::new(SortedRun::of(memtable, current.covered..next.covered)?));
        }
        while let [.., older, newer] = next.runs.as_slice()
            && is_to_merge(older, newer)
        {
            probe(SMALL_ALLOCATIONS)?;
            let merged = Arc::new(SortedRun::merge(memtable, older, newer)?);
            next.runs.truncate(next.runs.len() - 2);
            next.runs.push(merged);
        }
        if next.covered > current.covered || next.runs.len() < current.runs.len() {
            probe(SMALL_ALLOCATIONS)?;
            self.current.store(Arc::new(next));
        }
        Ok(())
    }
}
