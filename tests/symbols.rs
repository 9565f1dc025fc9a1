//! What the shared library shows to the linker: the functions of `kevo.h`, and nothing else.
#![cfg(target_os = "linux")]

use std::process::Command;

#[path = "c/library.rs"]
mod library;

fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .arg(library::shared())
        .output()
        .unwrap_or_else(|error| panic!("{program} (it is a part of binutils): {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_library_exports_the_functions_of_the_header_and_nothing_else() {
    let listing = output_of("nm", &["-D", "--defined-only"]);
    let mut exported: Vec<&str> = listing
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .map(|symbol| symbol.split('@').next().unwrap_or(symbol))
        .collect();
    exported.sort_unstable();

    assert_eq!(exported, library::functions(&library::in_repository("include/kevo.h")));
}

#[test]
fn the_library_has_a_soname() {
    let dynamic = output_of("readelf", &["-d"]);
    let soname = dynamic.lines().find(|line| line.contains("(SONAME)")).expect("a soname");
    assert!(soname.ends_with("[libkevo.so.0]"), "{soname}");
}
