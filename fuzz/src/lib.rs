//! What the fuzz targets share. The model of recovery that they compare the library with, the writer of logs and the
//! comparisons are those of the library's own tests.
#![allow(missing_docs)]

#[path = "../../tests/support/answers.rs"]
#[allow(dead_code)]
pub mod answers;
#[path = "../../tests/support/comparison.rs"]
pub mod comparison;
#[path = "../../tests/support/cursor.rs"]
pub mod cursor;
#[path = "../../tests/support/engine.rs"]
pub mod engine;
#[path = "../../tests/support/model/mod.rs"]
pub mod model;
#[path = "../../tests/support/records.rs"]
pub mod records;
#[path = "../../tests/support/wal_dir.rs"]
#[allow(clippy::new_without_default)]
pub mod wal_dir;
#[path = "../../tests/support/writer.rs"]
pub mod writer;

pub mod c_api;
pub mod directory;
pub mod log_mutator;
pub mod mutator;
pub mod payload_mutator;
