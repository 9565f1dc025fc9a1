//! Generates kevo.h, and gives the shared library its soname.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Set it, to anything, to renew `include/kevo.h`.
const UPDATE: &str = "KEVO_UPDATE_HEADER";
/// The shared library's name in the programs that are linked with it: it changes when the ABI breaks, and then only.
/// For that the major version stands, 0 included, as in `kevo_abi_check`.
const SONAME: &str = concat!("libkevo.so.", env!("CARGO_PKG_VERSION_MAJOR"));

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=src/c");
    println!("cargo::rerun-if-changed=cbindgen.toml");
    println!("cargo::rerun-if-changed=include/kevo.h");
    println!("cargo::rerun-if-env-changed={UPDATE}");
    generate_header(&root, &out);
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
        link_soname(&out);
    }
}

fn generate_header(root: &Path, out: &Path) {
    let config = cbindgen::Config::from_root_or_default(root);
    let bindings = cbindgen::Builder::new().with_crate(root).with_config(config).generate().expect("kevo.h");
    let mut header = Vec::new();
    bindings.write(&mut header);
    let header = tidy(&String::from_utf8(header).expect("kevo.h is UTF-8"));
    fs::write(out.join("kevo.h"), &header).expect("OUT_DIR can be written");
    if env::var_os(UPDATE).is_some() {
        fs::write(root.join("include/kevo.h"), header).expect("include/kevo.h can be written");
    }
}

/// What cbindgen does not do as C89 and custom want it: comments behind directives go, and negative numbers in macros
/// stand in parentheses.
fn tidy(header: &str) -> String {
    let line = |line: &str| match (line.split_once(" -"), line.starts_with("#endif")) {
        (_, true) => "#endif\n".to_owned(),
        (Some((define, number)), _) if define.starts_with("#define ") => format!("{define} (-{number})\n"),
        _ => format!("{line}\n"),
    };
    header.trim_start().lines().map(line).collect()
}

/// Programs that were linked with `-L target/release -lkevo` look for the library under its soname. What installs it
/// makes that link; for those that run it from where it was built, it is made here.
#[cfg(unix)]
fn link_soname(out: &Path) {
    // OUT_DIR is <target>/<profile>/build/<package>/out; the library goes to <target>/<profile>, and that of tests to
    // deps below it.
    let Some(profile) = out.ancestors().nth(3) else { return };
    for directory in [profile.to_owned(), profile.join("deps")] {
        // It may be there already, from an earlier build; and where it cannot be made, only such programs miss it.
        let _ = std::os::unix::fs::symlink("libkevo.so", directory.join(SONAME));
    }
}

#[cfg(not(unix))]
fn link_soname(_: &Path) {}
