//! Which of two versions of a key is the newer one.

use crate::log::place::Place;

/// What decides which version of a key is the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The order of the log itself, which is the order of writes: the true one.
    #[default]
    Log,
    /// Kevo's own: inside a memtable the highest sequence number wins, the later write where numbers are equal; across
    /// memtables the newest table wins. Kevo starts again at 1 when it rotates its log, so this can give old values.
    Sequence,
}

/// The age of a version among those of its key: the newest is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank(u64, u64, u64);

impl Rank {
    /// In front of every version.
    pub(crate) const NEWEST: Self = Self(0, 0, 0);
    /// Behind every version: no version has the place 0.
    pub(crate) const OLDEST: Self = Self(u64::MAX, u64::MAX, u64::MAX);

    /// That of a version in the table number `table` of its list.
    #[inline]
    pub(crate) fn new(order: Order, table: usize, sequence: u64, place: Place) -> Self {
        let deciding = match order {
            Order::Log => place.to_bits(),
            Order::Sequence => sequence,
        };
        Self(!(table as u64), !deciding, !place.to_bits())
    }

    /// That of the version which has this rank.
    pub(crate) fn place(self) -> Place {
        Place::from_bits(!self.2)
    }

    /// Behind the version of this rank, and in front of every other that is older.
    pub(crate) fn next(self) -> Self {
        // No version has the place 0, so this does not overflow.
        Self(self.0, self.1, self.2 + 1)
    }
}

/// A point among versions: in front of the version of `key` that has `rank`, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) rank: Rank,
}

impl<'a> Point<'a> {
    /// In front of all versions of `key`.
    pub(crate) fn before(key: &'a [u8]) -> Self {
        Self { key, rank: Rank::NEWEST }
    }

    /// Behind all versions of `key`.
    pub(crate) fn after(key: &'a [u8]) -> Self {
        Self { key, rank: Rank::OLDEST }
    }
}
