//! Gathers references to entries, in the order of the log, on their way into a table.

use super::filter::KeyHash;
use crate::key::{Widening, common_prefix_len, prefix};
use crate::log::bytes::key_at;
use crate::log::entry::{Entry, Op};
use crate::log::place::Place;
use crate::memory::copied;

/// Entries in a block: few enough that their keys are still in the processor's cache when the block is full.
const BLOCK_LEN: usize = 2048;
/// The most entries that are gathered in one piece, so that its memory can go back before that of others: a piece of a
/// file has no more entries of their own. (A multiple of [`BLOCK_LEN`].)
pub(crate) const MOST_GATHERED: usize = 1 << 18;
/// More bytes that keys share are not left out of their prefixes: they would have to be kept, for every block.
const MOST_SHARED: usize = 1024;
/// What an entry takes in a memtable by Kevo's own counting, beside its key and its value, in bytes.
const ENTRY_OVERHEAD: u64 = 16;

/// A reference to a version in the log, and enough of its key to compare most pairs without looking there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ref {
    /// [`prefix`] of the key behind the bytes that it shares with all others of its block or table.
    pub(crate) prefix: u64,
    pub(crate) place: Place,
}

/// References to entries in the order of the log.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) refs: Vec<Ref>,
    /// The hash of each key, taken while the key was at hand.
    pub(crate) hashes: Vec<KeyHash>,
    /// What is known of runs of them, which follow each other without a gap.
    pub(crate) blocks: Vec<Block>,
    /// There was no memory for more, and some are missing.
    pub(crate) out_of_memory: bool,
}

/// A run of references, in the order of the log.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// How many there are.
    pub(crate) len: usize,
    /// The bytes that all keys of it begin with, and that the prefixes leave out; not more than [`MOST_SHARED`].
    pub(crate) shared: Vec<u8>,
    pub(crate) summary: Summary,
}

/// What is known of a run of entries without looking at them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    /// Approximate size in a memtable, in bytes.
    pub(crate) size: u64,
    /// Of no entries, `u64::MAX`.
    pub(crate) lowest_sequence: u64,
    /// Of no entries, 0.
    pub(crate) highest_sequence: u64,
    /// No entry has a lower sequence number than one in front of it.
    pub(crate) ascending: bool,
    /// How many of the entries are merges, which no memtable holds.
    pub(crate) merges: usize,
}

/// The approximate size of an entry in a memtable, by Kevo's own counting, in bytes.
#[inline]
pub(crate) fn approximate_size(key: &[u8], value: &[u8]) -> u64 {
    key.len() as u64 + value.len() as u64 + ENTRY_OVERHEAD
}

impl Default for Summary {
    fn default() -> Self {
        Self { size: 0, lowest_sequence: u64::MAX, highest_sequence: 0, ascending: true, merges: 0 }
    }
}

impl Summary {
    #[inline]
    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        if entry.op == Op::Merge {
            self.merges += 1;
        } else {
            self.size += approximate_size(entry.key, entry.value);
        }
        self.ascending &= self.highest_sequence <= entry.sequence;
        self.lowest_sequence = self.lowest_sequence.min(entry.sequence);
        self.highest_sequence = self.highest_sequence.max(entry.sequence);
    }

    /// Takes in the entries that follow.
    pub(crate) fn join(&mut self, next: &Self) {
        self.size += next.size;
        self.merges += next.merges;
        self.ascending &= next.ascending && self.highest_sequence <= next.lowest_sequence;
        self.lowest_sequence = self.lowest_sequence.min(next.lowest_sequence);
        self.highest_sequence = self.highest_sequence.max(next.highest_sequence);
    }
}

impl Block {
    /// Counts an entry that belongs to it.
    #[inline]
    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        self.len += 1;
        self.summary.add(entry);
    }

    /// Leaves only the first `kept` of the shared bytes out of the prefixes of `refs`, which are this block's.
    pub(crate) fn share_only(&self, kept: usize, refs: &mut [Ref]) {
        let put_back = &self.shared[kept..];
        if put_back.is_empty() {
            return;
        }
        let widening = Widening::by(put_back);
        for reference in refs {
            reference.prefix = widening.widen(reference.prefix);
        }
    }
}

/// Gathers the entries of a file.
#[derive(Debug)]
pub(crate) struct Gatherer {
    /// Where the file starts in the log, and how long it is, in bytes.
    base: usize,
    file_len: usize,
    gathered: Gathered,
    /// The block of the last entries.
    open: Block,
}

impl Gatherer {
    pub(crate) fn new(base: usize, file_len: usize) -> Self {
        Self { base, file_len, gathered: Gathered::default(), open: Block::default() }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.gathered.refs.len()
    }

    /// Adds an entry; `place` counts from the file's start, and `log` is the file.
    #[inline]
    pub(crate) fn push(&mut self, log: &[u8], place: Place, entry: &Entry<'_>) {
        if self.has_no_room() {
            self.gathered.out_of_memory = true;
            return;
        }
        if self.open.len == 0 {
            let Ok(shared) = copied(&entry.key[..entry.key.len().min(MOST_SHARED)]) else {
                self.gathered.out_of_memory = true;
                return;
            };
            self.open.shared = shared;
        } else if !self.open.shared.is_empty() && !entry.key.starts_with(&self.open.shared) {
            let shared = common_prefix_len(entry.key, &self.open.shared);
            self.open.shared.truncate(shared);
        }
        self.open.add(entry);
        self.gathered.refs.push(Ref { prefix: 0, place });
        if self.open.len == BLOCK_LEN {
            self.close(log);
        }
    }

    /// Whether one more entry does not fit into memory.
    #[inline]
    fn has_no_room(&mut self) -> bool {
        self.gathered.out_of_memory || self.gathered.refs.try_reserve(1).is_err()
    }

    pub(crate) fn finish(mut self, log: &[u8]) -> Gathered {
        if self.open.len > 0 {
            self.close(log);
        }
        self.gathered
    }

    /// Now that the shared bytes are known, the prefixes are; and the keys are still in the processor's cache.
    fn close(&mut self, log: &[u8]) {
        let mut block = std::mem::take(&mut self.open);
        block.shared.shrink_to_fit();
        if self.gathered.blocks.is_empty() && block.len == BLOCK_LEN {
            self.reserve();
        }
        let Gathered { refs, hashes, blocks, out_of_memory } = &mut self.gathered;
        if hashes.try_reserve(block.len).is_err() || blocks.try_reserve(1).is_err() {
            *out_of_memory = true;
            return;
        }
        let first = refs.len() - block.len;
        for reference in &mut refs[first..] {
            let key = key_at(log, reference.place);
            reference.prefix = prefix(&key[block.shared.len()..]);
            reference.place = reference.place.moved_by(self.base);
            hashes.push(KeyHash::of(key));
        }
        blocks.push(block);
    }

    /// Makes room for as many entries as there will be if all are like those so far: what grows by doubling is there
    /// twice while it grows.
    fn reserve(&mut self) {
        let Gathered { refs, hashes, .. } = &mut self.gathered;
        let [first, .., last] = refs.as_slice() else { return };
        let (first, last) = (first.place.offset(), last.place.offset());
        let expected = ((self.file_len - first) / ((last - first) / refs.len()).max(1)).min(MOST_GATHERED);
        // No more than a hint: if there is no room for so many, there may yet be for those that come.
        let _ = refs.try_reserve_exact(expected.saturating_sub(refs.len()));
        let _ = hashes.try_reserve_exact(expected);
    }
}

#[cfg(test)]
mod tests;
