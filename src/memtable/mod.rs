//! Memtables: the versions of keys between two points of the log, sorted.
//!
//! A recovered table is *frozen*: a sorted array of references into the log ([`frozen`]). A table that is open for
//! writes has a skip list of its own versions ([`written`]) beside that.

pub(crate) mod bucket;
pub(crate) mod filter;
pub(crate) mod frozen;
pub(crate) mod gather;
pub(crate) mod order;
mod sort;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod written;
