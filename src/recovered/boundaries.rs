//! Which memtable an entry of the log belongs to, and the rank that follows from it.

use crate::log::position::Position;
use crate::order::{Order, Rank};
use std::ops::Range;

/// Where the memtables of a log end. Each starts where the one before it ends, so the position of an entry tells its
/// memtable.
#[derive(Debug)]
pub(crate) struct Boundaries {
    order: Order,
    /// For each memtable, the position after its last entry: the start of the next memtable.
    ends: Vec<Position>,
    /// The id of the first memtable, as a source.
    first_id: u64,
}

impl Boundaries {
    /// `ends` are in ascending order.
    pub(crate) fn new(order: Order, ends: Vec<Position>) -> Self {
        Self { order, ends, first_id: 0 }
    }

    /// The same, where the memtables are sources beside others: the first has the id `first`, the others those after
    /// it.
    pub(crate) fn with_first_id(self, first: u64) -> Self {
        Self { first_id: first, ..self }
    }

    pub(super) fn order(&self) -> Order {
        self.order
    }

    /// How many memtables there are.
    pub(super) fn memtable_count(&self) -> usize {
        self.ends.len()
    }

    /// The number of the memtable that holds the entry at `position` of the log.
    #[inline]
    pub(super) fn memtable_of(&self, position: Position) -> usize {
        // Nearly always there are few memtables.
        self.ends.partition_point(|&end| end <= position)
    }

    /// The range of positions of a memtable.
    pub(super) fn range(&self, memtable: usize) -> Range<Position> {
        let start = memtable.checked_sub(1).map_or(Position::FIRST, |previous| self.ends[previous]);
        start..self.ends[memtable]
    }

    /// Whether ranks follow from positions alone. (Later memtables have higher positions.)
    #[inline]
    pub(super) fn rank_by_position(&self) -> bool {
        self.order == Order::Log
    }

    /// The rank of the entry at `position` of the log.
    #[inline]
    pub(super) fn rank(&self, position: Position, sequence: u64) -> Rank {
        Rank::new(self.order, self.first_id + self.memtable_of(position) as u64, sequence, position.to_bits())
    }
}
