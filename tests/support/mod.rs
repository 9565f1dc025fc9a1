//! What the tests share: slow and plain models, writers of what this library and Kevo write, ways to damage it, a disk
//! that loses what was not synced, and programs in C.

// Each program of tests uses a part of this.
#![allow(dead_code)]

pub mod answers;
pub mod comparison;
pub mod compile;
pub mod cursor;
pub mod damage;
pub mod database;
pub mod database_case;
pub mod database_history;
pub mod database_model;
pub mod disk;
pub mod engine;
pub mod fixture;
pub mod hostile;
pub mod kevo_reader;
pub mod kevo_writer;
pub mod library;
pub mod list_append;
pub mod make;
pub mod model;
pub mod our_log;
pub mod plan;
pub mod records;
pub mod serializable;
pub mod system;
pub mod table_check;
pub mod table_file;
pub mod table_fixture;
pub mod table_model;
pub mod table_ours;
pub mod terminal;
pub mod versions_check;
pub mod versions_model;
pub mod wal_dir;
pub mod writer;
