//! Runs make in `examples-c`.

use std::process::{Command, Output};

use super::library::in_repository;

pub fn make(arguments: &[&str]) -> Output {
    Command::new("make")
        .arg("-C")
        .arg(in_repository("examples-c"))
        .args(arguments)
        // If make has started this test, this one must not take itself for a part of it.
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        // The path for libraries that cargo sets would win over the one in a program.
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .expect("make runs")
}
