//! A recovered log: sealed memtables, whose entries stay in the bytes of the log.
//!
//! It never changes. The entries of all memtables are sorted together, once, when one is first read ([`index`]).

pub(crate) mod boundaries;
mod by_memtable;
pub(crate) mod cursor;
pub(crate) mod index;
pub(crate) mod log;
pub(crate) mod reserve;
#[cfg(test)]
pub(crate) mod testing;
