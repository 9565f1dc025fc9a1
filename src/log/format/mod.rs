//! The format: what bytes stand for what in a log, for readers and writers alike.

pub(crate) mod batch;
pub(crate) mod entry;
pub(crate) mod little_endian;
pub(crate) mod payload;
pub(crate) mod record;
