//! A cursor over a memtable. It shows the memtable as it was when the cursor was made.

use super::entries::{MemtableEntries, StoredEntry};
use crate::error::Error;
use crate::memory::refused;
use crate::order::{Direction, Point};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many entries are fetched at a time: each fetch has to search the skip list again.
const FETCH: usize = 64;

#[derive(Debug)]
pub(crate) struct MemtableCursor {
    entries: Arc<MemtableEntries>,
    /// Writes with this number or a higher one are not seen.
    end: u64,
    /// The next entries in the direction of the walk.
    fetched: VecDeque<Arc<StoredEntry>>,
}

impl MemtableCursor {
    pub(crate) fn new(entries: &Arc<MemtableEntries>, end: u64) -> Self {
        Self { entries: Arc::clone(entries), end, fetched: VecDeque::new() }
    }

    /// Goes to `point`, or to the end, to walk in `direction` from there.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) -> Result<(), Error> {
        self.fetched.clear();
        self.fetch(point, direction)
    }

    /// Steps over the next entry in `direction`.
    pub(crate) fn step(&mut self, direction: Direction) -> Result<Option<Arc<StoredEntry>>, Error> {
        let Some(stored) = self.fetched.pop_front() else { return Ok(None) };
        if self.fetched.is_empty() {
            self.fetch_after(&stored, direction)?;
        }
        Ok(Some(stored))
    }

    /// Fetches the entries that follow `last` in `direction`.
    fn fetch_after(&mut self, last: &StoredEntry, direction: Direction) -> Result<(), Error> {
        let point = last.point();
        let from = match direction {
            Direction::Forward => Point { rank: point.rank.next(), ..point },
            Direction::Backward => point,
        };
        self.fetch(Some(from), direction)
    }

    /// Fetches the next entries from `point` on, in the order of the walk.
    fn fetch(&mut self, point: Option<Point<'_>>, direction: Direction) -> Result<(), Error> {
        self.fetched.try_reserve(FETCH).map_err(|_| refused::<Arc<StoredEntry>>(FETCH))?;
        let is_seen = |stored: &Arc<StoredEntry>| stored.write() < self.end;
        match (direction, point) {
            (Direction::Forward, Some(point)) => {
                self.fetched.extend(self.entries.ascending(point).filter(is_seen).take(FETCH));
            }
            (Direction::Forward, None) => {}
            (Direction::Backward, point) => {
                self.fetched.extend(self.entries.descending(point).filter(is_seen).take(FETCH));
            }
        }
        Ok(())
    }
}
