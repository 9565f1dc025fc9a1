//! Sorts references by the keys that they stand for.
//!
//! Eight bytes of each key are in its reference. Where these are the same for many keys, the next eight that differ
//! are fetched and sorted by in turn, so that a key's bytes are looked at once, not at every comparison.

use super::gather::Ref;
use super::order::Order;
use crate::key::{common_prefix_len, prefix};
use crate::log::bytes::LogBytes;
use std::cmp::Reverse;

/// Runs up to this length are sorted by comparing whole keys.
const SHORT_RUN: usize = 8;
/// Fetches in a row before whole keys are compared after all: keys that each go on where another ends would ask for
/// one fetch a key.
const MAX_FETCHES: usize = 16;

#[derive(Debug)]
pub(crate) struct Sorter<'a> {
    pub(crate) log: &'a LogBytes,
    pub(crate) order: Order,
}

impl Sorter<'_> {
    /// Sorts `refs`, whose prefixes leave out `skipped` bytes that their keys share.
    pub(crate) fn sort(&self, refs: &mut [Ref], skipped: usize) {
        self.sort_fetched(refs, skipped, MAX_FETCHES);
    }

    /// Sorts by what has been fetched. The later written come first where that is equal, here and in what sorts further,
    /// so they do so among versions of a key. (No sort is a stable one: these need memory.)
    fn sort_fetched(&self, refs: &mut [Ref], skipped: usize, fetches: usize) {
        refs.sort_unstable_by_key(|r| (r.prefix, Reverse(r.place)));
        for run in refs.chunk_by_mut(|a, b| a.prefix == b.prefix) {
            match run.len() {
                0 | 1 => {}
                2..=SHORT_RUN => self.sort_whole_keys(run, skipped),
                _ if fetches == 0 => self.sort_whole_keys(run, skipped),
                _ => self.sort_long_run(run, skipped, fetches - 1),
            }
        }
    }

    fn sort_whole_keys(&self, run: &mut [Ref], skipped: usize) {
        let tail = |r: &Ref| &self.log.key(r.place)[skipped..];
        run.sort_unstable_by(|a, b| tail(a).cmp(tail(b)).then_with(|| b.place.cmp(&a.place)));
        for versions in run.chunk_by_mut(|a, b| tail(a) == tail(b)) {
            self.sort_versions(versions);
        }
    }

    /// Sorts references whose prefixes are equal by what the keys have behind all that they share.
    fn sort_long_run(&self, run: &mut [Ref], skipped: usize, fetches: usize) {
        let first = &self.log.key(run[0].place)[skipped..];
        let shared = run
            .iter()
            .fold(first.len(), |shared, r| common_prefix_len(&first[..shared], &self.log.key(r.place)[skipped..]));
        let skipped = skipped + shared;
        // A key that ends here comes before those that go on, which its prefix, filled up with zeros, cannot tell.
        let goes_on = |r: &Ref| self.log.key(r.place).len() > skipped;
        run.sort_unstable_by_key(|r| (goes_on(r), Reverse(r.place)));
        let (ended, rest) = run.split_at_mut(run.partition_point(|r| !goes_on(r)));
        self.sort_versions(ended);
        let Some(before) = rest.first().map(|r| r.prefix) else { return };
        for r in &mut *rest {
            r.prefix = prefix(&self.log.key(r.place)[skipped..]);
        }
        self.sort_fetched(rest, skipped, fetches);
        for r in rest {
            r.prefix = before;
        }
    }

    /// Sorts versions of one key, the later written first.
    fn sort_versions(&self, versions: &mut [Ref]) {
        if self.order == Order::Sequence && versions.len() > 1 {
            versions.sort_unstable_by_key(|r| (!self.log.sequence(r.place), Reverse(r.place)));
        }
    }
}

#[cfg(test)]
mod tests;
