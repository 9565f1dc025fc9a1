//! A walk through the versions that a scan shows, as an iterator has to make it.

use super::model::Version;
use std::ops::Deref;

#[derive(Clone, Debug)]
pub enum Move {
    First,
    Last,
    Next,
    Prev,
    /// To the first version of this key or a later one.
    Seek(Vec<u8>),
    /// To the last version of this key or an earlier one.
    SeekForPrev(Vec<u8>),
}

/// Stands on a version, in front of the first or behind the last.
#[derive(Debug)]
pub struct Cursor<V> {
    versions: V,
    /// Of the version that it stands on, counted from 1: 0 is in front of the first.
    place: usize,
}

impl<V: Deref<Target = [Version]>> Cursor<V> {
    pub fn new(versions: V) -> Self {
        Self { versions, place: 0 }
    }

    pub fn current(&self) -> Option<&Version> {
        self.versions.get(self.place.checked_sub(1)?)
    }

    /// The versions behind the one that it stands on.
    #[allow(dead_code)] // Only what takes several at a time asks.
    pub fn ahead(&self) -> &[Version] {
        self.versions.get(self.place..).unwrap_or(&[])
    }

    /// Whether it stands on a version then.
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
