//! What `kevo-dump` shows of a database.
#![cfg(target_os = "linux")]

use crate::support::compile;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use kevo::db::{Database, DbOptions, WriteOptions};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::compile::{link_shared, program};
use crate::support::database_case::{Case, cases, listing, shown};

/// The width of the bar of the largest run in a pipe.
const CELLS: usize = 68;

fn kevo_dump(arguments: &[&str], database: &Path) -> Output {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, program) = BUILT.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        let program = program("examples-c/dump", "-std=c99", directory.path(), &link_shared(directory.path()));
        (directory, program)
    });
    compile::run(Command::new(program).env("LC_ALL", "C").args(arguments).arg(database))
}

fn stdout_of(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr_of(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The lines of `kevo-dump --json`.
struct Lines {
    first: Value,
    damage: Vec<Value>,
    tables: Vec<Value>,
    entries: Vec<Value>,
    status: Option<i32>,
}

impl Lines {
    /// Panics if the lines do not come in their order.
    fn of(arguments: &[&str], database: &Path) -> Self {
        let output = kevo_dump(&[&["--json"], arguments].concat(), database);
        let mut lines = stdout_of(&output).lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).peekable();
        let first = lines.next().unwrap_or_else(|| panic!("{}", compile::text_of(&output)));
        assert_eq!(first["kind"], "database");
        let mut of_kind = |kind: &str| {
            let mut of_kind = Vec::new();
            while let Some(line) = lines.next_if(|line| line["kind"] == kind) {
                of_kind.push(line);
            }
            of_kind
        };
        let (damage, tables, entries) = (of_kind("damage"), of_kind("table"), of_kind("entry"));
        assert!(lines.next().is_none(), "a line out of order");
        Self { first, damage, tables, entries, status: output.status.code() }
    }

    fn damage_of(&self, kind: &str) -> BTreeSet<&str> {
        let of_kind = self.damage.iter().filter(|line| line["damage"] == kind);
        of_kind.map(|line| line["file"].as_str().unwrap()).collect()
    }

    /// Each key with its value, as in `case.json`.
    fn keys(&self) -> BTreeMap<String, String> {
        self.entries.iter().map(|line| (shown(&bytes(&line["key"])), shown(&bytes(&line["value"])))).collect()
    }
}

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes();
    let digit = |digit: u8| char::from(digit).to_digit(16).unwrap() as u8;
    digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// What `lines` have that is not true; nothing if all is well.
fn mistakes(case: &Case, lines: &Lines) -> Vec<String> {
    let mut mistakes = Vec::new();
    let keys = lines.keys();
    let is_open = |key: &String| case.unknown.contains(key) || case.maybe.contains(key) || case.lost.contains(key);
    for (key, value) in case.truth.iter().filter(|(key, _)| !is_open(key)) {
        if keys.get(key) != value.as_ref() {
            mistakes.push(format!("{key} is {:?}, and not {value:?}", keys.get(key)));
        }
    }
    for key in keys.keys().filter(|key| !case.truth.contains_key(*key) && !is_open(key)) {
        mistakes.push(format!("{key} was never written"));
    }
    if lines.first["keys"].as_u64() != Some(lines.entries.len() as u64) || keys.len() != lines.entries.len() {
        mistakes.push(format!("{} for {} keys", lines.first, lines.entries.len()));
    }
    if lines.first["tables"].as_u64() != Some(lines.tables.len() as u64) {
        mistakes.push(format!("{} for {} tables", lines.first, lines.tables.len()));
    }
    if !lines.entries.is_sorted_by(|one, other| bytes(&one["key"]) < bytes(&other["key"])) {
        mistakes.push("the keys are not in ascending order".to_owned());
    }
    let last = lines.first["last_sequence"].as_u64();
    if lines.entries.iter().any(|line| line["op"] != "put" || line["sequence"].as_u64() > last) {
        mistakes.push("an entry is no put, or was written after the last".to_owned());
    }
    mistakes
}

/// The tables with their entries, as in `case.json`.
fn tables_of(case: &Case) -> BTreeMap<String, u64> {
    let case: Value = serde_json::from_slice(&fs::read(case.db.with_file_name("case.json")).unwrap()).unwrap();
    let tables = case["ssts"].as_array().cloned().unwrap_or_default();
    let counted = tables.iter().filter_map(|table| Some((table["file"].as_str()?, table["entries"].as_array()?.len())));
    counted.map(|(file, entries)| (file.to_owned(), entries as u64)).collect()
}

#[test]
fn every_database_of_kevos_is_shown_as_it_is() {
    for case in cases().iter().filter(|case| case.is_derivable && !case.is_damaged) {
        let directory = case.copy();
        let path = directory.path().join("db");
        let before = listing(&path);
        let (name, lines) = (&case.name, Lines::of(&[], &path));
        assert_eq!(
            (&lines.first["ok"], &lines.first["error"], lines.status),
            (&true.into(), &Value::Null, Some(0)),
            "{name}"
        );
        assert_eq!(mistakes(case, &lines), Vec::<String>::new(), "{name}");
        let tables = tables_of(case);
        for line in &lines.tables {
            let (file, entries) = (line["file"].as_str().unwrap(), line["entries"].as_u64().unwrap());
            assert_eq!(tables.get(file), Some(&entries), "{name}: {file}");
        }
        let shown = kevo_dump(&["--limit=1"], &path);
        assert!(shown.status.success() && stdout_of(&shown).starts_with("read "), "{name}");
        assert_eq!(listing(&path), before, "{name}");
    }
}

#[test]
fn what_the_files_do_not_tell_is_doubt() {
    for case in cases().iter().filter(|case| !case.is_derivable && !case.is_damaged) {
        let directory = case.copy();
        let (name, lines) = (&case.name, Lines::of(&[], &directory.path().join("db")));
        assert_eq!(lines.status, Some(0), "{name}");
        if lines.damage_of("doubt").is_empty() {
            assert_eq!(mistakes(case, &lines), Vec::<String>::new(), "{name}");
        }
    }
}

/// A database of ours: two tables, the newer one with a tombstone; and in the log a key that is deleted and one that is
/// there.
fn ours() -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("db");
    let database = Database::open(&path, &DbOptions::default(), None).0.unwrap();
    let put = |key: &str, value: &str| {
        database.put(key.as_bytes(), value.as_bytes(), WriteOptions::default()).unwrap();
    };
    for number in 0..200 {
        put(&format!("key{number:03}"), "in the older table");
    }
    database.flush().unwrap();
    put("key001", "in the newer table");
    database.delete(b"key002", WriteOptions::default()).unwrap();
    database.flush().unwrap();
    put("key003", "in the log");
    database.delete(b"key004", WriteOptions::default()).unwrap();
    database.close().unwrap();
    (directory, path)
}

#[test]
fn a_database_of_ours_is_shown_line_by_line() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("db");
    let database = Database::open(&path, &DbOptions::default(), None).0.unwrap();
    for (key, value) in [("a", "1"), ("b", "2"), ("c", "3")] {
        database.put(key.as_bytes(), value.as_bytes(), WriteOptions::default()).unwrap();
    }
    database.flush().unwrap();
    database.delete(b"a", WriteOptions::default()).unwrap();
    database.put(b"b", b"22", WriteOptions::default()).unwrap();
    database.close().unwrap();
    let before = listing(&path);
    let table = before.keys().find(|path| path.extension().is_some_and(|end| end == "sst")).unwrap();
    let expected = [
        r#"{"kind":"database","ok":true,"error":null,"last_sequence":5,"tables":1,"keys":2}"#,
        &format!(r#"{{"kind":"table","file":"sst/{}","entries":3}}"#, table.file_name().unwrap().to_str().unwrap()),
        r#"{"kind":"entry","key":"62","sequence":5,"op":"put","value":"3232"}"#,
        r#"{"kind":"entry","key":"63","sequence":3,"op":"put","value":"33"}"#,
        "",
    ];
    for path in [path.clone(), path.join("")] {
        let output = kevo_dump(&["--json"], &path);
        assert_eq!((stdout_of(&output), stderr_of(&output)), (expected.join("\n").as_str(), ""));
    }
    assert_eq!(listing(&path), before);
}

#[test]
fn a_database_is_told_from_a_directory_of_logs() {
    let (_directory, path) = ours();
    for removed in ["VERSIONS", "MANIFEST"] {
        fs::remove_file(path.join(removed)).unwrap();
        let lines = Lines::of(&[], &path);
        assert_eq!((lines.status, lines.entries.len()), (Some(0), 198), "{removed}");
        assert_eq!(lines.damage_of("rebuilt"), ["VERSIONS"].into(), "{removed}");
    }
    let output = kevo_dump(&["--json"], &path.join("wal"));
    assert!(stdout_of(&output).starts_with(r#"{"kind":"recovery","ok":true"#), "{}", stdout_of(&output));
}

#[test]
fn tables_come_newest_first_and_runs_are_drawn_to_scale() {
    let (_directory, path) = ours();
    let lines = Lines::of(&[], &path);
    let entries: Vec<u64> = lines.tables.iter().map(|line| line["entries"].as_u64().unwrap()).collect();
    assert_eq!(entries, [2, 200]);
    let bytes: Vec<usize> =
        lines.tables.iter().map(|line| fs::read(path.join(line["file"].as_str().unwrap())).unwrap().len()).collect();
    let output = kevo_dump(&["--limit=3"], &path);
    let shown = stdout_of(&output);
    let bar = |bytes_of_run: usize| format!("\n    {}\n", "=".repeat((bytes_of_run * CELLS).div_ceil(bytes[1])));
    let (newer, older) = (shown.find(&bar(bytes[0])).expect(shown), shown.find(&bar(bytes[1])).expect(shown));
    assert!(newer < older, "{shown}");
    for part in [
        ", no damage\n",
        "  sequence   204, the last\n",
        "  keys       198\n",
        "  memtables  2, ",
        " KiB of memory\n",
        "  tables     2 in 2 runs, 202 entries, ",
        "\nentries\n    1  \"key000\" = \"in the older table\"\n  201  \"key001\" = \"in the newer table\"\n",
        "  203  \"key003\" = \"in the log\"\n  and 195 entries more\n",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let output = kevo_dump(&["--prefix=key00"], &path);
    assert!(stdout_of(&output).ends_with("  10  \"key009\" = \"in the older table\"\n"), "{}", stdout_of(&output));
    let output = kevo_dump(&["--key=key002"], &path);
    assert!(stdout_of(&output).ends_with("\nno entry has such a key\n"), "{}", stdout_of(&output));
}

#[test]
fn options_that_say_nothing_about_a_database_are_refused() {
    let (_directory, path) = ours();
    for option in ["--order=log", "--max-sequence=7", "--max-memtables=9", "--memtable-size=9", "--export=/nowhere"] {
        let output = kevo_dump(&[option], &path);
        let name = option.split('=').next().unwrap();
        let complaint = format!("kevo-dump: this says nothing about a database: {name}\n");
        assert_eq!(output.status.code(), Some(2), "{option}");
        assert!(stderr_of(&output).starts_with(&complaint), "{}", stderr_of(&output));
    }
    assert_eq!(Lines::of(&["--include-set-aside"], &path).entries.len(), 198);
}

/// The first line of a database that could not be read.
fn assert_failed(lines: &Lines, error: &str) {
    let first = &lines.first;
    assert_eq!((&first["ok"], &first["error"], lines.status), (&false.into(), &error.into(), Some(1)), "{first}");
    for number in ["last_sequence", "tables", "keys"] {
        assert_eq!(first[number], 0, "{first}");
    }
    assert!(!first["message"].as_str().unwrap().is_empty());
    assert!(lines.tables.is_empty() && lines.entries.is_empty());
}

fn only_table(path: &Path) -> PathBuf {
    let tables = fs::read_dir(path.join("sst")).unwrap().map(|entry| entry.unwrap().path());
    tables.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap()
}

#[test]
fn a_damaged_block_fails_and_is_told_and_the_rest_comes_if_it_is_asked_for() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("db");
    let database = Database::open(&path, &DbOptions::default(), None).0.unwrap();
    for number in 0..2000 {
        database.put(format!("key{number:04}").as_bytes(), &[b'v'; 100], WriteOptions::default()).unwrap();
    }
    database.flush().unwrap();
    database.close().unwrap();
    let table = only_table(&path);
    let mut bytes = fs::read(&table).unwrap();
    bytes[50_000] ^= 1;
    fs::write(&table, bytes).unwrap();

    let failed = Lines::of(&[], &path);
    assert_failed(&failed, "corrupt");
    let skipped = Lines::of(&["--mode=skip-corrupted"], &path);
    assert_eq!((skipped.status, &skipped.first["ok"]), (Some(0), &true.into()));
    let lost = 2000 - skipped.entries.len();
    assert!((1..100).contains(&lost), "{lost}");
    for lines in [&failed, &skipped] {
        assert_eq!(lines.damage.len(), 1);
        let number = |name: &str| lines.damage[0][name].as_u64().unwrap();
        assert!((number("offset")..number("offset") + number("length")).contains(&50_000), "{}", lines.damage[0]);
        assert_eq!(
            lines.damage_of("corruption"),
            [format!("sst/{}", table.file_name().unwrap().to_str().unwrap()).as_str()].into()
        );
    }
    let output = kevo_dump(&["--limit=0"], &path);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout_of(&output).starts_with("not read: ") && stdout_of(&output).contains("corruption: sst/+"),
        "{}",
        stdout_of(&output)
    );
    let advice = format!("\n  --mode skip-corrupted brings back {} keys\n", 2000 - lost);
    assert!(stderr_of(&output).replace(',', "").ends_with(&advice), "{}", stderr_of(&output));
}

#[test]
fn a_table_that_is_gone_is_missing() {
    let (_directory, path) = ours();
    let table = only_table(&path);
    fs::remove_file(&table).unwrap();
    let file = format!("sst/{}", table.file_name().unwrap().to_str().unwrap());
    let failed = Lines::of(&[], &path);
    assert_failed(&failed, "corrupt");
    let skipped = Lines::of(&["--mode=skip-corrupted"], &path);
    assert_eq!((skipped.status, skipped.entries.len()), (Some(0), 2));
    for lines in [&failed, &skipped] {
        assert_eq!(lines.damage_of("missing"), [file.as_str()].into());
    }
}

#[test]
fn modes_are_those_of_logs() {
    let case = cases().into_iter().find(|case| case.name == "wal-only").unwrap();
    let directory = case.copy();
    let path = directory.path().join("db");
    let log = fs::read_dir(path.join("wal")).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let bytes = fs::read(&log).unwrap();
    fs::write(&log, &bytes[..bytes.len() - 1]).unwrap();
    let file = format!("wal/{}", log.file_name().unwrap().to_str().unwrap());
    let (tolerant, absolute) = (Lines::of(&[], &path), Lines::of(&["--mode=absolute"], &path));
    assert_eq!((tolerant.status, &tolerant.first["ok"]), (Some(0), &true.into()));
    assert_failed(&absolute, "corrupt");
    for lines in [&tolerant, &absolute] {
        assert_eq!(lines.damage_of("torn-tail"), [file.as_str()].into());
    }
}
