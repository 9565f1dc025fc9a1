//! Writing a log: entries as records, records into files, and how files are named.

pub(crate) mod name;
pub(crate) mod record;
pub(crate) mod writer;
