//! Sources: the sorted runs that a list is made of, each walked in both directions.

use crate::key::{Widening, prefix};
use crate::log::bytes::LogBytes;
use crate::log::place::Place;
use crate::memtable::order::{Point, Rank};
use crate::memtable::table::{Table, VersionRef};
use crate::memtable::written::Version;
use std::cmp::Ordering;
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

/// How many versions ahead of the head a frozen table's entries are asked for.
const AHEAD: usize = 6;

/// A version, and how new it is.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) version: VersionRef,
    pub(crate) rank: Rank,
    /// Of its key, without the bytes that all keys of the walk share: what orders most pairs without a look at them.
    prefix: u64,
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

    /// Whether it is of the same key as another of the same walk.
    #[inline]
    pub(crate) fn has_key_of(&self, other: &Self, log: &LogBytes) -> bool {
        self.prefix == other.prefix && self.key(log) == other.key(log)
    }

    /// Its order relative to another of the same walk.
    #[inline]
    pub(crate) fn order(&self, other: &Self, log: &LogBytes) -> Ordering {
        self.prefix.cmp(&other.prefix).then_with(|| self.point(log).cmp(&other.point(log)))
    }
}

/// A sorted run of versions, and a place in it. In front of the place, in the direction of the walk, is the head.
#[derive(Debug)]
pub(crate) struct Source {
    table: Arc<Table>,
    run: Run,
    head: Option<Item>,
    /// How many bytes all keys of the walk share.
    shared: usize,
    /// Gives a frozen table's prefixes the bytes that not all keys of the walk share.
    widening: Widening,
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
        [written, base].into_iter().flatten().map(move |run| {
            let widening = Widening::by(table.base.shared());
            Self { table: Arc::clone(&table), run, head: None, shared: 0, widening }
        })
    }

    /// The bytes that all keys of it are known to share.
    pub(crate) fn shared(&self) -> &[u8] {
        match self.run {
            Run::Frozen(_) => self.table.base.shared(),
            Run::Written { .. } => &[],
        }
    }

    /// From now on the first `shared` bytes, which all keys of the walk share, are left out of prefixes.
    pub(crate) fn leave_out(&mut self, shared: usize) {
        self.shared = shared;
        self.widening = Widening::by(&self.table.base.shared()[shared..]);
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
                fetch(&self.table, *end, self.shared, point, direction, fetched);
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
            fetch_behind(&self.table, *end, self.shared, last, direction, fetched);
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
                    let base = &self.table.base;
                    match direction {
                        Direction::Forward => base.prefetch(index + AHEAD),
                        Direction::Backward => base.prefetch(index.wrapping_sub(AHEAD)),
                    }
                    *at = if direction == Direction::Forward { index + 1 } else { index };
                    let reference = base.reference(index);
                    Item {
                        version: VersionRef::Logged(reference.place),
                        rank: base.rank_of(reference.place),
                        prefix: self.widening.widen(reference.prefix),
                    }
                })
            }
        };
    }
}

/// Fetches the next versions in front of or behind `point`, in the order of the walk.
fn fetch(
    table: &Table,
    end: Place,
    shared: usize,
    point: Option<Point<'_>>,
    direction: Direction,
    into: &mut VecDeque<Item>,
) {
    let mut keep = |versions: &mut dyn Iterator<Item = Arc<Version>>| {
        let visible = versions.filter(|version| version.place < end).take(FETCH);
        into.extend(visible.map(|version| {
            let Point { key, rank } = version.point();
            Item { rank, prefix: prefix(&key[shared..]), version: VersionRef::Written(version) }
        }));
    };
    match direction {
        Direction::Forward => point.into_iter().for_each(|point| keep(&mut table.written.ascending(point))),
        Direction::Backward => keep(&mut table.written.descending(point)),
    }
}

/// Fetches the next versions behind `last`.
fn fetch_behind(
    table: &Table,
    end: Place,
    shared: usize,
    last: &Version,
    direction: Direction,
    into: &mut VecDeque<Item>,
) {
    let point = last.point();
    let from = match direction {
        Direction::Forward => Point { rank: point.rank.next(), ..point },
        Direction::Backward => point,
    };
    fetch(table, end, shared, Some(from), direction, into);
}
