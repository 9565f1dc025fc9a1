//! Finds the library that `cargo test` has built next to the test that is running, for tests that link C to it; and
//! the C sources of the repository.
#![allow(dead_code)] // Not every test uses all of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name under which a program that is linked to the shared library looks for it. build.rs sets it.
pub const SONAME: &str = concat!("libkevo.so.", env!("CARGO_PKG_VERSION_MAJOR"));

/// A file of the repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The library as a file: `libkevo.so` or `libkevo.a`.
pub fn find(name: &str) -> Option<PathBuf> {
    // target/PROFILE/deps/TEST: what cargo builds for a test is there, what it builds for `cargo build` one level up.
    let test = std::env::current_exe().expect("the path of this test");
    test.ancestors().skip(1).take(2).map(|directory| directory.join(name)).find(|path| path.is_file())
}

/// The shared library. It is built if it is not there.
pub fn shared() -> PathBuf {
    find("libkevo.so").unwrap_or_else(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo).arg("build").current_dir(in_repository("")).status();
        assert!(status.is_ok_and(|status| status.success()), "cargo build failed");
        find("libkevo.so").expect("cargo build has made a libkevo.so next to the tests")
    })
}

/// The source itself if it is a file, and the sources in C that are in it if it is a directory.
pub fn sources(source: &Path) -> Vec<PathBuf> {
    if source.is_file() {
        return vec![source.to_owned()];
    }
    let entries = fs::read_dir(source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "c")).collect()
}

/// The functions that sources declare or call, sorted: every `kevo_name(` outside comments and strings. `source` is a
/// file or a directory of C.
pub fn functions(source: &Path) -> Vec<String> {
    let mut names: Vec<String> = sources(source).iter().flat_map(|file| functions_of_file(file)).collect();
    names.sort();
    names.dedup();
    names
}

fn functions_of_file(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    without_comments_and_strings(&text)
        .split('(')
        .filter_map(|before| before.trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '_').next())
        .filter(|name| name.starts_with("kevo_"))
        .map(str::to_owned)
        .collect()
}

pub fn without_comments_and_strings(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['/', '"']) {
        code.push_str(&rest[..at]);
        rest = &rest[at..];
        let skipped = if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or(rest.len(), |end| end + 4)
        } else if let Some(string) = rest.strip_prefix('"') {
            let mut escaped = false;
            let end = string.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else {
            code.push('/');
            1
        };
        rest = &rest[skipped..];
    }
    code + rest
}
