//! Finds the library that `cargo test` has built next to the test that is running, for tests that link C to it.
#![allow(dead_code)] // Not every test wants all of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// The shared library, built if need be.
pub fn shared() -> PathBuf {
    find("libkevo.so").unwrap_or_else(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo).arg("build").current_dir(in_repository("")).status();
        assert!(status.is_ok_and(|status| status.success()), "cargo build failed");
        find("libkevo.so").expect("cargo build has made a libkevo.so next to the tests")
    })
}

/// The functions that a C source declares or calls, sorted: every `kevo_name(` outside comments and strings.
pub fn functions(source: &Path) -> Vec<String> {
    let text = fs::read_to_string(source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
    let code = without_comments_and_strings(&text);
    let mut names: Vec<String> = code
        .split('(')
        .filter_map(|before| before.trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '_').next())
        .filter(|name| name.starts_with("kevo_"))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
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
