//! The program in the README works.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use tempfile::TempDir;

#[path = "c/library.rs"]
mod library;

#[test]
fn the_program_in_the_readme_shows_what_is_in_a_log() {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("```c\n").expect("a program in C");
    let (program, _) = rest.split_once("```\n").expect("its end");
    let directory = TempDir::new().expect("a directory");
    fs::write(directory.path().join("show.c"), program).expect("the program can be written");
    for name in ["libkevo.so", "libkevo.so.0"] {
        symlink(library::shared(), directory.path().join(name)).expect("a link to the library");
    }
    let compiled = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic-errors", "show.c", "-o", "show"])
        .args(["-L.", "-lkevo", "-Wl,-rpath,$ORIGIN", "-I"])
        .arg(library::in_repository("include"))
        .current_dir(&directory)
        .status();
    assert!(compiled.is_ok_and(|status| status.success()));
    let shown = Command::new(directory.path().join("show"))
        .arg(library::in_repository("tests/fixtures/basic/wal"))
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .expect("the program runs");
    assert!(shown.status.success());
    assert_eq!(String::from_utf8_lossy(&shown.stdout), "key2 = value2\nkey3 = value3\n");
}
