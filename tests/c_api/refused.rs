//! What the C layer itself allocates, refused: `tests/c/refused.c`. (`tests/c_api/faults.rs` refuses the engine's
//! memory.)
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::process::Command;

use tempfile::TempDir;

use crate::support::compile::{link_shared, program, succeed};
use crate::support::library::in_repository;

#[test]
fn handles_copies_and_messages_may_be_refused() {
    let directory = TempDir::new().expect("a directory");
    let program = program("tests/c/refused.c", "-std=gnu11", directory.path(), &link_shared(directory.path()));
    succeed(Command::new(program).arg(in_repository("tests/fixtures/basic/wal")));
}
