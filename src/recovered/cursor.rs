//! A cursor over a range of a recovered log.

use super::index::item::Item;
use super::log::{RecoveredLog, Selection, SortedEntries};
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::order::{Direction, Point, Rank};
use crate::scan::{Bulk, Wanted};
use std::ops::Range;
use std::sync::Arc;

/// How many items ahead of the cursor a key is prefetched. Keys are compared if there is more than one source.
const PREFETCH_DISTANCE: usize = 6;

#[derive(Debug)]
pub(crate) struct RecoveredCursor {
    recovered: Arc<RecoveredLog>,
    selection: Selection,
    /// The numbers of the entries in the range.
    range: Range<usize>,
    /// The cursor is before the entry with this number.
    next: usize,
}

impl RecoveredCursor {
    /// A cursor before `lower`, over the entries up to `upper`, or to the last one if that is `None`.
    pub(crate) fn new(
        recovered: &Arc<RecoveredLog>,
        selection: Selection,
        lower: Point<'_>,
        upper: Option<Point<'_>>,
    ) -> Result<Self, Error> {
        let sorted = recovered.sorted(selection)?;
        let start = sorted.lower_bound(lower);
        let end = upper.map_or_else(|| sorted.len(), |upper| sorted.lower_bound(upper));
        Ok(Self { recovered: Arc::clone(recovered), selection, range: start..end.max(start), next: start })
    }

    /// The entries. They were sorted when the cursor was made.
    #[inline]
    fn sorted(&self) -> Result<SortedEntries<'_>, Error> {
        self.recovered.sorted(self.selection)
    }

    pub(crate) fn recovered(&self) -> &RecoveredLog {
        &self.recovered
    }

    /// Goes to `point`, or to the end.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>) -> Result<(), Error> {
        self.next = match point {
            Some(point) => self.sorted()?.lower_bound(point).clamp(self.range.start, self.range.end),
            None => self.range.end,
        };
        Ok(())
    }

    /// Steps over the next entry in `direction`, and gives it.
    #[inline]
    pub(crate) fn step(&mut self, direction: Direction) -> Result<Option<(Item, Rank)>, Error> {
        let (number, ahead) = match direction {
            Direction::Forward if self.next < self.range.end => (self.next, self.next + PREFETCH_DISTANCE),
            Direction::Backward if self.next > self.range.start => {
                (self.next - 1, self.next.saturating_sub(PREFETCH_DISTANCE))
            }
            _ => return Ok(None),
        };
        let sorted = self.sorted()?;
        if self.range.contains(&ahead) {
            sorted.item(ahead).prefetch(&self.recovered.bytes);
        }
        let item = sorted.item(number);
        self.next = if direction == Direction::Forward { number + 1 } else { number };
        Ok(Some((item, self.recovered.rank(&item))))
    }

    /// Continues forward from the entry that was stepped over last, through the `wanted` entries before `until`. Gives
    /// at most `most` entries to `take`, each with its number. `current` is the last entry that was given before.
    pub(crate) fn bulk(
        &mut self,
        current: Item,
        until: Option<Point<'_>>,
        wanted: Wanted,
        most: usize,
        mut take: impl FnMut(usize, Entry<'_>),
    ) -> Result<Bulk<Item>, Error> {
        let sorted = self.sorted()?;
        let end = until.map_or(self.range.end, |until| sorted.lower_bound(until));
        let (mut next, end) = (self.next - 1, end.clamp(self.next, self.range.end));
        let (bytes, mut bulk) = (&self.recovered.bytes, Bulk { count: 0, last: None, seen: current });
        while bulk.count < most && next < end {
            let item = sorted.item(next);
            next += 1;
            let is_seen = item.sequence <= wanted.max_sequence;
            if !is_seen || !wanted.all_versions && item.has_key_of(&bulk.seen, bytes) {
                continue;
            }
            bulk.seen = item;
            if wanted.tombstones || !item.is_delete() {
                take(bulk.count, item.entry(bytes));
                bulk.count += 1;
                bulk.last = Some(item);
            }
        }
        self.next = next;
        Ok(bulk)
    }
}
