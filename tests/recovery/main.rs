//! Recovery and export of logs, held against a model.

mod disk;
mod edges;
mod exhaustive;
mod export;
mod fixtures;
mod log_marks;
mod model_fixtures;
mod properties;
#[path = "../support/mod.rs"]
mod support;
mod while_written;
