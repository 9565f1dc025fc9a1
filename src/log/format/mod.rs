//! The format of a log: how bytes encode records, entries and batches. Readers and writers use it.

pub(crate) mod batch;
pub(crate) mod entry;
pub(crate) mod mark;
pub(crate) mod payload;
pub(crate) mod record;
