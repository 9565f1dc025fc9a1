//! Makes each call of kevo.h while memory is refused: tests/c/no-memory, with tests/c/faults.c preloaded.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::support::library;
use std::fs;
use std::process::Command;

use rustix::io::Errno;
use tempfile::TempDir;

use crate::support::compile::{link_shared, preloaded, program, succeed};

/// What grows with a log or an argument gets as large as this soon. What packages and the system ask for stays below:
/// the largest is 2304 bytes, for a thread that uses a skip list for the first time.
const LARGE: usize = 4096;

#[test]
fn no_call_ends_the_process_keeps_memory_or_leaves_files() {
    refuse_requests_of_at_least(LARGE);
}

#[test]
#[ignore = "ends the process at a few small requests, which docs/testing.md names"]
fn nor_if_a_small_request_is_refused() {
    refuse_requests_of_at_least(1);
}

fn refuse_requests_of_at_least(size: usize) {
    let directory = TempDir::new().unwrap();
    let mut link = link_shared(directory.path());
    link.push("-ldl".into());
    let no_memory = program("tests/c/no-memory", "-std=c99", directory.path(), &link);
    let faults = preloaded("tests/c/faults.c", directory.path());
    let scratch = directory.path().join("scratch");
    fs::create_dir(&scratch).unwrap();
    succeed(
        Command::new(no_memory)
            .arg(library::in_repository("tests/fixtures"))
            .arg(&scratch)
            .env("LD_PRELOAD", faults)
            .env("FAULT_CALL", "memory")
            .env("FAULT_SIZE", size.to_string())
            .env("FAULT_ERRNO", Errno::NOMEM.raw_os_error().to_string())
            // With 1, each process that ends would first read all debugging information.
            .env("RUST_BACKTRACE", "0"),
    );
}
