//! How an iterator has to move through the versions that a scan shows.

use super::model::Version;
use std::ops::Deref;

#[derive(Clone, Debug)]
pub enum Move {
    First,
    Last,
    Next,
    Prev,
    /// To the first version whose key is this one or a later one.
    Seek(Vec<u8>),
    /// To the last version whose key is this one or an earlier one.
    SeekForPrev(Vec<u8>),
}

/// Is on a version, before the first or after the last.
#[derive(Debug)]
pub struct Cursor<V> {
    versions: V,
    /// The number of the version that it is on, counted from 1; 0 is before the first.
    place: usize,
}

impl<V: Deref<Target = [Version]>> Cursor<V> {
    pub fn new(versions: V) -> Self {
        Self { versions, place: 0 }
    }

    pub fn current(&self) -> Option<&Version> {
        self.versions.get(self.place.checked_sub(1)?)
    }

    /// The versions after the one that it is on.
    #[allow(dead_code)] // Only what takes several at a time asks.
    pub fn ahead(&self) -> &[Version] {
        self.versions.get(self.place..).unwrap_or(&[])
    }

    /// Returns whether it is on a version after the move.
    pub fn make_move(&mut self, next: &Move) -> bool {
        let end = self.versions.len() + 1;
        self.place = match next {
            Move::First => 1,
            Move::Last => end - 1,
            Move::Next => end.min(self.place + 1),
            Move::Prev => self.place.saturating_sub(1),
            Move::Seek(key) => 1 + self.versions.iter().filter(|version| version.key < *key).count(),
            Move::SeekForPrev(key) => self.versions.iter().filter(|version| version.key <= *key).count(),
        };
        self.current().is_some()
    }
}
