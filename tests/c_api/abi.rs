//! The ABI: what programs that are already built rely on. It is listed in `tests/abi`, where also the headers are that
//! were released, each with a program of its time.
#![cfg(target_os = "linux")]

use crate::support::library;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::compile::{WARNINGS, compiler, link_shared, program, succeed};
use crate::support::library::in_repository;
use declarations::Declarations;
use items::Items;
use list::{List, version};

mod declarations;
mod items;
mod list;

/// Set it, to anything, to renew the list.
const UPDATE: &str = "KEVO_UPDATE_ABI";
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn header() -> PathBuf {
    in_repository("include/kevo.h")
}

/// The versions whose headers are kept and which this library serves, by their directories in `tests/abi`.
fn released() -> Vec<PathBuf> {
    let entries = fs::read_dir(in_repository("tests/abi")).expect("tests/abi");
    let directories = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let served: Vec<PathBuf> = directories.filter(|path| version_of(path)[0] == version(VERSION)[0]).collect();
    assert!(!served.is_empty(), "tests/abi has no header of this major version");
    served
}

fn version_of(released: &Path) -> list::Version {
    version(released.file_name().and_then(|name| name.to_str()).expect("a version"))
}

fn difference(one: &Items, other: &Items) -> String {
    let lines: Vec<String> = one.difference(other).map(|item| format!("    {item}\n")).collect();
    lines.concat()
}

fn read_library(tool: &str, arguments: &[&str]) -> String {
    let output = succeed(Command::new(tool).args(arguments).arg(library::shared()));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_library_exports_the_functions_of_the_header_and_nothing_else() {
    let listing = read_library("nm", &["-D", "--defined-only"]);
    let symbols = listing.lines().filter_map(|line| line.split_whitespace().last());
    let mut exported: Vec<&str> = symbols.map(|symbol| symbol.split('@').next().unwrap_or(symbol)).collect();
    exported.sort_unstable();

    assert_eq!(exported, library::functions(&header()));
}

#[test]
fn the_soname_is_that_of_the_major_version() {
    let dynamic = read_library("readelf", &["-d"]);
    let soname = dynamic.lines().find(|line| line.contains("(SONAME)")).expect("a soname");
    assert!(soname.ends_with(concat!("[libkevo.so.", env!("CARGO_PKG_VERSION_MAJOR"), "]")), "{soname}");
}

#[test]
fn the_abi_is_as_listed() {
    let (list, items) = (List::read(), items::of_header(&header()));
    if std::env::var_os(UPDATE).is_some() {
        list.renew(&items);
        return;
    }
    let (gone, new) = (difference(&list.items(), &items), difference(&items, &list.items()));
    assert!(
        gone.is_empty(),
        "Programs may rely on what is no longer so:\n{gone}{}",
        "Bring it back. Where that cannot be, the major version has to be the next, and with it the soname."
    );
    assert!(new.is_empty(), "Not listed yet:\n{new}List it by {UPDATE}=1 cargo test --test c_api abi::");
    assert_eq!(list.items(), list.up_to(version(VERSION)), "what is listed for a version to come");
}

#[test]
fn what_was_released_is_listed_for_its_version() {
    for released in released() {
        let (declared, listed) =
            (items::of_header(&released.join("kevo.h")), List::read().up_to(version_of(&released)));
        let name = released.display();
        let gone = difference(&declared, &listed);
        assert!(gone.is_empty(), "{name} has, and {} has not:\n{gone}", list::path().display());
        let new = difference(&listed, &declared);
        assert!(new.is_empty(), "{name} has not:\n{new}Raise the version in Cargo.toml, and list it for that one.");
    }
}

#[test]
fn the_functions_take_and_give_what_they_took_and_gave() {
    for released in released() {
        let directory = TempDir::new().expect("a directory");
        let source = directory.path().join("declared-twice.c");
        // Declared again as another type is an error.
        let again = Declarations::of(&released.join("kevo.h")).others.join(";\n");
        fs::write(&source, format!("#include \"{}\"\n{again};\n", header().display())).expect("a file");
        succeed(compiler("CC", "cc").args(["-std=c11", "-fsyntax-only"]).args(WARNINGS).arg(&source));
    }
}

#[test]
fn a_program_compiled_with_a_released_header_works() {
    let mut tried = 0;
    for released in released() {
        let source = released.join("program.c");
        if source.exists() {
            let directory = TempDir::new().expect("a directory");
            let link = link_shared(directory.path());
            // It takes the header beside it.
            let program = program(source.to_str().expect("a path in UTF-8"), "-std=c99", directory.path(), &link);
            succeed(Command::new(program).arg(in_repository("tests/fixtures/basic/wal")));
            tried += 1;
        }
    }
    assert!(tried > 0, "the first release has a program");
}
