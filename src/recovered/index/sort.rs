//! Sorts items by the keys that they stand for, and the versions of a key by their rank.
//!
//! Eight bytes of each key are in its item. Where these are the same for many keys, the next eight that differ are
//! fetched and sorted by in turn, so that a key's bytes are looked at once, not at every comparison.

use super::item::Item;
use crate::key::{common_prefix_len, prefix};
use crate::log::bytes::LogBytes;
use crate::recovered::boundaries::Boundaries;
use std::cmp::Reverse;

/// So many items with equal prefixes are sorted by comparing whole keys.
const FEW_EQUALS: usize = 8;
/// Fetches in a row before whole keys are compared after all: keys that each go on where another ends would ask for
/// one fetch a key.
const MAX_FETCHES: usize = 16;

#[derive(Debug)]
pub(crate) struct Sorter<'a> {
    pub(crate) log: &'a LogBytes,
    pub(crate) boundaries: &'a Boundaries,
}

impl Sorter<'_> {
    /// Sorts `items`, whose prefixes leave out `skipped` bytes that their keys share.
    pub(crate) fn sort(&self, items: &mut [Item], skipped: usize) {
        self.sort_fetched(items, skipped, MAX_FETCHES);
    }

    /// Sorts by what has been fetched. The later written come first where that is equal, here and in what sorts
    /// further, so they do so among versions of a key. (No sort is a stable one: these need memory.)
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

    /// Sorts items whose prefixes are equal by what the keys have behind all that they share.
    fn sort_many_equals(&self, equals: &mut [Item], skipped: usize, fetches: usize) {
        let first = &equals[0].key(self.log)[skipped..];
        let shared = equals
            .iter()
            .fold(first.len(), |shared, item| common_prefix_len(&first[..shared], &item.key(self.log)[skipped..]));
        let skipped = skipped + shared;
        // A key that ends here comes before those that go on, which its prefix, filled up with zeros, cannot tell.
        let goes_on = |item: &Item| item.key(self.log).len() > skipped;
        equals.sort_unstable_by_key(|item| (goes_on(item), Reverse(item.position())));
        let (ended, rest) = equals.split_at_mut(equals.partition_point(|item| !goes_on(item)));
        self.sort_versions(ended);
        let Some(before) = rest.first().map(|item| item.prefix) else { return };
        for item in &mut *rest {
            item.prefix = prefix(item.key(self.log), skipped);
        }
        self.sort_fetched(rest, skipped, fetches);
        for item in rest {
            item.prefix = before;
        }
    }

    /// Sorts versions of one key, the later written first.
    fn sort_versions(&self, versions: &mut [Item]) {
        if versions.len() > 1 && !self.boundaries.rank_by_position() {
            versions.sort_unstable_by_key(|item| self.boundaries.rank(item.position(), item.sequence));
        }
    }
}

#[cfg(test)]
mod tests;
