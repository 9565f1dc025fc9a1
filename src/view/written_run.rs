//! What was written to a table, up to when a walk began.

use super::head::{Direction, Head};
use crate::log::place::Place;
use crate::memtable::order::Point;
use crate::memtable::table::{Table, VersionRef};
use crate::memtable::written::Version;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many versions are fetched at a time: each fetch has to find its place in the skip list again.
const FETCH: usize = 64;

#[derive(Debug)]
pub(crate) struct WrittenRun {
    table: Arc<Table>,
    /// What has this place or a higher one was written later.
    end: Place,
    fetched: VecDeque<Arc<Version>>,
}

impl WrittenRun {
    pub(crate) fn new(table: &Arc<Table>, end: Place) -> Self {
        Self { table: Arc::clone(table), end, fetched: VecDeque::new() }
    }

    pub(crate) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) {
        self.fetched.clear();
        self.fetch(point, direction);
    }

    /// Steps over the next version in `direction`.
    pub(crate) fn next(&mut self, direction: Direction) -> Option<Head> {
        let version = self.fetched.pop_front()?;
        if self.fetched.is_empty() {
            self.fetch_behind(&version, direction);
        }
        Some(Head { rank: version.point().rank, version: VersionRef::Written(version) })
    }

    /// Fetches the next versions behind `last`.
    fn fetch_behind(&mut self, last: &Version, direction: Direction) {
        let point = last.point();
        let from = match direction {
            Direction::Forward => Point { rank: point.rank.next(), ..point },
            Direction::Backward => point,
        };
        self.fetch(Some(from), direction);
    }

    /// Fetches the next versions from `point` on, in the order of the walk.
    fn fetch(&mut self, point: Option<Point<'_>>, direction: Direction) {
        let (written, end) = (&self.table.written, self.end);
        let is_seen = |version: &Arc<Version>| version.place < end;
        match (direction, point) {
            (Direction::Forward, Some(point)) => {
                self.fetched.extend(written.ascending(point).filter(is_seen).take(FETCH));
            }
            (Direction::Forward, None) => {}
            (Direction::Backward, point) => {
                self.fetched.extend(written.descending(point).filter(is_seen).take(FETCH));
            }
        }
    }
}
