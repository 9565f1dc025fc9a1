//! `pthread_cancel` and `pthread_exit` around calls of kevo.h: `tests/c/cancel.c`.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use libc::SIGABRT;
use tempfile::TempDir;

use crate::support::compile::{link_shared, program, run, text_of};
use crate::support::library::in_repository;

fn cancel(mode: &str) -> Output {
    let directory = TempDir::new().expect("a directory");
    let scratch = directory.path().join("scratch");
    fs::create_dir(&scratch).expect("a scratch directory");
    let program = program("tests/c/cancel.c", "-std=c11", directory.path(), &link_shared(directory.path()));
    run(Command::new(program).arg(mode).arg(in_repository("tests/fixtures/basic/wal")).arg(scratch))
}

fn assert_passes(mode: &str) {
    let output = cancel(mode);
    assert!(output.status.success(), "{}", text_of(&output));
}

#[test]
fn a_pending_cancel_waits_until_calls_have_returned() {
    assert_passes("pending");
}

#[test]
fn a_cancel_during_a_recovery_waits_until_it_has_returned() {
    assert_passes("during");
}

/// kevo.h says that it must not: the thread cannot be let go, since Rust's own runtime, which stands between, catches
/// panics and cannot catch this. What it does about it is to end the process, and that it must: to go on with half a
/// recovery would be worse.
#[test]
#[cfg(target_env = "gnu")]
fn a_thread_that_exits_in_a_callback_ends_the_process() {
    let output = cancel("exit");
    assert_eq!(output.status.signal(), Some(SIGABRT), "{}", text_of(&output));
}
