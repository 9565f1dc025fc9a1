//! What the tests share: a slow and plain model of recovery, a writer of logs, ways to damage them, and the logs that
//! Kevo itself wrote.

// Every test file is a crate of its own and uses a part of this.
#![allow(dead_code)]

pub mod answers;
pub mod comparison;
pub mod cursor;
pub mod damage;
pub mod engine;
pub mod fixture;
pub mod hostile;
pub mod model;
pub mod our_log;
pub mod plan;
pub mod records;
pub mod wal_dir;
pub mod writer;
