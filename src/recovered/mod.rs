//! A recovered log: memtables that are sealed, and whose entries are where the log has them.
//!
//! It never changes. Its entries are sorted once, those of all memtables together, when one is first asked for
//! ([`index`]).

pub(crate) mod boundaries;
mod by_memtable;
pub(crate) mod cursor;
pub(crate) mod index;
pub(crate) mod log;
pub(crate) mod reserve;
#[cfg(test)]
pub(crate) mod testing;
