//! Sources: the sorted runs that a list is made of, each walked in both directions.

use super::head::{Direction, Head};
use super::logged_run::LoggedRun;
use super::written_run::WrittenRun;
use crate::memtable::order::Point;

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
