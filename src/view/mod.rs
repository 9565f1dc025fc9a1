//! Reads of a version: a [`lookup`] finds one key; an [`iterator`] walks through a range of keys, over a `merge` of all
//! sources.

mod block_run;
pub(crate) mod iterator;
mod key_range;
pub(crate) mod lookup;
mod merge;
pub(crate) mod packed;
