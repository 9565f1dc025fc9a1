//! Sources: the sorted runs that a list is made of, each walked in both directions.

use super::logged_run::LoggedRun;
use super::written_run::WrittenRun;
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

/// A sorted run of versions, and a place in it. In front of the place, in the direction of the walk, is the head.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) run: Run,
    head: Option<Head>,
}

#[derive(Debug)]
pub(crate) enum Run {
    Logged(LoggedRun),
    Written(WrittenRun),
}

impl Source {
    pub(crate) fn new(run: Run) -> Self {
        Self { run, head: None }
    }

    #[inline]
    pub(crate) fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Goes to `point`, or to the end behind everything, to walk in `direction` from there.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) {
        match &mut self.run {
            Run::Logged(run) => run.seek(point),
            Run::Written(run) => run.seek(point, direction),
        }
        self.step(direction);
    }

    /// Takes the head, so that the next version in `direction` becomes the head.
    #[inline]
    pub(crate) fn take(&mut self, direction: Direction) -> Option<Head> {
        let taken = self.head.take()?;
        self.step(direction);
        Some(taken)
    }

    /// Makes the next version in `direction` the head.
    #[inline]
    pub(crate) fn step(&mut self, direction: Direction) {
        self.head = match &mut self.run {
            Run::Logged(run) => run.next(direction),
            Run::Written(run) => run.next(direction),
        };
    }
}
