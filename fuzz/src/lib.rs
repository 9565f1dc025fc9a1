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
#[path = "../../tests/support/database.rs"]
#[allow(clippy::should_implement_trait)] // As the tests have it: it is never asked whether there is a next number.
pub mod database;
#[path = "../../tests/support/database_history.rs"]
pub mod database_history;
#[path = "../../tests/support/disk.rs"]
pub mod disk;
#[path = "../../tests/support/engine.rs"]
pub mod engine;
#[path = "../../tests/support/model/mod.rs"]
pub mod model;
#[path = "../../tests/support/our_log.rs"]
#[allow(clippy::len_without_is_empty)] // It is never empty.
pub mod our_log;
#[path = "../../tests/support/records.rs"]
pub mod records;
#[path = "../../tests/support/table_check.rs"]
pub mod table_check;
#[path = "../../tests/support/table_file.rs"]
pub mod table_file;
#[path = "../../tests/support/table_model.rs"]
pub mod table_model;
#[path = "../../tests/support/versions_check.rs"]
pub mod versions_check;
#[path = "../../tests/support/versions_model.rs"]
pub mod versions_model;
#[path = "../../tests/support/wal_dir.rs"]
#[allow(clippy::new_without_default)]
pub mod wal_dir;
#[path = "../../tests/support/writer.rs"]
pub mod writer;

pub mod c_api;
pub mod database_input;
pub mod database_mutator;
pub mod directory;
pub mod log_mutator;
pub mod marks_mutator;
pub mod mutator;
pub mod payload_mutator;
pub mod table;
pub mod versions_mutator;
