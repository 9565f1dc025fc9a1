//! `make install`: which files are where afterwards, that programs can be built with them, and that `make uninstall`
//! removes all of them. `.ci/install` does the same with pkg-config, `CMake` and cargo-c.
#![cfg(target_os = "linux")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

use compile::{compiler, succeed, system_libraries, text_of};
use library::in_repository;

#[path = "support/compile.rs"]
mod compile;
#[path = "support/library.rs"]
mod library;
#[path = "support/make.rs"]
mod make;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const PREFIX: &str = "/opt/kevo";

/// Runs make with the directory as `DESTDIR`.
fn make(target: &str, stage: &Path) -> Output {
    make::make(".", &[target, &format!("DESTDIR={}", stage.display()), &format!("PREFIX={PREFIX}")])
}

/// Builds what is installed, once: two makes at a time would write the same files.
fn built() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let output = make::make(".", &["all"]);
        assert!(output.status.success(), "{}", text_of(&output));
    });
}

fn assert_makes(target: &str, stage: &Path) {
    let output = make(target, stage);
    assert!(output.status.success(), "make {target}: {}", text_of(&output));
}

/// The files below a directory, each with its mode; the links, each with its target.
fn files(directory: &Path, relative: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = format!("{relative}{}", path.file_name().expect("a name").display());
        let metadata = fs::symlink_metadata(&path).expect("metadata");
        if metadata.is_dir() {
            found.extend(files(&path, &format!("{name}/")));
        } else if metadata.is_symlink() {
            found.push(format!("{name} -> {}", fs::read_link(&path).expect("a link").display()));
        } else {
            found.push(format!("{name} {:o}", metadata.permissions().mode() & 0o7777));
        }
    }
    found.sort();
    found
}

/// The names of the files in a directory of the repository that have this ending.
fn names(directory: &str, ending: &str) -> Vec<String> {
    fs::read_dir(in_repository(directory))
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .filter(|name| name.ends_with(ending))
        .collect()
}

fn expected_files() -> Vec<String> {
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    let mut expected = vec![
        "bin/kevo 755".to_owned(),
        "bin/kevo-dump 755".to_owned(),
        "lib/libkevo.a 644".to_owned(),
        format!("lib/libkevo.so -> libkevo.so.{VERSION}"),
        format!("lib/libkevo.so.{major} -> libkevo.so.{VERSION}"),
        format!("lib/libkevo.so.{VERSION} 755"),
        "lib/pkgconfig/kevo.pc 644".to_owned(),
        "share/cmake/kevo/kevoConfig.cmake 644".to_owned(),
        "share/cmake/kevo/kevoConfigVersion.cmake 644".to_owned(),
    ];
    expected.extend(names("include", "").iter().map(|name| format!("include/{name} 644")));
    expected.extend(names("docs", ".1").iter().map(|name| format!("share/man/man1/{name} 644")));
    expected.sort();
    expected
}

/// Builds and runs a program whose source is in the checkout, with the header and the library below `prefix`.
fn assert_program_works(prefix: &Path, link: &[OsString]) {
    let directory = TempDir::new().expect("a directory");
    let program = directory.path().join("lookup");
    let mut compile = compiler("CC", "cc");
    compile.arg("-I").arg(prefix.join("include")).arg(in_repository("examples-c/lookup.c")).arg("-o").arg(&program);
    succeed(compile.args(link));
    let output = succeed(Command::new(program).arg(in_repository("tests/fixtures/basic/wal")).arg("key2"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "key2: \"value2\", written with sequence number 2\n");
}

#[test]
fn what_is_installed_works_and_can_be_removed() {
    built();
    let stage = TempDir::new().expect("a directory");
    assert_makes("install", stage.path());
    let prefix = stage.path().join(PREFIX.trim_start_matches('/'));
    assert_eq!(files(&prefix, ""), expected_files());

    let lib = prefix.join("lib");
    let pc = fs::read_to_string(lib.join("pkgconfig/kevo.pc")).expect("kevo.pc");
    for line in [&format!("prefix={PREFIX}"), "libdir=${prefix}/lib", &format!("Version: {VERSION}")] {
        assert!(pc.lines().any(|of_pc| of_pc == line), "{line} is missing in\n{pc}");
    }
    let config = fs::read_to_string(prefix.join("share/cmake/kevo/kevoConfigVersion.cmake")).expect("a file");
    let line = format!("set(PACKAGE_VERSION {VERSION})");
    assert!(config.contains(&line), "packaging/kevoConfigVersion.cmake is to have {line}");

    let mut rpath = OsString::from("-Wl,-rpath,");
    rpath.push(&lib);
    assert_program_works(&prefix, &["-L".into(), lib.clone().into(), "-lkevo".into(), rpath]);
    let mut link = vec![lib.join("libkevo.a").into_os_string()];
    link.extend(system_libraries());
    assert_program_works(&prefix, &link);
    succeed(Command::new(prefix.join("bin/kevo-dump")).arg(in_repository("tests/fixtures/basic/wal")));
    succeed(Command::new(prefix.join("bin/kevo")).arg("stats").arg(in_repository("tests/databases/one-flush/db")));

    assert_makes("uninstall", stage.path());
    assert_eq!(files(stage.path(), ""), Vec::<String>::new());
}

#[test]
fn pkg_config_and_cmake_say_the_same() {
    let cmake = include_str!("../packaging/kevoConfig.cmake");
    let libraries = system_libraries().join(";".as_ref()).into_string().expect("text");
    assert!(cmake.contains(&format!("\"{libraries}\"")), "packaging/kevoConfig.cmake is to have {libraries}");
    assert!(include_str!("../packaging/kevo.pc.in").contains(env!("CARGO_PKG_DESCRIPTION")));
}

#[test]
fn what_was_built_can_be_installed_without_cargo() {
    built();
    let output = make::make(".", &["library", "CARGO=no-cargo"]);
    assert!(output.status.success(), "{}", text_of(&output));

    let empty = TempDir::new().expect("a directory");
    let library_is_in = format!("LIB_DIR={}", empty.path().display());
    let output = make::make(".", &["library", "CARGO=no-cargo", &library_is_in]);
    assert!(!output.status.success());
    assert!(text_of(&output).contains("must be built, and there is no no-cargo here"), "{}", text_of(&output));
}

#[test]
fn a_relative_prefix_is_refused() {
    let output = make::make(".", &["install", "PREFIX=here"]);
    assert!(!output.status.success());
    assert!(text_of(&output).contains("must be absolute"), "{}", text_of(&output));
}
