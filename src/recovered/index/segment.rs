//! Parts: runs of the index that are looked up in by themselves.

use super::alphabet::Alphabet;
use super::buckets::Buckets;
use super::common_prefix::CommonPrefix;
use std::ops::Range;

/// A run of items, which no two parts share a key of.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Where it is in the index.
    pub(super) items: Range<usize>,
    /// What all its keys begin with, and its items' prefixes leave out.
    pub(super) common: CommonPrefix,
    pub(super) buckets: Buckets,
}

impl Segment {
    /// Where in the index the items are that can have this prefix.
    #[inline]
    pub(super) fn range(&self, prefix: u64, alphabet: &Alphabet) -> Range<usize> {
        let range = self.buckets.range(alphabet.number(prefix), self.items.len());
        self.items.start + range.start..self.items.start + range.end
    }
}
