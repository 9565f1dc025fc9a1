//! Heads: what a walk comes by next.

use crate::log::bytes::LogBytes;
use crate::memtable::order::{Point, Rank};
use crate::memtable::table::VersionRef;

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

/// A version, and how new it is.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) version: VersionRef,
    pub(crate) rank: Rank,
}

impl Head {
    #[inline]
    pub(crate) fn key<'a>(&'a self, log: &'a LogBytes) -> &'a [u8] {
        match &self.version {
            VersionRef::Logged(item) => item.key(log),
            VersionRef::Written(version) => version.point().key,
        }
    }

    #[inline]
    pub(crate) fn point<'a>(&'a self, log: &'a LogBytes) -> Point<'a> {
        Point { key: self.key(log), rank: self.rank }
    }

    /// Whether it is of the same key as another.
    #[inline]
    pub(crate) fn has_key_of(&self, other: &Self, log: &LogBytes) -> bool {
        match (&self.version, &other.version) {
            (VersionRef::Logged(one), VersionRef::Logged(other)) => one.has_key_of(other, log),
            _ => self.key(log) == other.key(log),
        }
    }
}
