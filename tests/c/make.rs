//! Runs make.

use std::process::{Command, Output};

use super::library::in_repository;

/// Runs make in a directory of the repository.
pub fn make(directory: &str, arguments: &[&str]) -> Output {
    Command::new("make")
        .arg("-C")
        .arg(in_repository(directory))
        .args(arguments)
        // Not to be taken for a part of a make that may have started this test.
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        // Cargo's path for libraries would win over the one in a program.
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .expect("make runs")
}
