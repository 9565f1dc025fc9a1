//! All chunks of a memtable by their numbers, and where in them an entry is.

use super::arena::Chunk;
use super::segmented::{MOST, Segmented};
use crate::error::Error;
use crate::little_endian::le_u32;
use crate::log::format::entry::{ENTRY_HEADER_LEN, Entry, Op, VALUE_LENGTH_LEN};
use crate::memory::{collected, refused};
use crate::prefetch::prefetch;
use std::sync::OnceLock;

/// Bits of the offset of an entry in its chunk.
const OFFSET_BITS: u32 = 23;
/// Bits of a place.
pub(super) const PLACE_BITS: u32 = 48;
/// The longest chunk that more than one entry can be in.
pub(super) const LONGEST_SHARED: usize = 1 << OFFSET_BITS;
/// The most chunks that places can tell apart.
const MOST_CHUNKS: usize = 1 << (PLACE_BITS - OFFSET_BITS);

/// Where the payload of an entry is: the number of its chunk, and its offset there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u64);

impl Place {
    #[inline]
    pub(super) fn new(chunk: u32, offset: usize) -> Self {
        debug_assert!(offset < LONGEST_SHARED && (chunk as usize) < MOST_CHUNKS);
        Self(u64::from(chunk) << OFFSET_BITS | offset as u64)
    }

    /// The place in the lowest [`PLACE_BITS`] of a number.
    #[inline]
    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits & ((1 << PLACE_BITS) - 1))
    }

    #[inline]
    pub(super) fn bits(self) -> u64 {
        self.0
    }

    #[inline]
    fn chunk(self) -> u32 {
        (self.0 >> OFFSET_BITS) as u32
    }

    #[inline]
    fn offset(self) -> usize {
        self.0 as usize & (LONGEST_SHARED - 1)
    }
}

/// The chunks. Those that are not large hold records, as they are in the log. A large one holds the payload of one
/// entry, in one piece, which is more than a record can hold.
#[derive(Default)]
pub(super) struct Chunks(Segmented<OnceLock<Chunk>>);

impl Chunks {
    /// Makes room for so many chunks. Only one thread may call this at a time.
    pub(super) fn reserve(&self, count: usize) -> Result<(), Error> {
        const { assert!(MOST_CHUNKS <= MOST) };
        if count > MOST_CHUNKS {
            return Err(refused::<Chunk>(count));
        }
        self.0.reserve(count, |len| Ok(collected((0..len).map(|_| OnceLock::new()))?.into_boxed_slice())).map(drop)
    }

    /// Gives a chunk its number, which no other chunk has. There must be room for it.
    pub(super) fn set(&self, number: u32, chunk: Chunk) {
        let is_new = self.0.get(number as usize).set(chunk).is_ok();
        debug_assert!(is_new, "a number is given once");
    }

    /// What has been published of a chunk.
    #[inline]
    pub(super) fn published(&self, number: u32) -> &[u8] {
        self.0
            .get(number as usize)
            .get()
            .expect("a chunk has its number before anything in it is published")
            .published()
    }

    /// The payload of an entry that has been published, and what comes after it.
    #[inline]
    fn from(&self, place: Place) -> &[u8] {
        &self.published(place.chunk())[place.offset()..]
    }

    /// The key of an entry that has been published.
    #[inline]
    pub(super) fn key(&self, place: Place) -> &[u8] {
        let payload = self.from(place);
        &payload[ENTRY_HEADER_LEN..][..le_u32(payload, 9) as usize]
    }

    /// An entry that has been published.
    #[inline]
    pub(super) fn entry(&self, place: Place, sequence: u64) -> Entry<'_> {
        let payload = self.from(place);
        let (key, rest) = payload[ENTRY_HEADER_LEN..].split_at(le_u32(payload, 9) as usize);
        if payload[0] == Op::Delete as u8 {
            return Entry { op: Op::Delete, sequence, key, value: &[] };
        }
        Entry { op: Op::Put, sequence, key, value: &rest[VALUE_LENGTH_LEN..][..le_u32(rest, 0) as usize] }
    }

    /// Brings the start of an entry into the processor's cache.
    #[inline]
    pub(super) fn prefetch(&self, place: Place) {
        prefetch(self.from(place), ENTRY_HEADER_LEN);
    }
}
