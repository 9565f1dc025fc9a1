//! Statistics of entries, so that the entries themselves need not be read again.

use crate::log::format::entry::{Entry, Op};

/// Bytes that an entry takes in a memtable besides its key and its value, as Kevo counts them.
const ENTRY_OVERHEAD: u64 = 16;

/// Statistics of entries that follow each other in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntryStats {
    /// How many entries there are.
    pub(crate) len: usize,
    /// How many of them are merges, which no memtable holds.
    pub(crate) merges: usize,
    /// Their approximate size in a memtable, in bytes.
    pub(crate) size: u64,
    /// `u64::MAX` if there are no entries.
    pub(crate) lowest_sequence: u64,
    /// 0 if there are no entries.
    pub(crate) highest_sequence: u64,
    /// No entry has a lower sequence number than an entry before it.
    pub(crate) ascending: bool,
}

impl Default for EntryStats {
    fn default() -> Self {
        Self { len: 0, merges: 0, size: 0, lowest_sequence: u64::MAX, highest_sequence: 0, ascending: true }
    }
}

impl EntryStats {
    #[inline]
    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        self.len += 1;
        if entry.op == Op::Merge {
            self.merges += 1;
        } else {
            self.size += approximate_size(entry.key, entry.value);
        }
        self.ascending &= self.highest_sequence <= entry.sequence;
        self.lowest_sequence = self.lowest_sequence.min(entry.sequence);
        self.highest_sequence = self.highest_sequence.max(entry.sequence);
    }

    /// Adds the statistics of the entries that follow these.
    pub(crate) fn join(&mut self, next: &Self) {
        self.len += next.len;
        self.merges += next.merges;
        self.size += next.size;
        self.ascending &= next.ascending && self.highest_sequence <= next.lowest_sequence;
        self.lowest_sequence = self.lowest_sequence.min(next.lowest_sequence);
        self.highest_sequence = self.highest_sequence.max(next.highest_sequence);
    }
}

/// The approximate size of an entry in a memtable, in bytes, as Kevo counts it.
#[inline]
pub(crate) fn approximate_size(key: &[u8], value: &[u8]) -> u64 {
    key.len() as u64 + value.len() as u64 + ENTRY_OVERHEAD
}

#[cfg(test)]
mod tests;
