//! The entries of the whole log, in its order: those that have been kept, and behind them those yet to be looked at.

use crate::memtable::filter::KeyHash;
use crate::memtable::gather::{Block, Gathered, Ref};
use std::collections::{TryReserveError, VecDeque};

/// All references in one array. What is kept moves forward over what is not, so nothing is there twice.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    refs: Vec<Ref>,
    hashes: Vec<KeyHash>,
    kept: usize,
    /// The first that has not been taken.
    next: usize,
    block: Block,
    /// How many of the block have been taken.
    taken_of_block: usize,
    blocks: VecDeque<Block>,
}

impl Entries {
    /// With room for so many. It is asked for at once: what grows is moved, and is there twice while it is.
    pub(crate) fn with_capacity(len: usize) -> Result<Self, TryReserveError> {
        let mut entries = Self::default();
        entries.refs.try_reserve_exact(len)?;
        entries.hashes.try_reserve_exact(len)?;
        Ok(entries)
    }

    /// Adds the entries of the next file; nothing more is taken of those before.
    pub(crate) fn append(&mut self, file: Vec<Gathered>) -> Result<(), TryReserveError> {
        self.refs.truncate(self.kept);
        self.hashes.truncate(self.kept);
        self.blocks.clear();
        for mut part in file {
            self.blocks.try_reserve(part.blocks.len())?;
            self.blocks.extend(part.blocks);
            self.refs.try_reserve(part.refs.len())?;
            self.refs.append(&mut part.refs);
            self.hashes.try_reserve(part.hashes.len())?;
            self.hashes.append(&mut part.hashes);
        }
        self.next = self.kept;
        self.block = Block::default();
        self.taken_of_block = 0;
        Ok(())
    }

    /// All that were kept, once the last file has been gone through.
    pub(crate) fn into_kept(mut self) -> (Vec<Ref>, Vec<KeyHash>) {
        self.refs.truncate(self.kept);
        self.hashes.truncate(self.kept);
        (self.refs, self.hashes)
    }

    /// The next entry, and the block that it is in.
    pub(crate) fn peek(&mut self) -> Option<(Ref, &Block)> {
        while self.taken_of_block == self.block.len {
            self.block = self.blocks.pop_front()?;
            self.taken_of_block = 0;
        }
        Some((self.refs[self.next], &self.block))
    }

    /// The next block, if none of it has been taken and all of it stands in front of `end` in the log.
    pub(crate) fn peek_block(&mut self, end: usize) -> Option<&Block> {
        self.peek()?;
        let last = self.refs[self.next + self.block.len - self.taken_of_block - 1];
        (self.taken_of_block == 0 && last.place.offset() < end).then_some(&self.block)
    }

    /// Keeps the next `count` entries of the block.
    pub(crate) fn keep(&mut self, count: usize) {
        if self.kept < self.next {
            self.refs.copy_within(self.next..self.next + count, self.kept);
            self.hashes.copy_within(self.next..self.next + count, self.kept);
        }
        self.kept += count;
        self.pass(count);
    }

    /// Does not keep the next `count` entries of the block.
    pub(crate) fn pass(&mut self, count: usize) {
        self.next += count;
        self.taken_of_block += count;
    }
}
