//! Compiles C, links it to this library, and runs it.
#![allow(dead_code)] // Not every test uses all of it.

use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::library;

pub const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic-errors"];

/// The compiler that a variable of the environment names, with the arguments that it may have there, or the usual one.
pub fn compiler(variable: &str, usual: &str) -> Command {
    let words = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    let mut words = words.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(usual));
    command.args(words);
    command
}

pub fn text_of(output: &Output) -> String {
    format!("{}\n{}{}", output.status, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub fn run(command: &mut Command) -> Output {
    // The path for libraries that cargo sets would win over the one that is linked into the program.
    command.env_remove("LD_LIBRARY_PATH");
    let output = command.output();
    output.unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()))
}

pub fn succeed(command: &mut Command) -> Output {
    let output = run(command);
    assert!(output.status.success(), "{command:?}\n{}", text_of(&output));
    output
}

/// Arguments that link a program to the shared library.
///
/// The linker looks for `libkevo.so`, and the program for the soname. Cargo makes no file of that name, so both are
/// made here, as links in `directory`, which belongs to the caller and is new.
pub fn link_shared(directory: &Path) -> Vec<OsString> {
    let library = library::shared();
    for name in ["libkevo.so", library::SONAME] {
        symlink(&library, directory.join(name)).expect("a link to the library");
    }
    let mut rpath = OsString::from("-Wl,-rpath,");
    rpath.push(directory);
    vec!["-L".into(), directory.into(), "-lkevo".into(), rpath]
}

/// What the static library needs from the system.
pub fn system_libraries() -> Vec<OsString> {
    let pc = include_str!("../../packaging/kevo.pc.in");
    let (_, private) = pc.split_once("Libs.private: ").expect("libraries");
    private.split_whitespace().map(OsString::from).collect()
}

/// Compiles `source`, a file of the repository or a directory of such files with the directory `common` beside it, if
/// there is one, under a standard of C, and links it as `link` says. Returns the path of the program, which is in
/// `directory`.
pub fn program(source: &str, standard: &str, directory: &Path, link: &[OsString]) -> PathBuf {
    let source = library::in_repository(source);
    let program = directory.join(source.file_stem().expect("a name"));
    let mut sources = library::sources(&source);
    let common = source.with_file_name("common");
    if source.is_dir() && common.is_dir() {
        sources.extend(library::sources(&common));
    }
    succeed(
        compiler("CC", "cc")
            .args([standard, "-g", "-O1", "-Wconversion", "-Wshadow", "-pthread"])
            .args(WARNINGS)
            .arg("-I")
            .arg(library::in_repository("include"))
            .arg("-o")
            .arg(&program)
            .args(sources)
            .args(link),
    );
    program
}

/// Compiles `source`, a file of the repository, to a shared object that can be preloaded into a program. Returns the
/// path of the object, which is in `directory`.
pub fn preloaded(source: &str, directory: &Path) -> PathBuf {
    let source = library::in_repository(source);
    let object = directory.join(source.file_stem().expect("a name")).with_extension("so");
    succeed(
        compiler("CC", "cc")
            .args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
            .arg(&object)
            .arg(source)
            .args(["-ldl", "-lpthread"]),
    );
    object
}
