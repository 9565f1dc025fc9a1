//! Lines that are written to harm, or by mistake.

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::tool::{DONE, Place, USAGE, concat, fed, hex, kevo};
use crate::support::database_case::listing;

/// Lines that `batch` and `import` refuse.
const OBJECTS: &[&str] = &[
    "{",
    "{}",
    "{}}",
    "{\"key\":\"61\"}",
    "{\"key\":\"61\",\"value\":\"62\"",
    "{\"key\":\"61\",\"value\":\"62\"}{}",
    "{\"key\":\"61\",\"value\":\"62\"} x",
    "{\"key\":\"61\",\"value\":\"62\",}",
    "{\"key\":\"61\" \"value\":\"62\"}",
    "{\"key\",\"value\":\"62\"}",
    "{key:\"61\",\"value\":\"62\"}",
    "{'key':'61','value':'62'}",
    "{\"key\":\"6\",\"value\":\"62\"}",
    "{\"key\":\"6g\",\"value\":\"62\"}",
    "{\"key\":\"0x61\",\"value\":\"62\"}",
    "{\"key\":61,\"value\":\"62\"}",
    "{\"key\":null,\"value\":\"62\"}",
    "{\"key\":\"61\",\"value\":null}",
    "{\"key\":[\"61\"],\"value\":\"62\"}",
    "{\"key\":\"61\",\"value\":{\"a\":1}}",
    "{\"key\":\"61\",\"key\":\"61\",\"value\":\"62\"}",
    "{\"key\":\"61\",\"\\u006bey\":\"61\",\"value\":\"62\"}",
    "{\"key\":\"61\",\"key_text\":\"a\",\"value\":\"62\"}",
    "{\"key\":\"61\",\"value\":\"62\",\"value_text\":\"b\"}",
    "{\"op\":\"merge\",\"key\":\"61\",\"value\":\"62\"}",
    "{\"op\":\"PUT\",\"key\":\"61\",\"value\":\"62\"}",
    "{\"op\":1,\"key\":\"61\",\"value\":\"62\"}",
    "{\"op\":\"delete\"}",
    "{\"key_text\":\"\\ud800\",\"value\":\"\"}",
    "{\"key_text\":\"\\udc00\\ud800\",\"value\":\"\"}",
    "{\"key_text\":\"\\ud800\\u0041\",\"value\":\"\"}",
    "{\"key_text\":\"\\u12\",\"value\":\"\"}",
    "{\"key_text\":\"\\u12g4\",\"value\":\"\"}",
    "{\"key_text\":\"\\x41\",\"value\":\"\"}",
    "{\"key_text\":\"a\tb\",\"value\":\"\"}",
    "{\"key_text\":\"a\0b\",\"value\":\"\"}",
    "{\"key_text\":\"a",
    "{\"key_text\":\"a\\",
    "{\"key_text\":\"a\\u",
    "{\"key\":\"61\",\"value\":\"\",\"n\":01}",
    "{\"key\":\"61\",\"value\":\"\",\"n\":1.}",
    "{\"key\":\"61\",\"value\":\"\",\"n\":-}",
    "{\"key\":\"61\",\"value\":\"\",\"n\":+1}",
    "{\"key\":\"61\",\"value\":\"\",\"n\":1e}",
    "{\"key\":\"61\",\"value\":\"\",\"n\":NaN}",
    "{\"key\":\"61\",\"value\":\"\",\"n\":tru}",
    "{\"key\":\"61\",\"value\":\"\",\"n\":}",
    "{\"key\":\"61\",\"value\":\"\",\"n\"}",
];

/// Lines that `batch` refuses, and `import` with them.
const PLAIN: &[&str] = &[
    "put",
    "put ",
    "put key",
    "put\tkey value",
    "put key\tvalue",
    "putkey value",
    "delete",
    "deletekey",
    "get key",
    " put a b",
    "PUT a b",
    "put a\\ b",
    "put a \\q",
    "put a \\x1",
    "delete \\",
    "\u{feff}put a b",
    "[\"put\"]",
    "null",
    "\0",
    "\r",
];

#[test]
fn what_cannot_be_understood_is_told_by_its_line_and_nothing_is_written() {
    let place = Place::with("put there before\n");
    let before = listing(Path::new(&place.db));
    for line in OBJECTS.iter().chain(PLAIN) {
        let input = format!("put a 1\n\n{line}\nput b 2\n");
        let ran = fed(&["batch", &place.db], input.as_bytes());
        assert_eq!(ran.status, USAGE, "{line:?}");
        assert!(ran.out.is_empty(), "{line:?}");
        ran.says("kevo: line 3 of standard input: ");
        let ran = fed(&["batch", "--json", &place.db], input.as_bytes()).ends_with(USAGE).json();
        assert_eq!(
            (&ran[0]["kind"], &ran[0]["line"], &ran[0]["error"]),
            (&"error".into(), &3.into(), &"invalid-argument".into())
        );
    }
    assert_eq!(listing(Path::new(&place.db)), before);
    let missing = place.beside("missing");
    fed(&["batch", "--create", &missing], b"nonsense").ends_with(USAGE);
    assert!(!Path::new(&missing).exists());
}

#[test]
fn an_import_keeps_what_it_wrote_before_a_line_that_is_wrong() {
    let lines = concat((0..25_000).map(|key| format!("{{\"key_text\":\"{key:05}\",\"value_text\":\"value\"}}\n")));
    for line in OBJECTS.iter().chain(PLAIN).take(3) {
        let place = Place::new();
        let input = format!("{lines}{line}\n{{\"key_text\":\"after\",\"value\":\"\"}}\n");
        let ran = fed(&["import", "--create", &place.db], input.as_bytes()).ends_with(USAGE);
        ran.says("line 25001").says("20,000 operations before it had been written, and stay");
        assert_eq!(place.scanned().lines().count(), 20_000);
    }
    let place = Place::new();
    for line in OBJECTS.iter().chain(PLAIN) {
        fed(&["import", "--create", &place.db], line.as_bytes()).ends_with(USAGE);
    }
    assert_eq!(place.scanned(), "");
}

#[test]
fn very_long_lines_and_very_many_fields_are_no_harm() {
    let place = Place::new();
    let value = "ab".repeat(4 << 20);
    fed(
        &["batch", "--create", &place.db],
        format!("{{\"key\":\"00\",\"value\":\"{value}\"}}\nput long {value}").as_bytes(),
    )
    .done();
    assert_eq!(kevo(&["get", "--raw", &place.db, "long"]).done().out.len(), value.len());
    assert_eq!(kevo(&["get", "--hex", &place.db, "00"]).done().out(), format!("{value}\n"));
    let fields = concat((0..40).map(|field| format!(",\"f{field}\":1")));
    fed(&["batch", &place.db], format!("{{\"key\":\"00\",\"value\":\"\"{fields}}}").as_bytes())
        .ends_with(USAGE)
        .says("too many fields");
    fed(&["batch", &place.db], "{".repeat(1 << 20).as_bytes()).ends_with(USAGE);
    fed(&["batch", &place.db], "[".repeat(1 << 20).as_bytes()).ends_with(USAGE);
    let key = "k".repeat((16 << 20) + 1);
    let ran = fed(&["batch", "--json", &place.db], format!("put {key} v").as_bytes()).ends_with(5).json();
    assert_eq!(ran[0]["error"], "too-large");
}

/// The operation that a line of JSON is, by `serde_json`: `None` if it is refused.
fn by_serde(line: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let object: Map<String, Value> = serde_json::from_str(line).ok()?;
    if object.values().any(|value| value.is_array() || value.is_object()) {
        return None;
    }
    let bytes = |hex: &str, text: &str| match (object.get(hex), object.get(text)) {
        (Some(Value::String(digits)), None) => {
            let pairs = (digits.len() % 2 == 0).then(|| digits.as_bytes().chunks(2))?;
            pairs
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|_| pair[0] != b'+')?, 16).ok())
                .collect::<Option<Vec<u8>>>()
        }
        (None, Some(Value::String(text))) => Some(text.clone().into_bytes()),
        _ => None,
    };
    Some((bytes("key", "key_text")?, bytes("value", "value_text")?))
}

fn json_text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(
            &[
                "a",
                "é",
                "😀",
                "\\n",
                "\\\"",
                "\\\\",
                "\\/",
                "\\u0041",
                "\\u00e9",
                "\\ud83d\\ude00",
                "\\ud83d",
                "\\u0000",
                "\\b",
                "\\q",
                "\u{7f}",
                "\u{1}",
                "\"",
            ][..],
        ),
        0..4,
    )
    .prop_map(|parts| parts.concat())
}

/// Lines that are nearly always nearly right.
fn json_line() -> impl Strategy<Value = String> {
    let blank = prop::sample::select(&["", "", "", " ", "\t"][..]);
    let other = prop::sample::select(
        &[
            "",
            "",
            ",\"x\":1",
            ",\"x\":-0.5e+7",
            ",\"x\":null",
            ",\"x\":true",
            ",\"x\":00",
            ",\"x\":\"\"",
            ",\"x\":[]",
            ",",
            ",\"x\"",
        ][..],
    );
    let name = prop::sample::select(&["key_text", "key_text", "key", "k\\u0065y_text"][..]);
    (blank, name, json_text(), json_text(), other).prop_map(|(blank, name, key, value, other)| {
        format!("{{{blank}\"{name}\"{blank}:{blank}\"{key}\"{blank},\"value_text\":\"{value}\"{other}{blank}}}{blank}")
    })
}

/// What lines consist of.
const PARTS: &[&str] =
    &["put ", "delete ", "put\t", "\n", "{\"key\":\"", "\",\"value\":\"", "\"}", "\\x0", "\\u0", "\0", "61"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn objects_are_understood_as_serde_json_understands_them(line in json_line()) {
        let place = Place::new();
        let ran = fed(&["batch", "--create", &place.db], line.as_bytes());
        let Some((key, value)) = by_serde(&line) else {
            prop_assert_eq!(ran.status, USAGE, "{}", line);
            return Ok(());
        };
        prop_assert_eq!(ran.status, DONE, "{}: {}", line, ran.err);
        let there = kevo(&["scan", "--hex", &place.db]).done().out().to_owned();
        prop_assert_eq!(there, format!("{}\t{}\n", hex(&key), hex(&value)));
    }

    #[test]
    fn any_bytes_end_in_a_write_or_a_complaint(
        parts in prop::collection::vec(
            prop_oneof![
                prop::sample::select(PARTS).prop_map(|part| part.as_bytes().to_vec()),
                prop::collection::vec(any::<u8>(), 0..4),
            ],
            0..12,
        )
    ) {
        let place = Place::new();
        let ran = fed(&["batch", "--create", &place.db], &parts.concat());
        prop_assert!([DONE, USAGE].contains(&ran.status), "{}", ran.err);
        let harmless = |text: &str| text.chars().all(|c| c == '\n' || !c.is_control());
        prop_assert!(harmless(&ran.err) && harmless(ran.out()));
    }
}
