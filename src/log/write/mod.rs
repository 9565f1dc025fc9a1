//! Writing: entries as records, and records in files.

pub(crate) mod files;
mod record;
