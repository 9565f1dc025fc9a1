//! The newest version of every key, in the order of the keys.

use super::memtable::LogMemtable;
use super::run::SortedRun;
use crate::log::format::entry::Entry;
use crate::order::Direction;
use std::fmt;
use std::sync::Arc;

/// An iterator over the newest version of every key of a memtable, deletes included, in the order of the keys.
pub struct NewestEntries<'a> {
    memtable: &'a LogMemtable,
    /// All rows; `None` if there are none.
    run: Option<Arc<SortedRun>>,
    /// Rows from this one on are not seen.
    end: usize,
    /// Where in the run the walk is.
    next: usize,
    /// The key and its prefix in the run that was given last.
    last: Option<(u64, &'a [u8])>,
}

impl<'a> NewestEntries<'a> {
    pub(super) fn new(memtable: &'a LogMemtable, run: Option<Arc<SortedRun>>, end: usize) -> Self {
        Self { memtable, run, end, next: 0, last: None }
    }
}

impl<'a> Iterator for NewestEntries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let run = self.run.as_ref()?;
        loop {
            let item = *run.items().get(self.next)?;
            run.prefetch(self.memtable, self.next, Direction::Forward);
            self.next += 1;
            if item.row as usize >= self.end {
                continue;
            }
            let is_older = |(prefix, key)| prefix == item.prefix() && self.memtable.key(item.row) == key;
            if !self.last.is_some_and(is_older) {
                let entry = self.memtable.entry(item.row);
                self.last = Some((item.prefix(), entry.key));
                return Some(entry);
            }
        }
    }
}

impl fmt::Debug for NewestEntries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewestEntries").field("next", &self.next).finish_non_exhaustive()
    }
}
