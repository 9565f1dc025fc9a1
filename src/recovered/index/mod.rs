//! The index: all entries of the log, in all memtables, sorted by key. The newest version of a key comes first.
//!
//! Each entry is an [`Item`](item::Item) of 32 bytes, which has everything except the bytes of its key and value. So a
//! scan reads only the index, from its start to its end. A lookup reads the index in one place and the log in one
//! place, however many memtables there are. Keys that are spread evenly are one `Segment`. Other keys are divided into
//! many segments of about the same length by `splitters`. The bytes that all keys of a segment begin with are left out
//! of the prefixes in its items, so that these prefixes differ more often.

pub(crate) mod item;
pub(super) mod sorted;

mod alphabet;
mod buckets;
mod build;
mod common_prefix;
mod counts;
mod scale;
mod segment;
mod sort;
mod splitters;
