//! Segments: ranges of the index, each with its own buckets.

use super::alphabet::Alphabet;
use super::buckets::Buckets;
use super::common_prefix::CommonPrefix;
use std::ops::Range;

/// A range of the index. All versions of a key are in the same segment.
#[derive(Debug)]
pub(super) struct Segment {
    /// The numbers of its items in the index.
    pub(super) items: Range<usize>,
    /// The bytes that all its keys begin with. The prefixes in its items leave these out.
    pub(super) common: CommonPrefix,
    pub(super) buckets: Buckets,
}

impl Segment {
    /// The numbers of the items that can have this prefix.
    #[inline]
    pub(super) fn range(&self, prefix: u64, alphabet: &Alphabet) -> Range<usize> {
        let range = self.buckets.range(alphabet.number(prefix), self.items.len());
        self.items.start + range.start..self.items.start + range.end
    }
}
