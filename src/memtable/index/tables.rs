//! Which table a version of the log is in, and how new that makes it.

use crate::log::place::Place;
use crate::memtable::order::{Order, Rank};
use std::ops::Range;

/// Where the tables of a log end. Each goes on where the one in front of it ends, so they are told by place alone.
#[derive(Debug)]
pub(crate) struct Tables {
    order: Order,
    /// The place of the first version that is not in a table of this number or a lower one.
    ends: Vec<Place>,
}

impl Tables {
    /// `ends` rise.
    pub(crate) fn new(order: Order, ends: Vec<Place>) -> Self {
        Self { order, ends }
    }

    pub(crate) fn order(&self) -> Order {
        self.order
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of the table that the version at `place` of the log is in.
    #[inline]
    pub(crate) fn table_of(&self, place: Place) -> usize {
        // Nearly always there are few.
        self.ends.partition_point(|&end| end <= place)
    }

    /// The places of a table's versions.
    pub(crate) fn places(&self, table: usize) -> Range<Place> {
        let start = table.checked_sub(1).map_or(Place::FIRST, |before| self.ends[before]);
        start..self.ends[table]
    }

    /// Whether versions rank as their places do: later tables have higher ones.
    #[inline]
    pub(crate) fn rank_by_place(&self) -> bool {
        self.order == Order::Log
    }

    /// The rank of the version at `place` of the log.
    #[inline]
    pub(crate) fn rank(&self, place: Place, sequence: u64) -> Rank {
        Rank::new(self.order, self.table_of(place), sequence, place)
    }
}
