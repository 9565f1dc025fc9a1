//! Which table a version of the log is in, and how new that makes it.

use crate::log::position::Position;
use crate::order::{Order, Rank};
use std::ops::Range;

/// Where the tables of a log end. Each goes on where the one in front of it ends, so they are told by place alone.
#[derive(Debug)]
pub(crate) struct Boundaries {
    order: Order,
    /// The place of the first version that is not in a table of this number or a lower one.
    ends: Vec<Position>,
}

impl Boundaries {
    /// `ends` rise.
    pub(crate) fn new(order: Order, ends: Vec<Position>) -> Self {
        Self { order, ends }
    }

    pub(crate) fn order(&self) -> Order {
        self.order
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of the table that the version at `position` of the log is in.
    #[inline]
    pub(crate) fn memtable_of(&self, position: Position) -> usize {
        // Nearly always there are few.
        self.ends.partition_point(|&end| end <= position)
    }

    /// The places of a table's versions.
    pub(crate) fn range(&self, memtable: usize) -> Range<Position> {
        let start = memtable.checked_sub(1).map_or(Position::FIRST, |before| self.ends[before]);
        start..self.ends[memtable]
    }

    /// Whether versions rank as their places do: later tables have higher ones.
    #[inline]
    pub(crate) fn rank_by_position(&self) -> bool {
        self.order == Order::Log
    }

    /// The rank of the version at `position` of the log.
    #[inline]
    pub(crate) fn rank(&self, position: Position, sequence: u64) -> Rank {
        Rank::new(self.order, self.memtable_of(position) as u64, sequence, position.to_bits())
    }
}
