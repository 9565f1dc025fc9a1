//! Goes through the keys of many sources, and shows what each source has of a key.

use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memory::{self, push};
use crate::view::iterator::Iter;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Sources in the order of their keys. A key that is in several is visited once.
pub(super) struct KeyMerge {
    /// Each gives one version of a key.
    sources: Vec<Iter>,
    /// The next key of each source that has one, and the number of the source.
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    key: Vec<u8>,
    /// The sources that have the key, by number.
    at: Vec<usize>,
    /// Memory of keys that were passed.
    spare: Vec<Vec<u8>>,
}

impl KeyMerge {
    /// It is before the first key.
    pub(super) fn new(sources: Vec<Iter>) -> Result<Self, Error> {
        let (key, at, spare) = (Vec::new(), memory::collected(0..sources.len())?, Vec::new());
        let mut heads = BinaryHeap::new();
        heads.try_reserve(sources.len()).map_err(|_| memory::refused::<Reverse<(Vec<u8>, usize)>>(sources.len()))?;
        Ok(Self { sources, heads, key, at, spare })
    }

    /// Goes to the next key; false if there is none.
    pub(super) fn next(&mut self) -> Result<bool, Error> {
        while let Some(source) = self.at.pop() {
            self.advance(source)?;
        }
        let Some(Reverse((key, source))) = self.heads.pop() else { return Ok(false) };
        let passed = std::mem::replace(&mut self.key, key);
        push(&mut self.spare, passed)?;
        push(&mut self.at, source)?;
        while self.heads.peek().is_some_and(|Reverse((key, _))| *key == self.key) {
            if let Some(Reverse((key, source))) = self.heads.pop() {
                push(&mut self.spare, key)?;
                push(&mut self.at, source)?;
            }
        }
        Ok(true)
    }

    /// The key that it is on.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// The numbers of the sources that have this key, in ascending order, and what each has.
    pub(super) fn versions(&self) -> impl Iterator<Item = (usize, Entry<'_>)> {
        self.at.iter().filter_map(|&source| Some((source, self.entry(source)?)))
    }

    /// What a source has of this key.
    pub(super) fn entry(&self, source: usize) -> Option<Entry<'_>> {
        self.sources[source].entry()
    }

    fn advance(&mut self, source: usize) -> Result<(), Error> {
        if !self.sources[source].next()? {
            return Ok(());
        }
        let Some(entry) = self.sources[source].entry() else { return Ok(()) };
        let mut key = self.spare.pop().unwrap_or_default();
        key.clear();
        key.try_reserve(entry.key.len()).map_err(|_| memory::refused::<u8>(entry.key.len()))?;
        key.extend_from_slice(entry.key);
        // There is room: each source is in it once at most.
        self.heads.push(Reverse((key, source)));
        Ok(())
    }
}
