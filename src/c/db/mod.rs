//! The database.
//!
//! ```text
//! options     what opening is asked to do      batch       what is written together
//! handle      kevo_db, and calls on it         write       puts, deletes, batches, sync
//! open        open, close, destroy             read        gets
//! snapshot    snapshots                        iterate     iterators
//! transaction transactions
//! maintain    flush, compact, pause, status    stat        numbers
//! tables      which tables there are
//! salvage     a database out of what is left of one
//! of_process  what a forked child leaves alone
//! ```

pub mod handle;
pub(super) mod of_process;

// The blank lines keep these in the order that a reader of kevo.h wants.
pub mod options;

pub mod open;

pub mod batch;

pub mod write;

pub mod snapshot;

pub mod read;

pub mod iterate;

pub mod transaction;

pub mod maintain;

pub mod salvage;

pub mod stat;

pub mod tables;
