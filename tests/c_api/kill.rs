//! Compiles and runs tests/c/kill: processes that write to a database are killed, again and again, and each time all
//! that was acknowledged must be there.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::compile::{link_shared, program, succeed};

/// A disk in memory, where a sync takes no time, and one that is none.
fn places() -> [PathBuf; 2] {
    let memory = Path::new("/dev/shm");
    let disk = std::env::temp_dir();
    [if memory.is_dir() { memory.to_owned() } else { disk.clone() }, disk]
}

/// Returns what the program says. Where it fails, it says where it has left the database.
fn kill_for(seconds: [u64; 2], seed: u64) -> String {
    let directory = TempDir::new().expect("a directory");
    let link = link_shared(directory.path());
    let program = program("tests/c/kill", "-std=c11", directory.path(), &link);
    let run = |(place, seconds): (PathBuf, u64)| {
        let output = succeed(Command::new(&program).arg(&place).args([seconds.to_string(), seed.to_string()]));
        format!("{}: {}", place.display(), String::from_utf8_lossy(&output.stdout))
    };
    places().into_iter().zip(seconds).map(run).collect()
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    println!("{}", kill_for([4, 2], 1));
}

/// `KEVO_SECONDS`, a fifth of them on a disk, with the seed `KEVO_SEED`.
#[test]
#[ignore = "for .ci/engine"]
fn kills_for_any_time() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |value| value.parse().expect(name));
    let seconds = number("KEVO_SECONDS", 60);
    println!("{}", kill_for([seconds - seconds / 5, (seconds / 5).max(2)], number("KEVO_SEED", 1_000_000)));
}
