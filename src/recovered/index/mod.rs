//! The index: all versions of the log, of all tables, by key, the newest of a key first.
//!
//! Each version is an [`Item`](item::Item) of 32 bytes, which has everything but the bytes of its key and its value. So
//! a scan goes through the index alone, from front to back, and a lookup finds its item in one place and its key in one
//! other, however many tables there are. Keys that are spread evenly are one [`Segment`](part::Part); others are cut into
//! many of about the same length by [`splitters`]. What all keys of a part begin with is left out of its items'
//! prefixes, so that these tell keys apart.

pub(crate) mod item;
pub(crate) mod sorted;

mod alphabet;
mod buckets;
mod build;
mod common_prefix;
mod counts;
mod scale;
mod segment;
mod sort;
mod splitters;
