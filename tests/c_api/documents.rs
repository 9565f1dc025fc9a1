//! The programs in the README and in the guide work.
#![cfg(target_os = "linux")]

use crate::support::{compile, library};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

const README: &str = include_str!("../../README.md");
const GUIDE: &str = include_str!("../../docs/guide.md");

/// The output of the program that begins with `title`, for a fixture and further arguments.
fn shown(document: &str, title: &str, fixture: &str, arguments: &[&str]) -> String {
    let wal_dir = library::in_repository("tests/fixtures").join(fixture).join("wal");
    let directory = TempDir::new().expect("a directory");
    run(Command::new(built(document, title, &directory)).arg(wal_dir).args(arguments))
}

fn run(program: &mut Command) -> String {
    String::from_utf8(compile::succeed(program).stdout).expect("UTF-8")
}

fn built(document: &str, title: &str, directory: &TempDir) -> PathBuf {
    let program = programs(document).find(|program| program.starts_with(title)).expect("a program of that title");
    let (source, executable) = (directory.path().join("program.c"), directory.path().join("program"));
    fs::write(&source, program).expect("the program can be written");
    compile::succeed(
        compile::compiler("CC", "cc")
            .arg("-std=c99")
            .args(compile::WARNINGS)
            .arg("-I")
            .arg(library::in_repository("include"))
            .arg("-o")
            .args([&executable, &source])
            .args(compile::link_shared(directory.path())),
    );
    executable
}

fn programs(document: &str) -> impl Iterator<Item = &str> {
    document.split("```c\n").skip(1).map(|rest| rest.split_once("```\n").expect("its end").0)
}

#[test]
fn the_program_in_the_readme_keeps_what_it_wrote() {
    let directory = TempDir::new().expect("a directory");
    let (fruit, db) = (built(README, "#include <kevo.h>", &directory), directory.path().join("my.db"));
    assert_eq!(run(Command::new(&fruit).arg(&db)), "apples are new\n");
    assert_eq!(run(Command::new(&fruit).arg(&db)), "apples: 3\n");
}

#[test]
fn the_store_in_the_guide_starts_from_a_log_and_continues() {
    let flushed = shown(GUIDE, "/* A store", "dmg-torn-first-of-two", &["key", "value"]);
    let lines: Vec<&str> = flushed.lines().collect();
    assert!(lines[0].starts_with("lost: 32 bytes at 315 of /"), "{}", lines[0]);
    assert!(lines[0].ends_with("0001.wal: the last write was interrupted: the record is cut short"), "{}", lines[0]);
    assert_eq!(lines[1..3], ["lost: files after it: 1", "f0-0 = value-0"]);
    assert_eq!(*lines.last().expect("a line"), "key = value");
    assert_eq!(lines.len(), 12);
    assert_eq!(shown(GUIDE, "/* A store", "basic", &["key2", "new"]), "key1 is deleted\nkey2 = new\nkey3 = value3\n");
}

#[test]
fn the_reader_in_the_guide_says_what_a_key_is_now() {
    assert_eq!(shown(GUIDE, "/* What a key is now", "basic", &["key2"]), "value2\n");
    assert_eq!(shown(GUIDE, "/* What a key is now", "basic", &["key1"]), "deleted\n");
    assert_eq!(shown(GUIDE, "/* What a key is now", "basic", &["key4"]), "not in the log\n");
}
