//! Parts: runs of the index that are sorted by themselves, each with a table of where to look in it.

use super::item::Item;
use crate::memory::filled;
use std::ops::Range;

/// Items in a bucket on average, where prefixes are spread evenly.
const BUCKET_LEN: usize = 4;

/// A run of items, which no two parts share a key of.
#[derive(Debug)]
pub(crate) struct Part {
    /// Where it is in the index.
    pub(crate) items: Range<usize>,
    /// How many bytes all its keys share, and its items' prefixes leave out.
    pub(crate) shared: usize,
    line: Line,
    /// Where each bucket starts, from the part's start. Few bytes: they are to stay in the processor's cache.
    starts: Vec<u16>,
}

/// Which bucket a prefix belongs into: a straight line from the lowest prefix to the highest.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    lowest: u64,
    shift: u32,
    last: usize,
}

impl Line {
    /// Of sorted items.
    fn through(items: &[Item]) -> Self {
        let (Some(first), Some(last)) = (items.first(), items.last()) else { return Self::default() };
        let wanted = (items.len() / BUCKET_LEN).next_power_of_two();
        let span = last.prefix - first.prefix;
        let shift = (u64::BITS - span.leading_zeros()).saturating_sub(wanted.ilog2()).min(u64::BITS - 1);
        Self { lowest: first.prefix, shift, last: (span >> shift) as usize }
    }

    #[inline]
    fn bucket(&self, prefix: u64) -> usize {
        ((prefix.saturating_sub(self.lowest) >> self.shift) as usize).min(self.last)
    }
}

impl Part {
    /// Of `items`, which are sorted, and stand at `start` of the index.
    pub(crate) fn of(items: &[Item], start: usize, shared: usize) -> Self {
        let line = Line::through(items);
        // Without memory for buckets, or with more items than they can count, there is one bucket.
        let (line, starts) = starts(line, items).map_or_else(Default::default, |starts| (line, starts));
        Self { items: start..start + items.len(), shared, line, starts }
    }

    /// Where in the index the items are that can have this prefix.
    #[inline]
    pub(crate) fn range(&self, prefix: u64) -> Range<usize> {
        let bucket = self.line.bucket(prefix);
        let start = |bucket: usize| self.starts.get(bucket).map(|&start| self.items.start + usize::from(start));
        start(bucket).unwrap_or(self.items.start)..start(bucket + 1).unwrap_or(self.items.end)
    }
}

/// Where each bucket starts.
fn starts(line: Line, items: &[Item]) -> Option<Vec<u16>> {
    let mut starts = filled(u16::try_from(items.len()).ok()?, line.last + 1).ok()?;
    for (index, item) in items.iter().enumerate().rev() {
        starts[line.bucket(item.prefix)] = index as u16;
    }
    // A bucket of no items starts where the next one does.
    for bucket in (0..line.last).rev() {
        starts[bucket] = starts[bucket].min(starts[bucket + 1]);
    }
    Some(starts)
}
