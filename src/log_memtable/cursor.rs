//! A cursor over a range of a sorted run.

use super::memtable::LogMemtable;
use super::run::SortedRun;
use crate::log::format::entry::{Entry, Op};
use crate::order::{Direction, Order, Point, Rank};
use crate::scan::{Bulk, Wanted};
use std::ops::Range;
use std::sync::Arc;

/// A sorted run as a source of entries. The write that made an entry has its sequence number as its number.
#[derive(Clone, Debug)]
pub(crate) struct SortedSource {
    memtable: Arc<LogMemtable>,
    run: Arc<SortedRun>,
    /// That of the memtable: a newer one has a higher id.
    id: u64,
    /// Sequence numbers from this one on are not seen.
    end: u64,
}

impl SortedSource {
    pub(crate) fn new(memtable: &Arc<LogMemtable>, run: &Arc<SortedRun>, id: u64, end: u64) -> Self {
        Self { memtable: Arc::clone(memtable), run: Arc::clone(run), id, end }
    }

    #[inline]
    fn rank(&self, row: u32) -> Rank {
        let sequence = self.memtable.sequence(row);
        Rank::new(Order::Log, self.id, sequence, sequence)
    }

    /// How many items come before `point`.
    fn lower_bound(&self, point: Point<'_>) -> usize {
        self.run.lower_bound(&self.memtable, point.key, |row| self.rank(row) < point.rank)
    }
}

#[derive(Debug)]
pub(crate) struct SortedCursor {
    source: SortedSource,
    /// The numbers of the items in the range.
    range: Range<usize>,
    /// The cursor is before the item with this number.
    next: usize,
    /// Rows from this one on are not seen.
    end: usize,
}

impl SortedCursor {
    /// A cursor before `lower`, over the entries up to `upper`, or to the last one if that is `None`. Sequence numbers
    /// from `end` on are not seen.
    pub(crate) fn new(source: &SortedSource, lower: Point<'_>, upper: Option<Point<'_>>, end: u64) -> Self {
        let start = source.lower_bound(lower);
        let stop = upper.map_or_else(|| source.run.len(), |upper| source.lower_bound(upper));
        let end = source.memtable.rows_below(end.min(source.end));
        Self { source: source.clone(), range: start..stop.max(start), next: start, end }
    }

    /// Goes to `point`, or to the end.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>) {
        self.next = match point {
            Some(point) => self.source.lower_bound(point).clamp(self.range.start, self.range.end),
            None => self.range.end,
        };
    }

    /// Steps over the next row in `direction`, and gives it.
    #[inline]
    pub(crate) fn step(&mut self, direction: Direction) -> Option<(u32, Rank)> {
        let SortedSource { memtable, run, .. } = &self.source;
        loop {
            let number = match direction {
                Direction::Forward if self.next < self.range.end => self.next,
                Direction::Backward if self.next > self.range.start => self.next - 1,
                _ => return None,
            };
            run.prefetch(memtable, number, direction);
            self.next = if direction == Direction::Forward { number + 1 } else { number };
            let row = run.items()[number].row;
            if (row as usize) < self.end {
                return Some((row, self.source.rank(row)));
            }
        }
    }

    /// The entry of a row.
    #[inline]
    pub(crate) fn entry(&self, row: u32) -> Entry<'_> {
        self.source.memtable.entry(row)
    }

    /// The key of a row.
    #[inline]
    pub(crate) fn key(&self, row: u32) -> &[u8] {
        self.source.memtable.key(row)
    }

    /// Continues forward from the row that was stepped over last, through the `wanted` entries before `until`. Gives
    /// at most `most` entries to `take`, each with its number. `current` is the last row that was given before.
    pub(crate) fn bulk(
        &mut self,
        current: u32,
        until: Option<Point<'_>>,
        wanted: Wanted,
        most: usize,
        mut take: impl FnMut(usize, Entry<'_>),
    ) -> Bulk<(u32, Rank)> {
        let (source, SortedSource { memtable, run, .. }) = (&self.source, &self.source);
        let end = until.map_or(self.range.end, |until| source.lower_bound(until));
        let (mut next, end) = (self.next - 1, end.clamp(self.next, self.range.end));
        let mut bulk = Bulk { count: 0, last: None, seen: current };
        let mut seen_key = memtable.key(current);
        while bulk.count < most && next < end {
            let row = run.items()[next].row;
            run.prefetch(memtable, next, Direction::Forward);
            next += 1;
            if row as usize >= self.end || memtable.sequence(row) > wanted.max_sequence {
                continue;
            }
            let entry = memtable.entry(row);
            if !wanted.all_versions && entry.key == seen_key {
                continue;
            }
            (bulk.seen, seen_key) = (row, entry.key);
            if wanted.tombstones || entry.op != Op::Delete {
                take(bulk.count, entry);
                bulk.count += 1;
                bulk.last = Some(row);
            }
        }
        self.next = next;
        bulk.map(|row| (row, source.rank(row)))
    }
}
