//! Memtables: what is written, in memory, sorted by key while it is read ([`entries`]), and walked through by
//! [`cursor`]s.

pub(crate) mod cursor;
pub(crate) mod entries;
// The module holds the struct that the folder is named after; nothing in the folder depends on it.
#[allow(clippy::module_inception)]
mod memtable;
pub(crate) mod stats;

pub(crate) use self::memtable::Memtable;
