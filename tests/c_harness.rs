//! Compiles and runs the C harness against this library, shared and static, a program of many threads, and the header
//! under every standard of C and C++ that there is a compiler for.
#![cfg(target_os = "linux")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

#[path = "c/library.rs"]
mod library;

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic-errors"];

/// What the static library needs from the system; the linker drops what it does not.
const SYSTEM_LIBRARIES: [&str; 5] = ["-lgcc_s", "-lpthread", "-ldl", "-lm", "-lc"];

/// A compiler from the environment, where it may have arguments, or the usual one.
fn compiler(variable: &str, usual: &str) -> Command {
    let words = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    let mut words = words.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(usual));
    command.args(words);
    command
}

fn text_of(output: &Output) -> String {
    format!("{}\n{}{}", output.status, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn run(command: &mut Command) -> Output {
    // Cargo's path for libraries would win over the one that is linked into the program.
    command.env_remove("LD_LIBRARY_PATH");
    let output = command.output();
    output.unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()))
}

fn succeed(command: &mut Command) {
    let output = run(command);
    assert!(output.status.success(), "{command:?}\n{}", text_of(&output));
}

/// Arguments that link a program to the shared library, by way of `directory`.
fn link_shared(directory: &Path) -> Vec<OsString> {
    let library = library::shared();
    for name in ["libkevo.so", "libkevo.so.0"] {
        symlink(&library, directory.join(name)).expect("a link to the library");
    }
    let mut rpath = OsString::from("-Wl,-rpath,");
    rpath.push(directory);
    vec!["-L".into(), directory.into(), "-lkevo".into(), rpath]
}

/// Compiles and runs `tests/c/NAME.c`.
fn compile_and_run(name: &str, standard: &str, directory: &TempDir, link: &[OsString]) {
    let program = directory.path().join(name);
    let scratch = directory.path().join("scratch");
    fs::create_dir(&scratch).expect("a scratch directory");
    succeed(
        compiler("CC", "cc")
            .args([standard, "-g", "-O1", "-Wconversion", "-Wshadow", "-pthread"])
            .args(WARNINGS)
            .arg("-I")
            .arg(library::in_repository("include"))
            .arg("-o")
            .arg(&program)
            .arg(library::in_repository("tests/c").join(name).with_extension("c"))
            .args(link),
    );
    succeed(Command::new(&program).arg(library::in_repository("tests/fixtures")).arg(&scratch));
}

#[test]
fn the_harness_passes_with_the_shared_library() {
    let directory = TempDir::new().expect("a directory");
    let link = link_shared(directory.path());
    compile_and_run("harness", "-std=c99", &directory, &link);
}

#[test]
fn the_harness_passes_with_the_static_library() {
    let Some(library) = library::find("libkevo.a") else {
        println!("there is no static library here");
        return;
    };
    let directory = TempDir::new().expect("a directory");
    let mut link = vec![library.into_os_string()];
    link.extend(SYSTEM_LIBRARIES.map(OsString::from));
    compile_and_run("harness", "-std=c99", &directory, &link);
}

#[test]
fn handles_may_cross_threads() {
    let directory = TempDir::new().expect("a directory");
    let link = link_shared(directory.path());
    compile_and_run("threads", "-std=c11", &directory, &link);
}

#[test]
fn the_harness_calls_every_function_of_the_header() {
    let declared = library::functions(&library::in_repository("include/kevo.h"));
    let called = library::functions(&library::in_repository("tests/c/harness.c"));
    assert!(!declared.is_empty());
    let missing: Vec<&String> = declared.iter().filter(|name| !called.contains(name)).collect();
    assert!(missing.is_empty(), "the harness does not call {missing:?}");
}

/// Compiles and runs tests/c/header.c under each standard that the compiler knows. Gives how many those are.
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
