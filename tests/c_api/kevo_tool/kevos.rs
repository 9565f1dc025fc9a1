//! Directories that Kevo left.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::tool::{DAMAGE, Place, USAGE, fed, hex, kevo, scanned};
use crate::support::database_case::{Case, cases, copy_all, listing, shown};
use crate::support::library::in_repository;

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes();
    let digit = |digit: u8| char::from(digit).to_digit(16).unwrap() as u8;
    digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// The keys that JSON lines have, with their values, as in `case.json`.
fn keys(lines: &[Value]) -> BTreeMap<String, String> {
    lines.iter().map(|line| (shown(&bytes(&line["key"])), shown(&bytes(&line["value"])))).collect()
}

/// What is there that is not true; nothing if all is well.
fn mistakes(case: &Case, keys: &BTreeMap<String, String>) -> Vec<String> {
    let is_open = |key: &String| case.unknown.contains(key) || case.maybe.contains(key) || case.lost.contains(key);
    let wrong = case.truth.iter().filter(|(key, value)| !is_open(key) && keys.get(*key) != value.as_ref());
    let invented = keys.keys().filter(|key| !case.truth.contains_key(*key) && !is_open(key));
    wrong.map(|(key, _)| key.clone()).chain(invented.cloned()).collect()
}

#[test]
fn reading_commands_tell_the_truth_and_change_nothing() {
    for case in cases().iter().filter(|case| case.is_derivable && !case.is_damaged) {
        let place = Place::of(case.copy());
        let before = listing(Path::new(&place.db));
        let name = &case.name;
        for command in ["scan", "export"] {
            let lines = kevo(&[command, "--json", &place.db]).done().json();
            assert_eq!(mistakes(case, &keys(&lines)), Vec::<String>::new(), "{name}: {command}");
        }
        let backwards = kevo(&["scan", "--json", "--reverse", &place.db]).done().json();
        assert_eq!(mistakes(case, &keys(&backwards)), Vec::<String>::new(), "{name}");
        kevo(&["stats", &place.db]).done();
        assert_eq!(kevo(&["get", &place.db, "never written"]).status, 1, "{name}");
        let verified = kevo(&["verify", &place.db]);
        assert!([0, DAMAGE].contains(&verified.status), "{name}: {}", verified.err);
        if Path::new(&place.db).join("wal").is_dir() {
            kevo(&["tail", &place.db]);
        }
        kevo(&["bench", "--num=10", &place.db, "readrandom,readseq"]).done();
        assert_eq!(listing(Path::new(&place.db)), before, "{name}");
    }
}

/// Each command that writes, and what goes to its standard input.
fn writing(db: &str, beside: &str) -> Vec<(Vec<String>, &'static str)> {
    let commands: [(&[&str], &str); 7] = [
        (&["put", db, "key", "value"], ""),
        (&["delete", db, "key"], ""),
        (&["batch", db], "put key value\n"),
        (&["import", db], "{\"key\":\"00\",\"value\":\"\"}\n"),
        (&["compact", db], ""),
        (&["checkpoint", db, beside], ""),
        (&["put", "--create", db, "key", "value"], ""),
    ];
    commands.map(|(words, input)| (words.iter().map(|word| (*word).to_owned()).collect(), input)).into()
}

#[test]
fn a_database_of_kevos_is_taken_over_only_if_that_is_asked_for() {
    for name in ["one-flush", "wal-only", "set-aside-torn", "manifest-missing", "one-flush-first-release"] {
        let case = cases().into_iter().find(|case| case.name == name).unwrap();
        let place = Place::of(case.copy());
        let before = listing(Path::new(&place.db));
        for (arguments, input) in writing(&place.db, &place.beside("second")) {
            let refused = fed(&arguments, input.as_bytes()).ends_with(USAGE);
            assert!(refused.out.is_empty(), "{arguments:?}");
            refused.says("database of Kevo's").says(" log").says(" table").says("--adopt to go on");
            assert_eq!(listing(Path::new(&place.db)), before, "{name}: {arguments:?}");
        }
        assert!(!Path::new(&place.beside("second")).exists());

        kevo(&["put", "--adopt", &place.db, "a key of ours", "value"]).done();
        assert!(Path::new(&place.db).join("VERSIONS").is_file());
        let mut there = keys(&kevo(&["scan", "--json", &place.db]).done().json());
        assert_eq!(there.remove(&hex(b"a key of ours")), Some(hex(b"value")), "{name}");
        assert_eq!(mistakes(&case, &there), Vec::<String>::new(), "{name}");
        for (arguments, input) in writing(&place.db, &place.beside("second")) {
            fed(&arguments, input.as_bytes()).done();
        }
        assert_eq!(kevo(&["stats", "--json", &place.db]).done().json()[0]["foreign-tables"], 0);
    }
}

#[test]
fn one_word_takes_over_and_rewrites_all_that_is_kevos() {
    let case = cases().into_iter().find(|case| case.name == "compacted").unwrap();
    let place = Place::of(case.copy());
    kevo(&["compact", "--yes", &place.db]).done();
    let there = keys(&kevo(&["scan", "--json", &place.db]).done().json());
    assert_eq!(mistakes(&case, &there), Vec::<String>::new());
    let names: Vec<String> = fs::read_dir(Path::new(&place.db).join("sst"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| name.starts_with('+')), "{names:?}");
}

#[test]
fn what_is_left_of_kevos_damaged_database_is_salvaged() {
    for case in cases().iter().filter(|case| case.is_damaged) {
        let place = Place::of(case.copy());
        let before = listing(Path::new(&place.db));
        let salvaged = place.beside("salvaged");
        let lines = kevo(&["salvage", "--json", &place.db, &salvaged]).ends_with(DAMAGE).json();
        assert_eq!(lines.last().unwrap()["kind"], "salvage");
        assert!(lines[..lines.len() - 1].iter().all(|line| line["kind"] == "damage") && lines.len() > 1);
        assert_eq!(listing(Path::new(&place.db)), before);
        let there = keys(&kevo(&["scan", "--json", &salvaged]).done().json());
        for (key, value) in &case.in_whole_blocks {
            assert_eq!(there.get(key), Some(value), "{}: {key}", case.name);
        }
        kevo(&["verify", &salvaged]).done();
    }
}

/// The command of the guide.
#[test]
fn what_kevo_set_aside_comes_back_by_one_command() {
    let place = Place::new();
    let fixture = in_repository("tests/fixtures/engine-set-aside/wal");
    copy_all(&fixture, &Path::new(&place.db).join("wal"));
    kevo(&["compact", &place.db]).ends_with(USAGE).says("1 directory that Kevo has set aside");
    kevo(&["compact", "--adopt", &place.db]).done();
    assert_eq!(place.scanned().lines().count(), 102);
    kevo(&["verify", &place.db]).done();

    let unchanged = Place::new();
    copy_all(&fixture, &Path::new(&unchanged.db).join("wal"));
    let exported = kevo(&["export", &unchanged.db]).done();
    fed(&["import", "--create", &unchanged.beside("new")], &exported.out).done();
    assert_eq!(scanned(&unchanged.beside("new")), place.scanned());
}
