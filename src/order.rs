//! Order: which of two versions of a key is newer, and the order of all versions of all keys.

/// What decides which version of a key is the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The order of the log, which is the true order of writes.
    #[default]
    Log,
    /// The order that Kevo uses. Within a memtable the highest sequence number wins; if numbers are equal, the later
    /// write wins. Between memtables the newest one wins. Kevo numbers from 1 again when it rotates its log, so this
    /// order can give old values.
    Sequence,
}

/// Which way a cursor moves through versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

/// The age of a version among the versions of its key. The newest version has the lowest rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank(u64, u64, u64);

impl Rank {
    /// Before every version.
    pub(crate) const NEWEST: Self = Self(0, 0, 0);
    /// After every version: no write has the number 0.
    pub(crate) const OLDEST: Self = Self(u64::MAX, u64::MAX, u64::MAX);

    /// The rank of a version. `source` is the id of the memtable that holds it; a newer memtable has a higher id.
    /// `write` is the number of the write that made it. That number rises with every write and is never 0.
    #[inline]
    pub(crate) fn new(order: Order, source: u64, sequence: u64, write: u64) -> Self {
        let deciding = match order {
            Order::Log => write,
            Order::Sequence => sequence,
        };
        Self(!source, !deciding, !write)
    }

    /// The number of the write that made the version.
    pub(crate) fn write(self) -> u64 {
        !self.2
    }

    /// The rank directly after this one, and before that of every older version.
    pub(crate) fn next(self) -> Self {
        // No write has the number 0, so this does not overflow.
        Self(self.0, self.1, self.2 + 1)
    }
}

/// A point between versions: directly before the version of `key` that has `rank`, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) rank: Rank,
}

impl<'a> Point<'a> {
    /// Before all versions of `key`.
    pub(crate) fn before(key: &'a [u8]) -> Self {
        Self { key, rank: Rank::NEWEST }
    }

    /// After all versions of `key`.
    pub(crate) fn after(key: &'a [u8]) -> Self {
        Self { key, rank: Rank::OLDEST }
    }
}
