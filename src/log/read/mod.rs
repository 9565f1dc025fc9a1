//! Reads a file: from its bytes to entries, batches and damage.

mod checksum;
mod history;
pub(crate) mod input;
mod marked_batch;
mod open_batch;
pub(crate) mod reader;
mod resync;
pub(crate) mod span;
