//! Blocks: runs of entries in the order of the log, on their way into a table.

use crate::key::{common_prefix_len, prefix};
use crate::log::bytes::key_at;
use crate::log::entry::{Entry, Op};
use crate::log::place::Place;

/// Entries in a block: few enough that their keys are still in the processor's cache when the block is full.
const BLOCK_LEN: usize = 2048;
/// What an entry takes in a memtable by Kevo's own counting, beside its key and its value, in bytes.
const ENTRY_OVERHEAD: u64 = 16;

/// A reference to a version in the log, and enough of its key to compare most pairs without looking there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ref {
    /// [`prefix`] of the key behind the bytes that it shares with all others of its block or table.
    pub(crate) prefix: u64,
    pub(crate) place: Place,
}

/// A run of entries in the order of the log.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) refs: Vec<Ref>,
    /// The bytes that all keys of it begin with, and that the prefixes leave out.
    pub(crate) shared: Vec<u8>,
    pub(crate) summary: Summary,
}

/// What is known of a run of entries without looking at them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Summary {
    /// Approximate size in a memtable, in bytes.
    pub(crate) size: u64,
    pub(crate) lowest_sequence: u64,
    pub(crate) highest_sequence: u64,
    /// No entry has a lower sequence number than one in front of it.
    pub(crate) ascending: bool,
    /// The sequence number of the first and the last entry.
    pub(crate) ends: Option<(u64, u64)>,
    /// How many of the entries are merges, which no memtable holds.
    pub(crate) merges: usize,
}

/// The approximate size of an entry in a memtable, by Kevo's own counting, in bytes.
#[inline]
pub(crate) fn approximate_size(key: &[u8], value: &[u8]) -> u64 {
    key.len() as u64 + value.len() as u64 + ENTRY_OVERHEAD
}

impl Summary {
    #[inline]
    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        let sequence = entry.sequence;
        self.join(&Self {
            size: if entry.op == Op::Merge { 0 } else { approximate_size(entry.key, entry.value) },
            lowest_sequence: sequence,
            highest_sequence: sequence,
            ascending: true,
            ends: Some((sequence, sequence)),
            merges: usize::from(entry.op == Op::Merge),
        });
    }

    /// Takes in the entries that follow.
    #[inline]
    pub(crate) fn join(&mut self, next: &Self) {
        let (Some((first, last)), Some((next_first, next_last))) = (self.ends, next.ends) else {
            if next.ends.is_some() {
                *self = *next;
            }
            return;
        };
        self.size += next.size;
        self.lowest_sequence = self.lowest_sequence.min(next.lowest_sequence);
        self.highest_sequence = self.highest_sequence.max(next.highest_sequence);
        self.ascending &= next.ascending && last <= next_first;
        self.ends = Some((first, next_last));
        self.merges += next.merges;
    }
}

impl Block {
    /// An empty block for some of this one's entries.
    pub(crate) fn empty_part(&self) -> Self {
        Self { refs: Vec::new(), shared: self.shared.clone(), summary: Summary::default() }
    }

    /// Adds an entry that shares this block's bytes.
    pub(crate) fn push(&mut self, reference: Ref, entry: &Entry<'_>) {
        self.refs.push(reference);
        self.summary.add(entry);
    }

    /// Leaves only the first `kept` of the shared bytes out of the prefixes.
    pub(crate) fn share_only(&mut self, kept: usize) {
        if kept < self.shared.len() {
            let put_back = &self.shared[kept..];
            let (head, shift) = (prefix(put_back), 8 * put_back.len().min(8) as u32);
            for reference in &mut self.refs {
                reference.prefix = head | reference.prefix.checked_shr(shift).unwrap_or(0);
            }
            self.shared.truncate(kept);
        }
    }
}

/// Cuts the entries of a file into blocks.
#[derive(Debug)]
pub(crate) struct BlockBuilder {
    /// Where the file starts in the log.
    base: usize,
    blocks: Vec<Block>,
    open: Block,
}

impl BlockBuilder {
    pub(crate) fn new(base: usize) -> Self {
        Self { base, blocks: Vec::new(), open: Block::default() }
    }

    /// Adds an entry; `place` counts from the file's start, and `log` is the file.
    #[inline]
    pub(crate) fn push(&mut self, log: &[u8], place: Place, entry: &Entry<'_>) {
        if self.open.refs.is_empty() {
            self.open.refs.reserve_exact(BLOCK_LEN);
            self.open.shared = entry.key.to_vec();
        } else if !entry.key.starts_with(&self.open.shared) {
            let shared = common_prefix_len(entry.key, &self.open.shared);
            self.open.shared.truncate(shared);
        }
        self.open.summary.add(entry);
        self.open.refs.push(Ref { prefix: 0, place });
        if self.open.refs.len() == BLOCK_LEN {
            self.close(log);
        }
    }

    pub(crate) fn finish(mut self, log: &[u8]) -> Vec<Block> {
        if !self.open.refs.is_empty() {
            self.close(log);
        }
        self.blocks
    }

    /// Now that the shared bytes are known, the prefixes are.
    fn close(&mut self, log: &[u8]) {
        let mut block = std::mem::take(&mut self.open);
        let shared = block.shared.len();
        for reference in &mut block.refs {
            reference.prefix = prefix(&key_at(log, reference.place)[shared..]);
            reference.place = reference.place.moved_by(self.base);
        }
        self.blocks.push(block);
    }
}
