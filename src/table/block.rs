//! Blocks in memory, each of whose entries has its whole key: searched by the restart array as they stand.
//!
//! A block of ours is used as it was read. One of Kevo's is written out first (`delta`), and an oversize record is a block
//! of one entry, so whatever comes later knows one form only.

use std::ops::Range;

use twox_hash::XxHash64;

use super::TOMBSTONE;
use super::bytes::Rest;
use super::delta::{self, Delta};
use super::oversize;
use super::place::Place;
use super::source::Source;
use crate::error::Error;
use crate::little_endian::{le_u16, le_u32, le_u64};

/// Entries in the order of their keys, all of them verified. Values are lent from it, so it lives in an [`Arc`].
///
/// [`Arc`]: std::sync::Arc
pub struct Block {
    /// Entries, and then where each of them starts.
    bytes: Vec<u8>,
    /// Where the restart array is.
    array: usize,
    len: usize,
    /// Keys have lengths of 32 bits; else of 16.
    is_oversize: bool,
    /// Two entries next to each other have one key.
    has_versions: bool,
}

/// One entry, lent by its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRef<'b> {
    /// The key.
    pub key: &'b [u8],
    /// Its sequence number; 0 where the table has none.
    pub sequence: u64,
    /// Its value; none is a tombstone.
    pub value: Option<&'b [u8]>,
}

/// Whether keys have to ascend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyOrder {
    /// They are not looked at: an index whose keys nobody believes.
    Any,
    /// Equal ones are versions of a key.
    Ascending,
    /// As in blocks of ours.
    Strict,
}

/// What stands after the restart array: how many there are, and the checksum.
pub(super) const TRAILER: usize = 4 + CHECKSUM;
const CHECKSUM: usize = 8;

impl Block {
    /// A block as we write it, or nothing but a reason.
    pub(super) fn of_ours(bytes: Vec<u8>) -> Result<Self, &'static str> {
        verify_checksum(&bytes)?;
        Self::whole_keys(bytes, KeyOrder::Strict)
    }

    /// A block as Kevo writes it.
    pub(super) fn of_kevo(bytes: Vec<u8>, has_sequences: bool, order: KeyOrder) -> Result<Self, Failure> {
        verify_checksum(&bytes)?;
        let delta = Delta::parse(&bytes, has_sequences)?;
        if has_sequences && delta.all_keys_are_whole() {
            return Ok(Self::whole_keys(bytes, order)?);
        }
        let written_out = delta::written_out(&delta)?;
        Ok(Self::whole_keys(written_out, order)?)
    }

    /// An oversize record.
    pub(super) fn of_record(mut bytes: Vec<u8>) -> Result<Self, &'static str> {
        verify_checksum(&bytes)?;
        let array = bytes.len() - CHECKSUM;
        oversize::parse(&bytes[..array]).ok_or("an oversize record that is none")?;
        // Where the entry starts, in the place of the checksum, which has done its duty.
        bytes.truncate(array + 4);
        bytes[array..].copy_from_slice(&(oversize::MARK.len() as u32).to_le_bytes());
        Ok(Self { bytes, array, len: 1, is_oversize: true, has_versions: false })
    }

    /// Entries with whole keys, the restart array, its length, and a checksum that nobody looks at any more.
    fn whole_keys(bytes: Vec<u8>, order: KeyOrder) -> Result<Self, &'static str> {
        let len = le_u32(&bytes, bytes.len() - TRAILER) as usize;
        let array = (bytes.len() - TRAILER).checked_sub(4 * len).ok_or("a block with more restart points than room")?;
        let mut entries = Rest(&bytes[..array]);
        let (mut before, mut has_versions): (&[u8], bool) = (&[], false);
        for at in 0..len {
            let start = array - entries.0.len();
            if le_u32(&bytes, array + 4 * at) as usize != start {
                return Err("a block with a restart point that is not at an entry");
            }
            let key = whole_key_entry(&mut entries).ok_or("a block with an entry that does not fit")?;
            if at > 0 && order != KeyOrder::Any && key <= before {
                if key < before || order == KeyOrder::Strict {
                    return Err("a block whose keys do not ascend");
                }
                has_versions = true;
            }
            before = key;
        }
        if !entries.is_empty() {
            return Err("a block with bytes after its last entry");
        }
        Ok(Self { array, len, is_oversize: false, has_versions, bytes })
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none; only an index can be so.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        self.bytes.capacity() + size_of::<Self>()
    }

    pub(super) fn is_oversize(&self) -> bool {
        self.is_oversize
    }

    pub(super) fn has_versions(&self) -> bool {
        self.has_versions
    }

    /// Its first key and its last.
    pub(super) fn bounds(&self) -> Option<(&[u8], &[u8])> {
        (self.len > 0).then(|| (self.key(0), self.key(self.len - 1)))
    }

    /// The key of entry `at`, which is below [`Block::len`].
    #[inline]
    pub fn key(&self, at: usize) -> &[u8] {
        let (start, end) = self.key_range(at);
        &self.bytes[start..end]
    }

    /// Entry `at`, which is below [`Block::len`].
    #[inline]
    pub fn entry(&self, at: usize) -> EntryRef<'_> {
        let (start, end) = self.key_range(at);
        let len = le_u32(&self.bytes, end + 8);
        let value = (len != TOMBSTONE).then(|| &self.bytes[end + 12..end + 12 + len as usize]);
        EntryRef { key: &self.bytes[start..end], sequence: le_u64(&self.bytes, end), value }
    }

    #[inline]
    fn key_range(&self, at: usize) -> (usize, usize) {
        let start = le_u32(&self.bytes, self.array + 4 * at) as usize;
        if self.is_oversize {
            (start + 4, start + 4 + le_u32(&self.bytes, start) as usize)
        } else {
            (start + 2, start + 2 + usize::from(le_u16(&self.bytes, start)))
        }
    }

    /// The first entry at or above `key`: [`Block::len`] if there is none.
    #[inline]
    pub fn lower_bound(&self, key: &[u8]) -> usize {
        self.lower_bound_in(0..self.len, key)
    }

    /// The first of these entries at or above `key`: their end if there is none.
    #[inline]
    pub(super) fn lower_bound_in(&self, entries: Range<usize>, key: &[u8]) -> usize {
        let (mut low, mut size) = (entries.start, entries.len());
        // No branch depends on how the comparison turned out: it would be guessed wrong every second time.
        while size > 1 {
            let half = size / 2;
            let is_below = self.key(low + half) < key;
            low = if is_below { low + half } else { low };
            size -= half;
        }
        low + usize::from(size == 1 && self.key(low) < key)
    }
}

/// Takes an entry with its whole key; gives the key.
fn whole_key_entry<'b>(entries: &mut Rest<'b>) -> Option<&'b [u8]> {
    let len = entries.u16()?;
    let key = entries.take(usize::from(len))?;
    entries.take(8)?;
    value(entries, true).ok()?;
    Some(key)
}

/// Takes a value and its length, in `Ok` none if it is a tombstone.
pub(super) fn value<'b>(entries: &mut Rest<'b>, has_tombstones: bool) -> Result<Option<&'b [u8]>, DoesNotFit> {
    let len = entries.u32().ok_or(DoesNotFit)?;
    if len == TOMBSTONE && has_tombstones {
        return Ok(None);
    }
    entries.take(len as usize).map(Some).ok_or(DoesNotFit)
}

/// There are not so many bytes.
pub(super) struct DoesNotFit;

/// Of a block or a record: its last eight bytes cover all others.
pub(super) fn verify_checksum(bytes: &[u8]) -> Result<(), &'static str> {
    if bytes.len() < TRAILER {
        return Err("a block of less than 12 bytes");
    }
    let checksum = bytes.len() - CHECKSUM;
    if XxHash64::oneshot(0, &bytes[..checksum]) == le_u64(bytes, checksum) {
        Ok(())
    } else {
        Err("its checksum does not match")
    }
}

/// Why there is no block.
#[derive(Debug)]
pub(super) enum Failure {
    Damaged(&'static str),
    /// So many bytes could not be had.
    NoMemory(usize),
}

impl Failure {
    /// The error that it is for what stands in `place`.
    pub(super) fn at(self, place: Place, source: &Source) -> Error {
        match self {
            Self::Damaged(what) => source.corrupt(place, what),
            Self::NoMemory(bytes) => Error::NoMemory(bytes as u64),
        }
    }
}

impl From<&'static str> for Failure {
    fn from(what: &'static str) -> Self {
        Self::Damaged(what)
    }
}

/// What comes after a key: its sequence number, the length of the value, and the value. There is room for it.
pub(super) fn push_value(bytes: &mut Vec<u8>, sequence: u64, value: Option<&[u8]>) {
    bytes.extend_from_slice(&sequence.to_le_bytes());
    let len = value.map_or(TOMBSTONE, |value| value.len() as u32);
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(value.unwrap_or_default());
}
