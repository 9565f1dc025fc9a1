//! The committed header is the one that the source gives.

use std::{env, fs};

/// Set it, to anything, to renew the committed header.
const UPDATE: &str = "KEVO_UPDATE_HEADER";
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/include/kevo.h");

#[test]
fn include_kevo_h_is_up_to_date() {
    let generated = include_str!(concat!(env!("OUT_DIR"), "/kevo.h"));
    if env::var_os(UPDATE).is_some() {
        fs::write(COMMITTED, generated).expect("include/kevo.h can be written");
        return;
    }
    let committed = fs::read_to_string(COMMITTED).expect("include/kevo.h can be read");
    assert!(
        generated == committed,
        "include/kevo.h is not what the source gives. Renew it with:\n\n    {UPDATE}=1 cargo test --test c_api header::\n"
    );
}
