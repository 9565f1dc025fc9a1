//! Compiles and runs programs in C: the harness, with the shared and the static library; a program of many threads; and
//! the header, under every standard of C and C++ that the compilers know.
#![cfg(target_os = "linux")]

use crate::support::library;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::compile::{WARNINGS, compiler, link_shared, program, run, succeed, system_libraries};

/// Compiles and runs a program, given as a file or directory of the repository.
fn compile_and_run(source: &str, standard: &str, directory: &TempDir, link: &[OsString]) {
    let scratch = directory.path().join("scratch");
    fs::create_dir(&scratch).expect("a scratch directory");
    let program = program(source, standard, directory.path(), link);
    succeed(Command::new(program).arg(library::in_repository("tests/fixtures")).arg(&scratch));
}

#[test]
fn the_harness_passes_with_the_shared_library() {
    let directory = TempDir::new().expect("a directory");
    let link = link_shared(directory.path());
    compile_and_run("tests/c/harness", "-std=c99", &directory, &link);
}

#[test]
fn the_harness_passes_with_the_static_library() {
    let Some(library) = library::find("libkevo.a") else {
        println!("there is no static library here");
        return;
    };
    let directory = TempDir::new().expect("a directory");
    let mut link = vec![library.into_os_string()];
    link.extend(system_libraries());
    compile_and_run("tests/c/harness", "-std=c99", &directory, &link);
}

#[test]
fn handles_may_cross_threads() {
    let directory = TempDir::new().expect("a directory");
    let link = link_shared(directory.path());
    compile_and_run("tests/c/threads.c", "-std=c11", &directory, &link);
}

#[test]
fn databases_may_be_shared_by_threads_and_are_kept_apart_by_processes() {
    let directory = TempDir::new().expect("a directory");
    let link = link_shared(directory.path());
    compile_and_run("tests/c/databases.c", "-std=c11", &directory, &link);
}

#[test]
fn the_harness_calls_every_function_of_the_header() {
    assert_calls_every_function("tests/c/harness");
}

#[test]
fn every_function_of_the_header_is_called_while_memory_is_refused() {
    assert_calls_every_function("tests/c/no-memory");
}

#[test]
fn the_fuzzer_calls_every_function_of_the_header() {
    assert_calls_every_function("fuzz/src/c_api/calls.rs");
}

#[test]
fn kevo_hpp_calls_every_function_of_the_header() {
    assert_calls_every_function("include/kevo.hpp");
}

fn assert_calls_every_function(source: &str) {
    let declared = library::functions(&library::in_repository("include/kevo.h"));
    let called = library::functions(&library::in_repository(source));
    assert!(!declared.is_empty());
    let missing: Vec<&String> = declared.iter().filter(|name| !called.contains(name)).collect();
    assert!(missing.is_empty(), "{source} does not call {missing:?}");
}

/// Compiles and runs tests/c/header.c under each of `standards` that the compiler knows. Returns how many it knows.
fn try_standards(variable: &str, usual: &str, language: &str, standards: &[&str]) -> usize {
    let directory = TempDir::new().expect("a directory");
    let link = link_shared(directory.path());
    let empty: PathBuf = directory.path().join("empty.c");
    let program = directory.path().join("header");
    fs::write(&empty, "int main(void) { return 0; }\n").expect("an empty program");

    let mut tried = 0;
    for standard in standards {
        let compile = |source: &Path| {
            let mut command = compiler(variable, usual);
            command.arg(format!("-std={standard}")).args(["-x", language]).arg(source).args(["-x", "none"]);
            command.arg("-o").arg(&program);
            command
        };
        if !run(&mut compile(&empty)).status.success() {
            println!("the compiler does not know {standard}");
            continue;
        }
        let source = library::in_repository("tests/c/header.c");
        succeed(compile(&source).args(WARNINGS).arg("-I").arg(library::in_repository("include")).args(&link));
        succeed(&mut Command::new(&program));
        tried += 1;
    }
    tried
}

#[test]
fn the_header_is_c_from_c89_on() {
    assert!(try_standards("CC", "cc", "c", &["c89", "c99", "c11", "c17"]) > 0);
}

#[test]
fn the_header_is_cpp_from_cpp11_on() {
    if compiler("CXX", "c++").arg("--version").output().is_err() {
        println!("there is no C++ compiler here");
        return;
    }
    assert!(try_standards("CXX", "c++", "c++", &["c++11", "c++14", "c++17", "c++20"]) > 0);
}
