//! What keeps blocks in memory, so that they need not be read again.

use std::sync::Arc;

use super::block::Block;

/// A cache that any number of tables and threads share. A block is known by the table, of which each that is opened has
/// its own number in this process, and by where it starts in the file.
pub trait BlockCache: Send + Sync {
    /// The block, if it is there.
    fn get(&self, table: u64, offset: u64) -> Option<Arc<Block>>;

    /// Takes in a block, which has [`Block::weight`], or leaves it.
    fn insert(&self, table: u64, offset: u64, block: &Arc<Block>);
}
