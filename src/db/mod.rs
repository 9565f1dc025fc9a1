//! The database: a directory that is open.
//!
//! ```text
//! database    what all threads share          open       from a directory to a database
//! write, log  the write queue, the log        close      and back
//! read        lookups, snapshots, iterators   maintain   flush, status, sizes
//! version     what readers read               resume     after a failure
//! stat        numbers                         events     what the logger is told
//! destroy     no database any more
//! flush       memtables into tables           background the threads
//! compaction  tables into fewer tables        install    edits, on disk and in memory
//! transaction reads and writes at one moment  checkpoint a second database
//! kept        logs for readers of the feed
//! verify      whether all that is on disk is sound
//! salvage     a sound database out of what is left of one, beside it   new_directory for both
//! ```
#![forbid(unsafe_code)]

mod background;
mod batch;
mod checkpoint;
mod close;
mod compaction;
mod database;
mod delete_range;
mod destroy;
mod directory;
mod events;
mod flush;
mod handle;
mod install;
mod kept;
mod log;
mod maintain;
mod new_directory;
mod open;
pub(crate) mod options;
mod pacing;
mod poison;
mod read;
mod resume;
mod salvage;
mod sealed;
mod set_writer;
mod stat;
mod tables;
mod transaction;
mod verify;
mod version;
mod write;

pub use batch::Batch;
pub use database::Database;
pub(crate) use destroy::destroy;
pub use options::{CompactionStyle, DbOptions, LogLevel, Logger, SyncMode};
pub(crate) use read::Got;
pub use read::Snapshot;
pub(crate) use stat::{Description, Stat};
pub use transaction::{Transaction, TransactionOptions};
pub use write::WriteOptions;
