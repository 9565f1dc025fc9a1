//! Parts: runs of the index that are sorted by themselves.

use super::alphabet::Alphabet;
use super::buckets::Buckets;
use super::item::Item;
use std::ops::Range;

/// A run of items, which no two parts share a key of.
#[derive(Debug)]
pub(crate) struct Part {
    /// Where it is in the index.
    items: Range<usize>,
    /// How many bytes all its keys share, and its items' prefixes leave out.
    pub(super) shared: usize,
    buckets: Buckets,
}

impl Part {
    /// Of `items`, which are sorted, and stand at `start` of the index.
    pub(super) fn of(items: &[Item], start: usize, shared: usize, alphabet: &Alphabet) -> Self {
        let buckets = Buckets::of(items.iter().map(|item| item.prefix), alphabet);
        Self { items: start..start + items.len(), shared, buckets }
    }

    /// Where in the index the items are that can have this prefix.
    #[inline]
    pub(super) fn range(&self, prefix: u64, alphabet: &Alphabet) -> Range<usize> {
        let range = self.buckets.range(prefix, alphabet, self.items.len());
        self.items.start + range.start..self.items.start + range.end
    }
}
