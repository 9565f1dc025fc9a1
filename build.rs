//! Generates kevo.h, and gives the shared library its soname. Writes to `OUT_DIR` only; `tests/c_api/header.rs`
//! compares the header with the committed one, or renews that.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The shared library's name in the programs that are linked with it: it changes when the ABI breaks, and then only.
/// For that the major version stands, 0 included, as in `kevo_abi_check`.
const SONAME: &str = concat!("libkevo.so.", env!("CARGO_PKG_VERSION_MAJOR"));

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=src/c");
    println!("cargo::rerun-if-changed=cbindgen.toml");
    fs::write(out.join("kevo.h"), header(&root)).expect("OUT_DIR can be written");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
    }
}

fn header(root: &Path) -> String {
    let config = cbindgen::Config::from_root_or_default(root);
    let bindings = cbindgen::Builder::new().with_crate(root).with_config(config).generate().expect("kevo.h");
    let mut header = Vec::new();
    bindings.write(&mut header);
    tidy(&String::from_utf8(header).expect("kevo.h is UTF-8"))
}

/// Does what cbindgen does not do and C89 and custom want: removes the comments after directives, and puts negative
/// numbers in macros into parentheses.
fn tidy(header: &str) -> String {
    let line = |line: &str| match (line.split_once(" -"), line.starts_with("#endif")) {
        (_, true) => "#endif\n".to_owned(),
        (Some((define, number)), _) if define.starts_with("#define ") => format!("{define} (-{number})\n"),
        _ => format!("{line}\n"),
    };
    header.trim_start().lines().map(line).collect()
}
