//! Blocks as Kevo writes them: keys by what differs from the key before, in generations A and B no sequence numbers.
//! They are written out into blocks as ours, once, when they are read.

use super::LONGEST_IN_BLOCK;
use super::block::{self, Failure, TRAILER};
use crate::little_endian::le_u32;
use crate::rest::Rest;

/// More than any writer's block grows by when its keys are written out: 16 entries share a restart point.
const MOST_GROWTH: usize = 16;
const FREE_GROWTH: usize = 1 << 20;

/// A block whose checksum is right and whose restart array fits.
pub(super) struct Delta<'b> {
    entries: &'b [u8],
    /// Four bytes each.
    restarts: &'b [u8],
    has_sequences: bool,
    count: usize,
    whole: usize,
    /// What the keys take when they are written out.
    key_bytes: usize,
    value_bytes: usize,
}

/// One entry, its key still in parts.
pub(super) struct DeltaEntry<'b> {
    /// How much of it is the start of the key before; nothing if it is at a restart point.
    pub(super) shared: usize,
    pub(super) unshared: &'b [u8],
    pub(super) sequence: u64,
    pub(super) value: Option<&'b [u8]>,
}

impl DeltaEntry<'_> {
    pub(super) fn key_len(&self) -> usize {
        self.shared + self.unshared.len()
    }
}

impl<'b> Delta<'b> {
    /// Goes through all entries: nothing that comes later can fail but for memory.
    pub(super) fn parse(bytes: &'b [u8], has_sequences: bool) -> Result<Self, &'static str> {
        let restarts = le_u32(bytes, bytes.len() - TRAILER) as usize;
        let array = (bytes.len() - TRAILER)
            .checked_sub(restarts.saturating_mul(4))
            .ok_or("a block with more restart points than room")?;
        let (entries, restarts) = (&bytes[..array], &bytes[array..bytes.len() - TRAILER]);
        let mut delta = Self { entries, restarts, has_sequences, count: 0, whole: 0, key_bytes: 0, value_bytes: 0 };
        let (mut walk, mut key_before) = (delta.walk(), 0);
        while !walk.rest.is_empty() {
            let is_whole = walk.is_at_restart();
            let entry = walk.next_entry().ok_or("a block with an entry that does not fit")?;
            if entry.shared > key_before || entry.key_len() > LONGEST_IN_BLOCK {
                return Err("a block with a key that shares more than there is");
            }
            key_before = entry.key_len();
            delta.count += 1;
            delta.whole += usize::from(is_whole);
            delta.key_bytes += key_before;
            delta.value_bytes += entry.value.map_or(0, <[u8]>::len);
        }
        if walk.restarts_left() {
            return Err("a block with a restart point that is not at an entry");
        }
        if delta.count > 0 && delta.restarts.is_empty() {
            return Err("a block without restart points");
        }
        if delta.size_written_out() > MOST_GROWTH.saturating_mul(bytes.len()) + FREE_GROWTH {
            return Err("a block whose keys share more than those of any writer");
        }
        Ok(delta)
    }

    pub(super) fn all_keys_are_whole(&self) -> bool {
        self.count == self.whole
    }

    fn size_written_out(&self) -> usize {
        18 * self.count + self.key_bytes + self.value_bytes
    }

    fn walk(&self) -> Walk<'b> {
        Walk::new(self.entries, Starts::At(self.restarts), self.has_sequences)
    }
}

/// Which entries have whole keys.
#[derive(Clone, Copy)]
pub(super) enum Starts<'b> {
    /// Those at these offsets.
    At(&'b [u8]),
    /// The first, and each that comes so many after it.
    Each(usize),
}

/// Goes through entries from the first on.
pub(super) struct Walk<'b> {
    pub(super) rest: Rest<'b>,
    len: usize,
    starts: Starts<'b>,
    has_sequences: bool,
    /// Entries that were taken.
    count: usize,
    /// Restart points that were passed.
    passed: usize,
}

impl<'b> Walk<'b> {
    pub(super) fn new(entries: &'b [u8], starts: Starts<'b>, has_sequences: bool) -> Self {
        Self { rest: Rest(entries), len: entries.len(), starts, has_sequences, count: 0, passed: 0 }
    }

    /// Where the next entry starts.
    pub(super) fn offset(&self) -> usize {
        self.len - self.rest.0.len()
    }

    pub(super) fn is_at_restart(&self) -> bool {
        match self.starts {
            Starts::At(array) => array
                .get(4 * self.passed..4 * self.passed + 4)
                .is_some_and(|restart| le_u32(restart, 0) as usize == self.offset()),
            Starts::Each(count) => self.count.is_multiple_of(count),
        }
    }

    /// Restart points that no entry started at: the first such one is never passed.
    fn restarts_left(&self) -> bool {
        matches!(self.starts, Starts::At(array) if 4 * self.passed != array.len())
    }

    /// Nothing if what is left is no entry.
    pub(super) fn next_entry(&mut self) -> Option<DeltaEntry<'b>> {
        let is_restart = self.is_at_restart();
        let rest = &mut self.rest;
        let (shared, unshared) = if is_restart {
            (0, rest.u16()?)
        } else if self.count == 0 {
            return None;
        } else {
            (rest.u16()?, rest.u16()?)
        };
        let unshared = rest.take(usize::from(unshared))?;
        let sequence = if self.has_sequences { rest.u64()? } else { 0 };
        let value = block::value(rest, self.has_sequences).ok()?;
        self.count += 1;
        self.passed += usize::from(is_restart);
        Some(DeltaEntry { shared: usize::from(shared), unshared, sequence, value })
    }
}

/// The same entries in the form of a block of ours, as if it had been read; there is no checksum in it.
pub(super) fn written_out(delta: &Delta<'_>) -> Result<Vec<u8>, Failure> {
    let size = delta.size_written_out() + TRAILER;
    if u32::try_from(size).is_err() {
        return Err(Failure::Damaged("a block that is too large when its keys are written out"));
    }
    let (mut bytes, mut starts) = (Vec::new(), Vec::new());
    bytes.try_reserve_exact(size).map_err(|_| Failure::NoMemory(size))?;
    starts.try_reserve_exact(4 * delta.count).map_err(|_| Failure::NoMemory(4 * delta.count))?;
    let (mut walk, mut key_before) = (delta.walk(), 0);
    while let Some(entry) = (!walk.rest.is_empty()).then(|| walk.next_entry()).flatten() {
        starts.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(entry.key_len() as u16).to_le_bytes());
        let key = bytes.len();
        bytes.extend_from_within(key_before..key_before + entry.shared);
        bytes.extend_from_slice(entry.unshared);
        key_before = key;
        block::push_value(&mut bytes, entry.sequence, entry.value);
    }
    bytes.extend_from_slice(&starts);
    bytes.extend_from_slice(&(delta.count as u32).to_le_bytes());
    bytes.extend_from_slice(&[0; 8]);
    Ok(bytes)
}
