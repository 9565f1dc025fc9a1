//! Memtables hold what is written, in memory. Their [`entries`] are always sorted by key. A [`cursor`] walks through
//! them.

pub(crate) mod cursor;
pub(crate) mod entries;
// The module holds the struct that the folder is named after.
#[allow(clippy::module_inception)]
mod memtable;
pub(crate) mod stats;

pub(crate) use self::memtable::Memtable;
