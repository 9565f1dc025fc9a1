//! Memtables: the versions of keys between two points of the log.
//!
//! What was recovered never changes ([`logged`]): it is sorted once, all tables together ([`index`]). What is written
//! later goes into a skip list of the table that is open ([`written`]).

pub(crate) mod by_table;
pub(crate) mod gather;
pub(crate) mod index;
pub(crate) mod logged;
pub(crate) mod order;
pub(crate) mod room;
pub(crate) mod summary;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod written;
