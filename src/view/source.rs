//! Sources: the sorted runs that a list is made of, each walked in both directions.

use crate::log::bytes::LogBytes;
use crate::log::place::Place;
use crate::memtable::order::{Point, Rank};
use crate::memtable::table::{Table, VersionRef};
use crate::memtable::written::Version;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many versions of a skip list are fetched at a time: each fetch has to find its place again.
const FETCH: usize = 64;

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

/// A version, and how new it is.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) version: VersionRef,
    pub(crate) rank: Rank,
}

impl Item {
    #[inline]
    pub(crate) fn key<'a>(&'a self, log: &'a LogBytes) -> &'a [u8] {
        match &self.version {
            VersionRef::Logged(place) => log.key(*place),
            VersionRef::Written(version) => version.point().key,
        }
    }

    #[inline]
    pub(crate) fn point<'a>(&'a self, log: &'a LogBytes) -> Point<'a> {
        Point { key: self.key(log), rank: self.rank }
    }
}

/// A sorted run of versions, and a place in it. In front of the place, in the direction of the walk, is the head.
#[derive(Debug)]
pub(crate) struct Source {
    table: Arc<Table>,
    run: Run,
    head: Option<Item>,
}

#[derive(Debug)]
enum Run {
    /// The table's frozen base. The place is in front of the version of this number.
    Frozen(usize),
    /// What was written to the table, without what has this place or a higher one.
    Written { end: Place, fetched: VecDeque<Item> },
}

impl Source {
    /// The sources of a table, as far as there is something in them, at a time when the next write's place is `end`.
    pub(crate) fn of(table: &Arc<Table>, end: Place) -> impl Iterator<Item = Self> {
        let base = (table.base.len() > 0).then_some(Run::Frozen(0));
        let written = (!table.written.is_empty()).then(|| Run::Written { end, fetched: VecDeque::new() });
        let table = Arc::clone(table);
        [written, base].into_iter().flatten().map(move |run| Self { table: Arc::clone(&table), run, head: None })
    }

    #[inline]
    pub(crate) fn head(&self) -> Option<&Item> {
        self.head.as_ref()
    }

    /// Goes to `point`, or to the end behind everything, to walk in `direction` from there.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) {
        match &mut self.run {
            Run::Frozen(at) => {
                *at = point.map_or(self.table.base.len(), |point| self.table.base.lower_bound(point));
            }
            Run::Written { end, fetched } => {
                fetched.clear();
                fetch(&self.table, *end, point, direction, fetched);
            }
        }
        self.step(direction);
    }

    /// Takes the head, so that the next version in `direction` becomes the head.
    #[inline]
    pub(crate) fn take(&mut self, direction: Direction) -> Option<Item> {
        let taken = self.head.take()?;
        if let Run::Written { end, fetched } = &mut self.run
            && fetched.is_empty()
            && let VersionRef::Written(last) = &taken.version
        {
            fetch_behind(&self.table, *end, last, direction, fetched);
        }
        self.step(direction);
        Some(taken)
    }

    /// Makes the next version in `direction` the head.
    #[inline]
    fn step(&mut self, direction: Direction) {
        self.head = match &mut self.run {
            Run::Written { fetched, .. } => fetched.pop_front(),
            Run::Frozen(at) => {
                let index = match direction {
                    Direction::Forward if *at < self.table.base.len() => Some(*at),
                    Direction::Forward => None,
                    Direction::Backward => at.checked_sub(1),
                };
                index.map(|index| {
                    *at = if direction == Direction::Forward { index + 1 } else { index };
                    let place = self.table.base.place(index);
                    Item { version: VersionRef::Logged(place), rank: self.table.base.rank_of(place) }
                })
            }
        };
    }
}

/// Fetches the next versions in front of or behind `point`, in the order of the walk.
fn fetch(table: &Table, end: Place, point: Option<Point<'_>>, direction: Direction, into: &mut VecDeque<Item>) {
    let mut keep = |versions: &mut dyn Iterator<Item = Arc<Version>>| {
        let visible = versions.filter(|version| version.place < end).take(FETCH);
        into.extend(visible.map(|version| Item { rank: version.point().rank, version: VersionRef::Written(version) }));
    };
    match direction {
        Direction::Forward => point.into_iter().for_each(|point| keep(&mut table.written.ascending(point))),
        Direction::Backward => keep(&mut table.written.descending(point)),
    }
}

/// Fetches the next versions behind `last`.
fn fetch_behind(table: &Table, end: Place, last: &Version, direction: Direction, into: &mut VecDeque<Item>) {
    let point = last.point();
    let from = match direction {
        Direction::Forward => Point { rank: point.rank.next(), ..point },
        Direction::Backward => point,
    };
    fetch(table, end, Some(from), direction, into);
}
