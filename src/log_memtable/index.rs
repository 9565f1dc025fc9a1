//! The index for lookups: a hash table of chains of rows, which one thread adds to while others search it.
//!
//! A *row* is made for each operation, in their order. Each bucket leads to a chain with the newest row of each of its
//! keys, through `next`. A row leads to the rows of the same key that are older, through `older`:
//!
//! ```text
//! bucket -> row 7 (key a) -> row 4 (key b) -> row 1 (key c)      next
//!             |                                 |
//!             v                                 v
//!           row 5 (key a) -> row 2 (key a)    row 0 (key c)      older
//! ```
//!
//! A row of a new key goes to the front of the chain. That of a key which is there takes the place of the one that was
//! the newest: it gets its `next`, and then the link that led to that row leads to the new one. So however often a key
//! is overwritten, the other keys of the bucket are as near as before.
//!
//! # Why readers need no lock
//!
//! A row's fields are stored before the link that leads to it, which is stored with Release and loaded with Acquire.
//! All that changes afterwards is a row's `next`, while the row is in the chain.
//!
//! A reader sees only the rows before its `end`, all of which were linked before `end` was published, which it has
//! loaded with Acquire. Rows from `end` on, which it may or may not meet, are passed over. It finds the newest row of
//! its key before `end`:
//!
//! - Every link that it loads is at least as new as that link was when `end` was published, or was made later. For
//!   stores to one place are seen in one order, and those before the publication happened before the load.
//! - The reader may stand on a row that is replaced meanwhile, and then goes on through its `next`, which does not
//!   change any more. Let o be that row and n the one that replaced it. The reader came to o by a link that it saw
//!   before n was stored there; so n was not linked when `end` was published, or else it would have seen n. So n, and
//!   each row that was linked after n, is from `end` on. But the `next` of o misses nothing else: until n was linked, o
//!   was in the chain, and its `next` was kept.
//! - The same holds for a row of a new key at the front, when the reader has already loaded the bucket.
//! - So the reader meets, for each key of the bucket that has a row before `end`, one row that is that row or newer,
//!   and through `older`, which never changes, it comes to all that are older.

use super::chunks::{PLACE_BITS, Place};
use super::segmented::{MOST, Segmented};
use super::zeroed::zeroed;
use crate::error::Error;
use crate::memory::refused;
use crate::prefetch::prefetch_item;
use crate::sync::{AtomicU32, AtomicU64, Memory};

/// Bytes of user data for each bucket.
const BYTES_PER_BUCKET: u64 = 64;
const FEWEST_BUCKETS: u64 = if cfg!(loom) { 1 } else { 64 };
const MOST_BUCKETS: u64 = 1 << 30;

/// One operation. A link is the number of a row plus 1, or 0, which leads nowhere.
#[derive(Debug, Default)]
#[cfg_attr(not(any(loom, shuttle)), derive(bytemuck::Zeroable))]
pub(super) struct Row {
    /// The link to the row of another key in the same bucket.
    next: AtomicU32,
    /// The link to the last row of the same key.
    older: AtomicU32,
    /// Where the entry is. The other bits are the tag: they come from the hash, so that most keys need not be compared.
    place_and_tag: AtomicU64,
}

impl Row {
    #[inline]
    fn place(&self) -> Place {
        Place::from_bits(self.place_and_tag.load(Memory::Relaxed))
    }

    #[inline]
    fn has_tag_of(&self, hash: u64) -> bool {
        self.place_and_tag.load(Memory::Relaxed) >> PLACE_BITS == hash >> PLACE_BITS
    }
}

pub(super) struct Index {
    /// Links to the first rows of the chains, by the lowest bits of a hash.
    buckets: Box<[AtomicU32]>,
    rows: Segmented<Row>,
}

impl Index {
    /// An index that is good for about `size_hint` bytes of user data. With more, it gets slower.
    pub(super) fn new(size_hint: u64) -> Result<Self, Error> {
        let buckets = (size_hint / BYTES_PER_BUCKET).clamp(FEWEST_BUCKETS, MOST_BUCKETS).next_power_of_two();
        Ok(Self { buckets: zeroed(buckets as usize)?, rows: Segmented::default() })
    }

    /// Bytes that it takes with so many rows.
    pub(super) fn memory(&self, rows: usize) -> usize {
        size_of_val(&*self.buckets) + rows * size_of::<Row>()
    }

    /// Makes room for so many rows, and gives for how many there is room. Only the writer may call this.
    pub(super) fn reserve(&self, rows: usize) -> Result<usize, Error> {
        if rows > MOST {
            return Err(refused::<Row>(rows));
        }
        self.rows.reserve(rows, zeroed)
    }

    /// Where the entry of a row is.
    #[inline]
    pub(super) fn place(&self, row: u32) -> Place {
        self.rows.get(row as usize).place()
    }

    /// Brings the start of the chain of a hash into the processor's cache.
    #[inline]
    pub(super) fn prefetch_bucket(&self, hash: u64) {
        prefetch_item(self.bucket(hash));
    }

    /// Brings a row into the processor's cache.
    #[inline]
    pub(super) fn prefetch_row(&self, row: u32) {
        prefetch_item(self.rows.get(row as usize));
    }

    /// Fills in a row, which nobody sees before it is linked or counted. Only the writer may call this.
    #[inline]
    pub(super) fn set(&self, row: u32, hash: u64, place: Place) {
        let tag = hash >> PLACE_BITS << PLACE_BITS;
        self.rows.get(row as usize).place_and_tag.store(tag | place.bits(), Memory::Relaxed);
    }

    /// Links a row that has been filled in. `has_same_key` tells whether the entry at a place has its key, the hash of
    /// which is `hash`. Only the writer may call this, row by row.
    #[inline]
    pub(super) fn link(&self, row: u32, hash: u64, has_same_key: impl Fn(Place) -> bool) {
        let (new, bucket) = (self.rows.get(row as usize), self.bucket(hash));
        // Relaxed is enough to load what only this thread changes.
        let first = bucket.load(Memory::Relaxed);
        let (mut link, mut at) = (bucket, first);
        while let Some(other) = self.follow(at) {
            let next = other.next.load(Memory::Relaxed);
            if other.has_tag_of(hash) && has_same_key(other.place()) {
                new.older.store(at, Memory::Relaxed);
                new.next.store(next, Memory::Relaxed);
                return link.store(row + 1, Memory::Release);
            }
            (link, at) = (&other.next, next);
        }
        new.next.store(first, Memory::Relaxed);
        bucket.store(row + 1, Memory::Release);
    }

    /// The newest of the first `end` rows that has the key.
    #[inline]
    pub(super) fn newest(&self, hash: u64, end: usize, has_same_key: impl Fn(Place) -> bool) -> Option<u32> {
        let mut at = self.bucket(hash).load(Memory::Acquire);
        let mut found = loop {
            let row = self.follow(at)?;
            if row.has_tag_of(hash) && has_same_key(row.place()) {
                break row;
            }
            at = row.next.load(Memory::Acquire);
        };
        while at as usize > end {
            at = found.older.load(Memory::Relaxed);
            found = self.follow(at)?;
        }
        Some(at - 1)
    }

    /// How many rows a lookup of a key with this hash may have to pass.
    #[cfg(test)]
    pub(super) fn chain_len(&self, hash: u64) -> usize {
        let first = self.follow(self.bucket(hash).load(Memory::Acquire));
        std::iter::successors(first, |row| self.follow(row.next.load(Memory::Acquire))).count()
    }

    #[inline]
    fn bucket(&self, hash: u64) -> &AtomicU32 {
        &self.buckets[hash as usize & (self.buckets.len() - 1)]
    }

    /// The row that a link leads to.
    #[inline]
    fn follow(&self, link: u32) -> Option<&Row> {
        (link != 0).then(|| self.rows.get(link as usize - 1))
    }
}
