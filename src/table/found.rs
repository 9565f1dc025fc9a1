//! Entries that were found, kept alive.

use super::block::{Block, EntryRef};

/// An entry that was found. It keeps the block alive that it is in.
#[derive(Clone, Debug)]
pub struct Found {
    block: Block,
    at: usize,
}

impl Found {
    pub(crate) fn new(block: Block, at: usize) -> Self {
        Self { block, at }
    }

    /// The block that it is in.
    #[inline]
    pub(crate) fn block(&self) -> &Block {
        &self.block
    }

    /// Its number in the block.
    #[inline]
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(super) fn is_at(&self, block: &Block, at: usize) -> bool {
        self.at == at && self.block.is_same(block)
    }

    /// Becomes another entry of its block.
    #[inline]
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Its key.
    #[inline]
    pub fn key(&self) -> &[u8] {
        self.block.key(self.at)
    }

    /// Its key, sequence number and value.
    pub fn entry(&self) -> EntryRef<'_> {
        self.block.entry(self.at)
    }
}
