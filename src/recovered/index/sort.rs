//! Sorts items by their keys, and the versions of a key by their rank.
//!
//! An item has eight bytes of its key. If these are the same for many keys, the next eight bytes that differ are
//! fetched from the log, and the items are sorted by these. So the bytes of a key are read once, and not at every
//! comparison.

use super::item::Item;
use crate::key::{common_prefix_len, prefix};
use crate::log::bytes::LogBytes;
use crate::recovered::boundaries::Boundaries;
use std::cmp::Reverse;

/// Up to this many items with equal prefixes are sorted by comparing whole keys.
const FEW_EQUALS: usize = 8;
/// How many times bytes are fetched before whole keys are compared after all. Without this limit, keys each of which
/// begins with the one before would need one fetch for every key.
const MAX_FETCHES: usize = 16;

#[derive(Debug)]
pub(super) struct Sorter<'a> {
    pub(super) log: &'a LogBytes,
    pub(super) boundaries: &'a Boundaries,
}

impl Sorter<'_> {
    /// Sorts `items`, whose prefixes leave out the first `skipped` bytes, which all keys share.
    pub(super) fn sort(&self, items: &mut [Item], skipped: usize) {
        self.sort_fetched(items, skipped, MAX_FETCHES);
    }

    /// Sorts by the bytes that have been fetched. If these are equal, the entry that was written later comes first. All
    /// sorts below do the same, so it holds among the versions of a key. (None of them is a stable sort: those need
    /// memory.)
    fn sort_fetched(&self, items: &mut [Item], skipped: usize, fetches: usize) {
        items.sort_unstable_by_key(|item| (item.prefix, Reverse(item.position())));
        for equals in items.chunk_by_mut(|a, b| a.prefix == b.prefix) {
            match equals.len() {
                0 | 1 => {}
                2..=FEW_EQUALS => self.sort_whole_keys(equals, skipped),
                _ if fetches == 0 => self.sort_whole_keys(equals, skipped),
                _ => self.sort_many_equals(equals, skipped, fetches - 1),
            }
        }
    }

    fn sort_whole_keys(&self, equals: &mut [Item], skipped: usize) {
        let tail = |item: &Item| &item.key(self.log)[skipped..];
        equals.sort_unstable_by(|a, b| tail(a).cmp(tail(b)).then_with(|| b.position().cmp(&a.position())));
        for versions in equals.chunk_by_mut(|a, b| tail(a) == tail(b)) {
            self.sort_versions(versions);
        }
    }

    /// Sorts items whose prefixes are equal by the bytes of the keys after all bytes that they share.
    fn sort_many_equals(&self, equals: &mut [Item], skipped: usize, fetches: usize) {
        let first = &equals[0].key(self.log)[skipped..];
        let shared = equals
            .iter()
            .fold(first.len(), |shared, item| common_prefix_len(&first[..shared], &item.key(self.log)[skipped..]));
        let skipped = skipped + shared;
        // A key that ends here comes before the keys that continue. Prefixes cannot tell, because they are padded with
        // zeros.
        let continues = |item: &Item| item.key(self.log).len() > skipped;
        equals.sort_unstable_by_key(|item| (continues(item), Reverse(item.position())));
        let (ended, rest) = equals.split_at_mut(equals.partition_point(|item| !continues(item)));
        self.sort_versions(ended);
        let Some(old_prefix) = rest.first().map(|item| item.prefix) else { return };
        for item in &mut *rest {
            item.prefix = prefix(item.key(self.log), skipped);
        }
        self.sort_fetched(rest, skipped, fetches);
        for item in rest {
            item.prefix = old_prefix;
        }
    }

    /// Sorts the versions of one key by rank. They are already sorted so that those written later come first.
    fn sort_versions(&self, versions: &mut [Item]) {
        if versions.len() > 1 && !self.boundaries.rank_by_position() {
            versions.sort_unstable_by_key(|item| self.boundaries.rank(item.position(), item.sequence));
        }
    }
}

#[cfg(test)]
mod tests;
