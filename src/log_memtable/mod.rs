//! A memtable whose storage is the bytes of the log.
//!
//! An entry is written once, as the record that goes into the log's file, and is found there. One thread writes at a
//! time, through the [`Writer`]; readers never wait for it.
//!
//! ```text
//! writer     operations in; batches             memtable        what readers ask
//! appender   records into chunks                cursor          a walk through a run
//! unwritten  records out, for the file          sorted_entries  the newest of each key, for a flush
//! chunks     all chunks                         runs, run       order, made when somebody asks for it
//! arena      one chunk: the unsafe code         index           a hash table, for lookups
//! segmented, zeroed
//! ```
//!
//! Each operation has a *row* of 16 bytes, which leads to its entry. Numbers of rows rise with sequence numbers, so
//! these need not be stored, and a reader that sees what is below a sequence number sees the first rows, so many.

mod appender;
mod arena;
mod chunks;
pub(crate) mod cursor;
mod index;
mod memtable;
mod run;
mod runs;
mod segmented;
mod sorted_entries;
mod unwritten;
mod writer;
mod zeroed;

pub use memtable::LogMemtable;
pub use run::SortedRun;
pub use sorted_entries::NewestEntries;
pub use unwritten::Unwritten;
pub use writer::{BatchSummary, Operation, Writer};

#[cfg(test)]
mod tests;
