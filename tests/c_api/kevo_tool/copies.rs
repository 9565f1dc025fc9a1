//! salvage, checkpoint, export, import.

use std::fs;
use std::path::Path;

use kevo::{Options, recover};
use serde_json::json;

use super::tool::{DAMAGE, FAILED, Place, USAGE, command, fed, kevo, scanned};
use crate::support::compile::{link_shared, program, succeed};
use crate::support::database_case::listing;
use crate::support::library::in_repository;

#[test]
fn a_checkpoint_is_a_database_that_is_there_whole() {
    let place = Place::with_table(500);
    kevo(&["put", &place.db, "in the log", "too"]).done();
    let second = place.beside("second");
    let line = json!({"kind": "checkpoint", "ok": true, "error": null, "directory": second, "sequence": 501});
    assert_eq!(kevo(&["checkpoint", "--json", &place.db, &second]).done().json(), [line]);
    kevo(&["delete", &place.db, "--from", "a"]).done();
    assert_eq!(scanned(&second).lines().count(), 501);
    kevo(&["verify", &second]).done();
    let failed = kevo(&["checkpoint", "--json", &place.db, &second]).ends_with(FAILED).says("something already");
    assert_eq!(failed.json()[0]["error"], "exists");
    kevo(&["checkpoint", &place.db, &place.beside("third")]).done();
    kevo(&["checkpoint", &place.db, &format!("{}/inside", place.db)]).ends_with(USAGE);
}

#[test]
fn what_is_left_goes_into_a_new_database() {
    let place = Place::with_table(2000);
    let sound = place.beside("sound");
    let counts = json!({"damaged": 0, "doubt": 0, "torn_tails": 0});
    let mut line = json!({"kind": "salvage", "ok": true, "error": null, "directory": sound});
    line.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
    assert_eq!(kevo(&["salvage", "--json", &place.db, &sound]).done().json(), [line]);
    assert_eq!(scanned(&sound), place.scanned());

    place.damage(50_000);
    let before = listing(Path::new(&place.db));
    let salvaged = place.beside("salvaged");
    let shown = kevo(&["salvage", &place.db, &salvaged]).ends_with(DAMAGE);
    assert!(shown.out().contains("damaged: sst/+") && shown.out().contains("salvaged into "), "{}", shown.out());
    assert_eq!(listing(Path::new(&place.db)), before);
    assert_eq!(scanned(&salvaged), kevo(&["scan", "--mode=skip-corrupted", &place.db]).done().out());
    kevo(&["salvage", &place.db, &salvaged]).ends_with(FAILED);
    kevo(&["salvage", &place.beside("nothing"), &place.beside("other")]).ends_with(FAILED);
}

#[test]
fn what_is_exported_can_be_imported() {
    let place = Place::with_table(3000);
    fed(&["batch", &place.db], b"put \\x00\\xff \\x01\ndelete key0001\nput  the-empty-key\n").done();
    let exported = kevo(&["export", &place.db]).done();
    let copy = place.beside("copy");
    let said = fed(&["import", "--create", &copy], &exported.out).done();
    assert_eq!(said.out(), "3,001 operations written\n");
    assert_eq!(scanned(&copy), place.scanned());
    assert_eq!(kevo(&["export", &copy]).done().json().len(), 3001);
}

#[test]
fn what_kevo_dump_prints_can_be_imported() {
    let place = Place::with_table(100);
    let directory = tempfile::tempdir().unwrap();
    let kevo_dump = program("examples-c/dump", "-std=c99", directory.path(), &link_shared(directory.path()));
    let dumped = succeed(std::process::Command::new(kevo_dump).args(["--json", &place.db]));
    let copy = place.beside("copy");
    fed(&["import", "--create", &copy], &dumped.stdout).done();
    assert_eq!(scanned(&copy), place.scanned());
}

#[test]
fn a_database_becomes_a_log_of_kevos_and_a_log_a_database() {
    let place = Place::with_table(1000);
    let log = place.beside("log");
    let lines = kevo(&["export", "--json", "--log", &log, &place.db]).done().json();
    let size = 1000 * (16 + 7 + 100);
    assert_eq!(lines.len(), 1);
    for (name, value) in [
        ("kind", json!("export")),
        ("ok", json!(true)),
        ("directory", json!(log)),
        ("entries", json!(1000)),
        ("memtable_size", json!(size)),
    ] {
        assert_eq!(lines[0][name], value, "{name}");
    }
    let (list, _) = recover(Path::new(&log), &Options::default(), None);
    assert_eq!(list.unwrap().max_sequence(), 1000);
    kevo(&["export", "--log", &log, &place.db]).ends_with(FAILED).says("not empty");

    let copy = place.beside("copy");
    kevo(&["import", "--create", "--log", &log, &copy]).done();
    assert_eq!(scanned(&copy), place.scanned());
}

#[test]
fn deletes_in_a_log_are_imported_too_and_damage_is_told() {
    let place = Place::with("put key1 old\nput key3 stays\n");
    let fixture = |name: &str| in_repository(&format!("tests/fixtures/{name}/wal")).to_str().unwrap().to_owned();
    kevo(&["import", &place.db, "--log", &fixture("basic")]).done();
    assert_eq!(kevo(&["get", &place.db, "key1"]).status, 1);
    assert_eq!(kevo(&["get", &place.db, "key2"]).done().out(), "value2\n");
    let before = listing(Path::new(&place.db));
    kevo(&["import", &place.db, "--log", &fixture("dmg-flip-payload-mid")]).ends_with(DAMAGE);
    assert_eq!(listing(Path::new(&place.db)), before);
    kevo(&["import", "--mode=skip-corrupted", &place.db, "--log", &fixture("dmg-flip-payload-mid")]).done();
}

#[test]
fn nothing_is_left_in_the_directory_for_temporary_files() {
    let place = Place::with_table(10);
    let temporary = place.beside("temporary");
    fs::create_dir(&temporary).unwrap();
    let output =
        command(&["export", "--log", &place.beside("log"), &place.db]).env("TMPDIR", &temporary).output().unwrap();
    assert!(output.status.success());
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    let output = command(&["export", "--log", &place.beside("other"), &place.db])
        .env("TMPDIR", place.beside("none"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(FAILED));
}
