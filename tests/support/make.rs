//! Runs make.

use std::process::{Command, Output};

use super::library::in_repository;

/// Runs make in a directory of the repository.
pub fn make(directory: &str, arguments: &[&str]) -> Output {
    Command::new("make")
        .arg("-C")
        .arg(in_repository(directory))
        .args(arguments)
        // If make has started this test, this one must not take itself for a part of it.
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        // The path for libraries that cargo sets would win over the one in a program.
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .expect("make runs")
}
