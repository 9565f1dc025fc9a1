//! Reading: from the bytes of a file to entries, batches and damage.

mod checksum;
pub(crate) mod input;
mod open_batch;
pub(crate) mod reader;
pub(crate) mod resync;
pub(crate) mod span;
