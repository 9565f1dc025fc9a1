//! A cursor over a range of a recovered log.

use super::index::item::Item;
use super::log::{RecoveredLog, Selection, SortedEntries};
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::order::{Direction, Point, Rank};
use crate::scan::Wanted;
use std::ops::Range;
use std::sync::Arc;

/// How many versions ahead of the cursor a key is prefetched: keys are compared where there is more than one source.
const AHEAD: usize = 6;

#[derive(Debug)]
pub(crate) struct RecoveredCursor {
    log: Arc<RecoveredLog>,
    selection: Selection,
    /// The numbers of the versions in the range.
    range: Range<usize>,
    /// The cursor is before the version of this number.
    at: usize,
}

/// What a bulk step has gone through.
#[derive(Debug)]
pub(crate) struct Bulk {
    /// How many entries were given.
    pub(crate) count: usize,
    /// The last of them.
    pub(crate) last: Option<Item>,
    /// The last version that was seen, given or not.
    pub(crate) seen: Item,
}

impl RecoveredCursor {
    /// From `lower` to `upper`, or to the last version.
    pub(crate) fn new(
        log: &Arc<RecoveredLog>,
        selection: Selection,
        lower: Point<'_>,
        upper: Option<Point<'_>>,
    ) -> Result<Self, Error> {
        let sorted = log.sorted(selection)?;
        let start = sorted.lower_bound(lower);
        let end = upper.map_or_else(|| sorted.len(), |upper| sorted.lower_bound(upper));
        Ok(Self { log: Arc::clone(log), selection, range: start..end.max(start), at: start })
    }

    /// Its versions, which were sorted when it was made.
    #[inline]
    fn sorted(&self) -> Result<SortedEntries<'_>, Error> {
        self.log.sorted(self.selection)
    }

    pub(crate) fn log(&self) -> &RecoveredLog {
        &self.log
    }

    /// Goes to `point`, or to the end.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>) -> Result<(), Error> {
        self.at = match point {
            Some(point) => self.sorted()?.lower_bound(point).clamp(self.range.start, self.range.end),
            None => self.range.end,
        };
        Ok(())
    }

    /// Steps over the next version in `direction`.
    #[inline]
    pub(crate) fn step(&mut self, direction: Direction) -> Result<Option<(Item, Rank)>, Error> {
        let (number, ahead) = match direction {
            Direction::Forward if self.at < self.range.end => (self.at, self.at + AHEAD),
            Direction::Backward if self.at > self.range.start => (self.at - 1, self.at.saturating_sub(AHEAD)),
            _ => return Ok(None),
        };
        let sorted = self.sorted()?;
        if self.range.contains(&ahead) {
            sorted.item(ahead).prefetch(&self.log.log);
        }
        let item = sorted.item(number);
        self.at = if direction == Direction::Forward { number + 1 } else { number };
        Ok(Some((item, self.log.rank(&item))))
    }

    /// Goes on forward from the version that was stepped over last, through what is wanted before `until`. Gives at most
    /// `most` entries to `take`, each with its number. `current` is the last entry that was given before.
    pub(crate) fn bulk(
        &mut self,
        current: Item,
        until: Option<Point<'_>>,
        wanted: Wanted,
        most: usize,
        mut take: impl FnMut(usize, Entry<'_>),
    ) -> Result<Bulk, Error> {
        let sorted = self.sorted()?;
        let end = until.map_or(self.range.end, |until| sorted.lower_bound(until));
        let (mut at, end) = (self.at - 1, end.clamp(self.at, self.range.end));
        let (log, mut bulk) = (&self.log.log, Bulk { count: 0, last: None, seen: current });
        while bulk.count < most && at < end {
            let item = sorted.item(at);
            at += 1;
            let is_seen = item.sequence <= wanted.max_sequence;
            if !is_seen || !wanted.all_versions && item.has_key_of(&bulk.seen, log) {
                continue;
            }
            bulk.seen = item;
            if wanted.tombstones || !item.is_delete() {
                take(bulk.count, item.entry(log));
                bulk.count += 1;
                bulk.last = Some(item);
            }
        }
        self.at = at;
        Ok(bulk)
    }
}
