//! How many memtables an export fills when Kevo recovers it.

use crate::log::entry::Entry;
use crate::memtable::summary::Summary;
use crate::recovery::options::Options;

/// Counts tables as recovery starts them, with Kevo's own size.
#[derive(Debug)]
pub(super) struct Tables {
    memtable_size: u64,
    full: usize,
    open: Summary,
}

impl Default for Tables {
    fn default() -> Self {
        Self { memtable_size: Options::default().memtable_size, full: 0, open: Summary::default() }
    }
}

impl Tables {
    pub(super) fn add(&mut self, entry: &Entry<'_>) {
        if self.open.size >= self.memtable_size {
            self.open = Summary::default();
            self.full += 1;
        }
        self.open.add(entry);
    }

    pub(super) fn count(&self) -> usize {
        self.full + 1
    }
}
