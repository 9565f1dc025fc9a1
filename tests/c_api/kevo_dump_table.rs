//! What `kevo-dump` shows of a table.
#![cfg(target_os = "linux")]

use crate::support::{compile, table_fixture};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use kevo::disk::{Disk, RealDisk};
use kevo::table::{PartKind, Properties, Table, TableWriter, WriterOptions};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::compile::{link_shared, program};
use crate::support::table_fixture::{Expected, Truth};

/// The width of a bar in a pipe.
const CELLS: u64 = 70;

fn kevo_dump(arguments: &[&str], table: &Path) -> Output {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, program) = BUILT.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        let program = program("examples-c/dump", "-std=c99", directory.path(), &link_shared(directory.path()));
        (directory, program)
    });
    compile::run(Command::new(program).env("LC_ALL", "C").args(arguments).arg(table))
}

fn stdout_of(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr_of(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn table(name: &str) -> PathBuf {
    table_fixture::only(name).path
}

/// The lines of `kevo-dump --json`, and the exit status.
fn json(arguments: &[&str], table: &Path) -> (Vec<Value>, Option<i32>) {
    let output = kevo_dump(&[&["--json"], arguments].concat(), table);
    let lines = stdout_of(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (lines, output.status.code())
}

fn bytes(hex: &Value) -> Option<Vec<u8>> {
    let digits = hex.as_str()?.as_bytes();
    let digit = |digit: u8| char::from(digit).to_digit(16).unwrap() as u8;
    Some(digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect())
}

fn is(line: &Value, expected: &Expected) -> bool {
    let value = match (bytes(&line["value"]), &expected.value) {
        (Some(value), Some(expected)) => line["op"] == "put" && expected.are(&value),
        (None, None) => line["op"] == "delete",
        _ => false,
    };
    line["kind"] == "entry"
        && expected.key.are(&bytes(&line["key"]).unwrap())
        && line["sequence"].as_u64() == Some(expected.sequence.unwrap_or(0))
        && value
}

/// A key, its sequence number, and its value unless it is a tombstone.
type Row<'a> = (&'a [u8], u64, Option<&'a [u8]>);

#[test]
fn every_table_is_shown_as_it_is() {
    for fixture in table_fixture::all() {
        let Truth::Entries { entries, blocks } = &fixture.truth else { continue };
        let (lines, status) = json(&[], &fixture.path);
        let (name, first) = (&fixture.name, &lines[0]);
        assert_eq!((&first["kind"], &first["ok"], status), (&"table".into(), &true.into(), Some(0)), "{name}");
        assert_eq!(first["entries"].as_u64(), Some(entries.len() as u64), "{name}");
        assert_eq!(first["blocks"].as_u64(), Some(*blocks), "{name}");
        assert_eq!(lines.len(), 1 + entries.len(), "{name}");
        assert!(lines[1..].iter().zip(entries).all(|(line, expected)| is(line, expected)), "{name}");
        let shown = kevo_dump(&["--limit=1"], &fixture.path);
        assert!(shown.status.success() && stdout_of(&shown).starts_with("intact "), "{name}");
    }
}

#[test]
fn the_fields_come_in_their_order() {
    let output = kevo_dump(&["--json"], &table("empty-values"));
    let expected = concat!(
        r#"{"kind":"table","ok":true,"error":null,"version":2,"generation":"C","entries":4,"blocks":1}"#,
        "\n",
        r#"{"kind":"entry","key":"6531","sequence":1,"op":"delete","value":null}"#,
        "\n",
        r#"{"kind":"entry","key":"6532","sequence":4,"op":"delete","value":null}"#,
        "\n",
        r#"{"kind":"entry","key":"6533","sequence":3,"op":"delete","value":null}"#,
        "\n",
        r#"{"kind":"entry","key":"66","sequence":5,"op":"put","value":"6631"}"#,
        "\n",
    );
    assert_eq!(stdout_of(&output), expected);
    assert_eq!(stderr_of(&output), "");
}

#[test]
fn a_table_of_ours_is_shown_with_what_kevo_does_not_see() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("+1-1.sst");
    let long = vec![b'x'; 70_000];
    let mut writer = TableWriter::new(fs::File::create(&path).unwrap(), &path, WriterOptions::default());
    let entries: [Row<'_>; 4] =
        [(b"", 7, Some(b"empty key")), (b"a", 8, None), (b"b", 9, Some(b"")), (&long, 10, Some(b"long"))];
    for (key, sequence, value) in entries {
        writer.add(key, sequence, value).unwrap();
    }
    writer.finish(Properties::default(), 1_700_000_000_000_000_000).unwrap();
    let (lines, status) = json(&[], &path);
    assert_eq!((status, &lines[0]["generation"], lines.len()), (Some(0), &"libkevo".into(), 5));
    for (line, (key, sequence, value)) in lines[1..].iter().zip(entries) {
        assert_eq!(bytes(&line["key"]).unwrap(), key);
        assert_eq!((line["sequence"].as_u64(), bytes(&line["value"]).as_deref()), (Some(sequence), value));
    }
    let output = kevo_dump(&["--limit=0"], &path);
    let shown = stdout_of(&output);
    assert!(shown.contains("  layout     libkevo, that of this library; footer version 3\n"), "{shown}");
    assert!(shown.contains("  created    2023-11-14 22:13:20 UTC\n"), "{shown}");
    assert!(shown.contains("  blocks     1, and 2 entries outside of them, which Kevo does not see\n"), "{shown}");
    assert!(shown.contains(&format!("\n  {}\n", drawn(&path, &[]))), "{shown}");
}

#[test]
fn generations_are_told() {
    for (name, generation) in
        [("first-release-opened-by-v1.4.2", "A"), ("one-flush-v1.3.2", "B"), ("by-hand-hidden-sections", "C")]
    {
        assert_eq!(json(&[], &table(name)).0[0]["generation"], generation, "{name}");
    }
}

#[test]
fn damage_fails_and_what_is_intact_comes_if_it_is_asked_for() {
    let file = "0_000001_01795647767046433797.sst";
    let path = table("damaged-data-block");
    let (lines, status) = json(&[], &path);
    assert_eq!(status, Some(1));
    assert_eq!((&lines[0]["ok"], &lines[0]["error"]), (&false.into(), &"corrupt".into()));
    let message = lines[0]["message"].as_str().unwrap();
    assert!(message.contains(file) && message.contains("58261"), "{message}");
    let stretch = format!(r#"{{"kind":"damage","file":"{file}","offset":58261,"length":58263,"damage":"corruption"}}"#);
    assert_eq!(lines[1..], [serde_json::from_str::<Value>(&stretch).unwrap()]);

    let (skipped, status) = json(&["--mode=skip-corrupted"], &path);
    assert_eq!(status, Some(1));
    assert_eq!(skipped[..2], lines[..2]);
    assert_eq!(skipped.len(), 2 + 1494);
    assert!(skipped[2..].iter().all(|line| line["kind"] == "entry"));
    assert!(skipped[2..].windows(2).all(|pair| bytes(&pair[0]["key"]) < bytes(&pair[1]["key"])));

    let (lines, status) = json(&["--mode=skip-corrupted"], &table("damaged-index"));
    assert_eq!((status, lines.len()), (Some(1), 2 + 2600));
    assert_eq!(lines[0]["blocks"], 3);
}

#[test]
fn damage_is_shown_to_people_and_what_brings_back_more() {
    let path = table("damaged-data-block");
    let output = kevo_dump(&[], &path);
    let (shown, said) = (stdout_of(&output), stderr_of(&output));
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.starts_with("damaged: "), "{shown}");
    assert!(shown.contains("  damage     1 corrupt stretch, 58,263 bytes\n"), "{shown}");
    assert!(shown.contains("corruption at 58,261, 58,263 bytes: its checksum does not match\n"), "{shown}");
    assert!(
        !shown.contains("\nentries\n") && said.contains("--mode skip-corrupted brings back 1,494 entries"),
        "{said}"
    );
    let output = kevo_dump(&["--mode", "skip-corrupted", "--limit=2"], &path);
    assert!(stdout_of(&output).ends_with("  and 1,492 entries more\n"), "{}", stdout_of(&output));
    assert!(!stderr_of(&output).contains("brings back"));
}

/// The bar of a table, drawn from what the engine says of its parts; a block that is damaged is an X.
fn drawn(path: &Path, damaged: &[std::ops::Range<u64>]) -> String {
    let table = Table::open(path, RealDisk.open(path).unwrap(), None).unwrap();
    let size = fs::metadata(path).unwrap().len();
    let mut parts = Vec::new();
    for number in 0..table.part_count().unwrap() {
        let part = table.part(number).unwrap().unwrap();
        let (rank, symbol) = match part.kind {
            PartKind::Block if number % 2 == 1 => (0, '-'),
            PartKind::Block => (1, '='),
            PartKind::Oversize => (2, 'o'),
            PartKind::Section => (3, 's'),
            PartKind::Filter => (4, 'f'),
            PartKind::Properties => (5, 'p'),
            PartKind::Index => (6, 'i'),
            PartKind::Footer => (7, '|'),
            PartKind::Damaged => (8, 'X'),
        };
        parts.push((rank, symbol, part.offset..part.offset + part.length));
    }
    parts.extend(damaged.iter().map(|stretch| (9, 'X', stretch.clone())));
    let overlaps = |cell: u64, bytes: &std::ops::Range<u64>| {
        bytes.start * CELLS < (cell + 1) * size && cell * size < bytes.end * CELLS
    };
    let symbol = |cell| parts.iter().filter(|(.., bytes)| overlaps(cell, bytes)).max_by_key(|(rank, ..)| *rank);
    (0..CELLS).map(|cell| symbol(cell).map_or('.', |(_, symbol, _)| *symbol)).collect()
}

#[test]
fn the_map_is_to_scale() {
    let damage = 58_261..58_261 + 58_263;
    let cases: [(&str, &[std::ops::Range<u64>]); 6] = [
        ("empty-values", &[]),
        ("first-release-opened-by-v1.4.2", &[]),
        ("by-hand-hidden-sections", &[]),
        ("by-hand-one-entry-blocks", &[]),
        ("by-hand-no-bloom", &[]),
        ("damaged-data-block", &[damage]),
    ];
    for (name, damaged) in cases {
        let path = table(name);
        let output = kevo_dump(&["--limit=0"], &path);
        let bar = format!("\n  {}\n", drawn(&path, damaged));
        assert!(stdout_of(&output).contains(&bar), "{name}: {bar}{}", stdout_of(&output));
    }
}

#[test]
fn keys_prefixes_and_limits_choose_among_the_entries() {
    let path = table("by-hand-versions-newest-first");
    let listed = |arguments: &[&str]| {
        let output = kevo_dump(arguments, &path);
        stdout_of(&output).split_once("\nentries\n").map_or(String::new(), |(_, listed)| listed.to_owned())
    };
    assert_eq!(
        listed(&["--key", "k000"]),
        "  300  \"k000\" deleted\n  200  \"k000\" = \"mid\"\n  100  \"k000\" = \"old\"\n"
    );
    assert_eq!(listed(&["--prefix=k00", "--limit=1"]), "  300  \"k000\" deleted\n  and 29 entries more\n");
    assert_eq!(listed(&["--key", "none"]), "");
}

#[test]
fn what_says_nothing_about_a_table_is_bad_usage() {
    let path = table("empty-values");
    for option in [
        "--order=log",
        "--max-sequence=1",
        "--max-memtables=1",
        "--memtable-size=1",
        "--include-set-aside",
        "--export=x",
    ] {
        let output = kevo_dump(&[option], &path);
        assert_eq!(output.status.code(), Some(2), "{option}");
        assert!(output.stdout.is_empty() && stderr_of(&output).contains("usage: kevo-dump"), "{option}");
    }
}

#[test]
fn a_file_that_is_no_table_is_an_error_and_a_log_is_told_apart() {
    let directory = TempDir::new().unwrap();
    let (any, log) = (directory.path().join("x"), directory.path().join("x.wal"));
    fs::write(&any, "this is no table").unwrap();
    fs::write(&log, "").unwrap();
    let (lines, status) = json(&[], &any);
    assert_eq!((status, &lines[0]["kind"], &lines[0]["error"]), (Some(1), &"table".into(), &"corrupt".into()));
    let (lines, status) = json(&[], &log);
    assert_eq!((status, &lines[0]["kind"], &lines[0]["error"]), (Some(1), &"recovery".into(), &"io".into()));
}
