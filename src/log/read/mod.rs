//! Reads a file: from its bytes to entries, batches and damage.

mod checksum;
pub(crate) mod input;
mod open_batch;
pub(crate) mod reader;
pub(crate) mod resync;
pub(crate) mod span;
