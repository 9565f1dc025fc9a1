//! The entries of a file, taken one by one, or a block at a time where nothing needs to know them singly.

use crate::memtable::block::{Block, Ref, Summary};
use std::vec::IntoIter;

#[derive(Debug)]
pub(crate) struct Entries {
    block: Block,
    /// How many of the block's entries have been taken.
    next: usize,
    rest: IntoIter<Block>,
    /// How many entries have been taken in all.
    taken: u64,
}

impl Entries {
    pub(crate) fn new(blocks: Vec<Block>) -> Self {
        let mut rest = blocks.into_iter();
        Self { block: rest.next().unwrap_or_default(), next: 0, rest, taken: 0 }
    }

    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    pub(crate) fn peek(&mut self) -> Option<Ref> {
        while self.next == self.block.refs.len() {
            self.block = self.rest.next()?;
            self.next = 0;
        }
        Some(self.block.refs[self.next])
    }

    /// Takes the next entry: the block that it is in, and which of its entries it is.
    pub(crate) fn next(&mut self) -> Option<(&Block, usize)> {
        self.peek()?;
        self.next += 1;
        self.taken += 1;
        Some((&self.block, self.next - 1))
    }

    /// Takes a whole block, if one begins here, ends within the next `most` entries, and suits.
    pub(crate) fn next_block(&mut self, most: u64, suits: impl Fn(&Summary) -> bool) -> Option<Block> {
        self.peek()?;
        let len = self.block.refs.len() as u64;
        if self.next > 0 || len > most || !suits(&self.block.summary) {
            return None;
        }
        self.taken += len;
        Some(std::mem::take(&mut self.block))
    }
}
