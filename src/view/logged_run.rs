//! What was recovered, as far as it is in a walk's range.

use super::head::{Direction, Head};
use crate::memtable::index::item::Item;
use crate::memtable::logged::{Logged, Selection};
use crate::memtable::order::Point;
use crate::memtable::table::VersionRef;
use std::ops::Range;
use std::sync::Arc;

/// How many versions ahead of the place a key is asked for: keys are compared where there is more than one run.
const AHEAD: usize = 6;

#[derive(Debug)]
pub(crate) struct LoggedRun {
    logged: Arc<Logged>,
    selection: Selection,
    /// The numbers of the versions in the range.
    range: Range<usize>,
    /// The place is in front of the version of this number.
    at: usize,
}

impl LoggedRun {
    /// From `lower` to `upper`, or to the last.
    pub(crate) fn new(logged: &Arc<Logged>, selection: Selection, lower: Point<'_>, upper: Option<Point<'_>>) -> Self {
        let start = logged.lower_bound(selection, lower);
        let end = upper.map_or_else(|| logged.len(selection), |upper| logged.lower_bound(selection, upper));
        Self { logged: Arc::clone(logged), selection, range: start..end.max(start), at: start }
    }

    pub(crate) fn seek(&mut self, point: Option<Point<'_>>) {
        self.at = point.map_or(self.range.end, |point| {
            self.logged.lower_bound(self.selection, point).clamp(self.range.start, self.range.end)
        });
    }

    /// Steps over the next version in `direction`.
    #[inline]
    pub(crate) fn next(&mut self, direction: Direction) -> Option<Head> {
        let (number, ahead) = match direction {
            Direction::Forward if self.at < self.range.end => (self.at, self.at + AHEAD),
            Direction::Backward if self.at > self.range.start => (self.at - 1, self.at.saturating_sub(AHEAD)),
            _ => return None,
        };
        self.at = if direction == Direction::Forward { number + 1 } else { number };
        if self.range.contains(&ahead) {
            self.logged.item(self.selection, ahead).prefetch(&self.logged.log);
        }
        let item = self.logged.item(self.selection, number);
        Some(Head { rank: self.logged.rank(&item), version: VersionRef::Logged(item) })
    }

    /// Forward, the versions from the head on, which has been stepped over, up to `point`, or to the range's end.
    pub(crate) fn ahead(&self, point: Option<Point<'_>>) -> Range<usize> {
        let end = point.map_or(self.range.end, |point| self.logged.lower_bound(self.selection, point));
        self.at - 1..end.clamp(self.at, self.range.end)
    }

    #[inline]
    pub(crate) fn item(&self, number: usize) -> Item {
        self.logged.item(self.selection, number)
    }

    /// Goes to in front of the version of this number, or to the range's end.
    pub(crate) fn go(&mut self, number: usize) {
        self.at = number;
    }
}
