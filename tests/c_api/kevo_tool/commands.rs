//! get, put, delete, scan, batch, stats, compact, verify.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::tool::{DAMAGE, DIFFERS, Place, concat, fed, hex, kevo};

#[test]
fn what_is_put_is_found_until_it_is_deleted() {
    let place = Place::new();
    kevo(&["put", "--create", &place.db, "apples", "3"]).done();
    kevo(&["put", &place.db, "pears", "5"]).done();
    assert_eq!(kevo(&["get", &place.db, "apples"]).done().out(), "3\n");
    assert_eq!(kevo(&["get", &place.db, "plums"]).ends_with(DIFFERS).out(), "");
    assert_eq!(kevo(&["get", &place.db, "pears", "plums", "apples"]).ends_with(DIFFERS).out(), "pears\t5\napples\t3\n");
    kevo(&["delete", &place.db, "apples", "never-there"]).done();
    kevo(&["get", &place.db, "apples"]).ends_with(DIFFERS);
    assert_eq!(place.scanned(), "pears\t5\n");
}

#[test]
fn a_value_comes_from_standard_input_as_it_is() {
    let place = Place::new();
    let value: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    fed(&["put", "--create", &place.db, "key"], &value).done();
    assert_eq!(kevo(&["get", "--raw", &place.db, "key"]).done().out, value);
    fed(&["put", &place.db, "key"], b"").done();
    assert_eq!(kevo(&["get", "--raw", &place.db, "key"]).done().out, b"");
}

#[test]
fn keys_and_values_have_three_forms() {
    let place = Place::new();
    let (key, value) = (r#"a\x00\\ "b""#, "\u{e9}\n");
    kevo(&["put", "--create", &place.db, key, value]).done();
    let shown = kevo(&["get", "--hex", &place.db, "61005c20226222"]).done();
    assert_eq!(shown.out(), "c3a90a\n");
    assert_eq!(kevo(&["get", &place.db, key]).done().out(), "\\xc3\\xa9\\x0a\n");
    assert_eq!(kevo(&["get", "--raw", &place.db, "a"]).ends_with(DIFFERS).out(), "");
    assert_eq!(kevo(&["scan", &place.db, "--raw"]).done().out(), "a\0\\ \"b\"\t\u{e9}\n\n");
    let line = json!({"kind": "entry", "key": "61005c20226222", "sequence": 1, "op": "put", "value": "c3a90a"});
    assert_eq!(kevo(&["scan", &place.db, "--json"]).done().json(), [line]);
    kevo(&["put", "--hex", &place.db, "00ff", ""]).done();
    kevo(&["put", "--raw", &place.db, "back\\slash", "\\"]).done();
    assert_eq!(
        kevo(&["get", &place.db, r"back\\slash", r"\x00\xff"]).done().out(),
        "back\\\\slash\t\\\\\n\\x00\\xff\t\n"
    );
    kevo(&["put", &place.db, "--", "--key", "-"]).done();
    assert_eq!(kevo(&["get", &place.db, "--", "--key"]).done().out(), "-\n");
}

#[test]
fn json_says_what_was_done() {
    let place = Place::new();
    let done = |kind: &str, operations: u64, sequence: u64| json!({"kind": kind, "ok": true, "error": null, "operations": operations, "sequence": sequence});
    assert_eq!(kevo(&["put", "--json", "--create", &place.db, "k", "v"]).done().json(), [done("put", 1, 1)]);
    assert_eq!(fed(&["batch", "--json", &place.db], b"put a 1\ndelete k\n").done().json(), [done("batch", 2, 3)]);
    assert_eq!(
        fed(&["import", "--json", &place.db], b"{\"key_text\":\"b\",\"value_text\":\"2\"}").done().json(),
        [done("import", 1, 4)]
    );
    assert_eq!(kevo(&["delete", "--json", &place.db, "b"]).done().json(), [done("delete", 1, 5)]);
    assert_eq!(kevo(&["delete", "--json", &place.db, "--from", "a"]).done().json(), [done("delete", 1, 6)]);
    kevo(&["put", &place.db, "k", "v"]).done();
    let found = json!({"kind": "get", "key": "6b", "found": true, "value": "76"});
    let missing = json!({"kind": "get", "key": "78", "found": false, "value": null});
    assert_eq!(kevo(&["get", "--json", &place.db, "k", "x"]).ends_with(DIFFERS).json(), [found, missing]);
    let key = json!({"kind": "entry", "key": "6b", "sequence": 7});
    assert_eq!(kevo(&["scan", "--json", "--keys-only", &place.db]).done().json(), [key]);
}

/// What a model gives for a range.
fn expected(keys: &BTreeSet<Vec<u8>>, from: &[u8], to: Option<&[u8]>, prefix: &[u8]) -> Vec<String> {
    let within =
        |key: &&Vec<u8>| key.as_slice() >= from && to.is_none_or(|to| key.as_slice() < to) && key.starts_with(prefix);
    keys.iter().filter(within).map(|key| hex(key)).collect()
}

#[test]
fn ranges_hold_all_their_bounds() {
    let keys: BTreeSet<Vec<u8>> =
        [&b""[..], b"\x00", b"a", b"a\xff", b"a\xff\xff", b"ab", b"abc", b"b", b"\xff", b"\xff\xff", b"\xff\xff\x01"]
            .map(<[u8]>::to_vec)
            .into();
    let lines: Vec<String> = keys.iter().map(|key| format!("{{\"key\":\"{}\",\"value\":\"\"}}\n", hex(key))).collect();
    let place = Place::with(&lines.concat());
    for from in [&b""[..], b"a", b"a\xff", b"\xff"] {
        for to in [None, Some(&b"a"[..]), Some(b"abc"), Some(b"\xff\xff")] {
            for prefix in [&b""[..], b"a", b"a\xff", b"\xff", b"\xff\xff", b"zz"] {
                let (from_hex, prefix_hex) = (hex(from), hex(prefix));
                let to_hex = to.map(hex);
                let mut arguments =
                    vec!["scan", "--hex", "--keys-only", &place.db, "--from", &from_hex, "--prefix", &prefix_hex];
                if let Some(to) = &to_hex {
                    arguments.extend(["--to", to]);
                }
                let mut wanted = expected(&keys, from, to, prefix);
                let listed = |arguments: &[&str]| -> Vec<String> {
                    kevo(arguments).done().out().lines().map(str::to_owned).collect()
                };
                assert_eq!(listed(&arguments), wanted, "{arguments:?}");
                arguments.extend(["--reverse", "--limit", "3"]);
                wanted.reverse();
                wanted.truncate(3);
                assert_eq!(listed(&arguments), wanted, "{arguments:?}");
            }
        }
    }
    assert_eq!(kevo(&["scan", &place.db, "--limit=0"]).done().out(), "");
    assert_eq!(kevo(&["delete", &place.db, "--prefix", "a", "--from", "ab"]).done().out(), "4 keys deleted\n");
    assert_eq!(place.scanned().lines().count(), keys.len() - 4);
}

#[test]
fn a_batch_is_written_whole() {
    let place = Place::with("put b 1\nput c 2\n# a comment\n\nput\td\twith a blank\ndelete b\nput e  two blanks\n");
    assert_eq!(place.scanned(), "c\t2\nd\twith a blank\ne\t two blanks\n");
    let lines = [
        "{\"op\":\"delete\",\"key\":\"63\"}\r\n",
        "{\"kind\":\"table\",\"x\":-1.5e3}\n",
        "{ \"op\" : \"put\" , \"key_text\" : \"\\u00e9\\ud83d\\ude00\\n\", \"value\" : \"00FF\", \"sequence\":7,\"n\":null }\n",
    ]
    .concat();
    fed(&["batch", &place.db], lines.as_bytes()).done();
    assert_eq!(kevo(&["get", "--hex", &place.db, &hex("\u{e9}\u{1f600}\n".as_bytes())]).done().out(), "00ff\n");
    assert!(!place.scanned().contains("c\t"));
    fed(&["batch", &place.db], b"").done();
    fed(&["batch", &place.db], b"put f no end of line").done();
    assert_eq!(kevo(&["get", &place.db, "f"]).done().out(), "no end of line\n");
}

#[test]
fn statistics_have_every_name_and_runs_are_drawn_to_scale() {
    let place = Place::with_table(1000);
    kevo(&["put", &place.db, "one", "more"]).done();
    let lines = kevo(&["stats", "--json", &place.db]).done().json();
    assert_eq!(
        (&lines[0]["kind"], &lines[0]["tables"], &lines[0]["sequence"]),
        (&json!("statistics"), &json!(1), &json!(1001))
    );
    assert!(lines[0].as_object().unwrap().len() > 33, "{}", lines[0]);
    let bytes = fs::metadata(place.table()).unwrap().len();
    assert_eq!(
        (lines.len(), &lines[1]["kind"], &lines[1]["bytes"], &lines[1]["entries"]),
        (2, &json!("table"), &json!(bytes), &json!(1000))
    );
    assert!(Path::new(&place.db).join(lines[1]["file"].as_str().unwrap()).is_file());
    let shown = kevo(&["stats", &place.db]).done();
    for part in [
        "  sequence   1,001, the last\n",
        "1,000 entries, 0 tombstones\n",
        "run ",
        &format!("\n    {}\n", "=".repeat(68)),
    ] {
        assert!(shown.out().contains(part), "{part}\n{}", shown.out());
    }
    let lines = concat((0..500).map(|key| format!("put key{key} value\n")));
    let shown = fed(&["batch", "--statistics", &place.db], lines.as_bytes()).done();
    assert!(
        shown.out().starts_with("500 operations written\n")
            && shown.out().contains("500 operations, ")
            && shown.out().contains("; each byte "),
        "{}",
        shown.out()
    );
    let shown =
        fed(&["import", "--statistics", "--json", &place.db], b"{\"key\":\"00\",\"value\":\"\"}\n").done().json();
    assert_eq!(
        (&shown[1]["kind"], &shown[1]["operations"], &shown[1]["bytes-written"]),
        (&json!("statistics"), &json!(1), &json!(1))
    );
}

#[test]
fn compacting_leaves_one_run() {
    let place = Place::with_table(100);
    kevo(&["delete", &place.db, "--to", "key0050"]).done();
    assert_eq!(kevo(&["compact", "--from", "nothing-there", &place.db]).done().status, 0);
    let statistics = &kevo(&["compact", "--json", &place.db]).done().json()[0];
    for (name, number) in [("runs", 1), ("table-entries", 50), ("table-tombstones", 0), ("compactions", 1)] {
        assert_eq!(statistics[name], number, "{name}: {statistics}");
    }
    assert_eq!(place.scanned().lines().count(), 50);
}

#[test]
fn verifying_names_what_is_damaged() {
    let place = Place::with_table(2000);
    let sound = kevo(&["verify", "--json", &place.db]).done().json();
    assert_eq!(
        sound,
        [json!({"kind": "verify", "ok": true, "error": null, "damaged": 0, "doubt": 0, "torn_tails": 0})]
    );
    assert!(kevo(&["verify", &place.db]).done().out().starts_with("sound: "));

    let table = place.damage(50_000);
    let lines = kevo(&["verify", "--json", &place.db]).ends_with(DAMAGE).json();
    assert_eq!((lines.len(), &lines[0]["kind"], &lines[0]["damage"]), (2, &json!("damage"), &json!("corruption")));
    assert_eq!(lines[0]["file"], format!("sst/{table}"));
    let number = |name: &str| lines[0][name].as_u64().unwrap();
    assert!((number("offset")..number("offset") + number("length")).contains(&50_000), "{}", lines[0]);
    assert_eq!(
        (&lines[1]["ok"], &lines[1]["error"], &lines[1]["damaged"]),
        (&json!(false), &json!("corrupt"), &json!(1))
    );
    let shown = kevo(&["verify", &place.db]).ends_with(DAMAGE);
    assert!(
        shown.out().contains(&format!("damaged: sst/{table} at ")) && shown.out().contains("kevo salvage "),
        "{}",
        shown.out()
    );

    fs::remove_file(place.table()).unwrap();
    let lines = kevo(&["verify", "--json", &place.db]).ends_with(DAMAGE).json();
    assert!(
        lines.iter().any(|line| line["damage"] == "missing" && line["file"] == format!("sst/{table}")),
        "{lines:?}"
    );
}

#[test]
fn a_damaged_key_is_no_answer_and_the_others_are() {
    let place = Place::with_table(2000);
    place.damage(50_000);
    let scanned = kevo(&["scan", &place.db]).ends_with(DAMAGE).says("kevo verify ").says("kevo salvage ");
    let passed = kevo(&["scan", "--mode=skip-corrupted", &place.db]).done();
    let (before, there) = (scanned.out().lines().count(), passed.out().lines().count());
    assert!(before < there && (1900..2000).contains(&there), "{before} {there}");
    let lost = (0..2000).map(|key| format!("key{key:04}")).find(|key| !passed.out().contains(key)).unwrap();
    let failed = kevo(&["get", "--json", &place.db, &lost]).ends_with(DAMAGE).json();
    assert_eq!(
        (&failed[0]["kind"], &failed[0]["ok"], &failed[0]["error"]),
        (&json!("error"), &json!(false), &json!("corrupt"))
    );
    kevo(&["get", "--mode=skip-corrupted", &place.db, &lost]).ends_with(DAMAGE);
    kevo(&["get", &place.db, "key0000"]).done();
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        prop_oneof![prop::sample::select(&b"\\\"\t\n\r x0\0\x7f\xc3\xa9\xff"[..]), any::<u8>()],
        0..12,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is shown in a form can be given back in that form.
    #[test]
    fn every_form_gives_back_any_bytes(entries in prop::collection::btree_map(bytes(), bytes(), 1..40)) {
        let lines = concat(entries.iter().map(|(key, value)| format!("put {} {}\n", hex(key), hex(value))));
        let place = Place::new();
        fed(&["batch", "--hex", "--create", &place.db], lines.as_bytes()).done();
        let written: Vec<String> = entries.iter().map(|(key, value)| format!("{}\t{}", hex(key), hex(value))).collect();
        let listings = [&["scan"][..], &["scan", "--hex"], &["scan", "--json"], &["export"]];
        for (number, arguments) in listings.iter().enumerate() {
            for locale in ["C", "C.UTF-8"] {
                let mut scan = super::tool::command(arguments);
                let output = scan.arg(&place.db).env("LC_ALL", locale).output().unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                let is_json = arguments.contains(&"--json") || arguments[0] == "export";
                let start = if is_json { "" } else { "put\t" };
                let lines = concat(text.lines().map(|line| format!("{start}{line}\n")));
                let copy = place.beside(&format!("copy-{number}-{locale}"));
                let form: &[&str] = if arguments.contains(&"--hex") { &["--hex"] } else { &[] };
                fed(&[&["batch", "--create", &copy], form].concat(), lines.as_bytes()).done();
                let there: Vec<String> =
                    kevo(&["scan", "--hex", &copy]).done().out().lines().map(str::to_owned).collect();
                prop_assert_eq!(&there, &written);
            }
        }
    }
}
