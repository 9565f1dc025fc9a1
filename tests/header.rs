//! The committed header is the one that the source gives.

#[test]
fn include_kevo_h_is_up_to_date() {
    let generated = include_str!(concat!(env!("OUT_DIR"), "/kevo.h"));
    let committed = include_str!("../include/kevo.h");
    assert!(
        generated == committed,
        "include/kevo.h is not what the source gives. Renew it with:\n\n    KEVO_UPDATE_HEADER=1 cargo build\n"
    );
}
