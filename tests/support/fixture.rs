//! The logs in `tests/fixtures`, with what recovery gives for each of several sets of options.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::model::{
    Damage, DamageKind, FailureKind, LogFile, Mode, Options, Order, Outcome, Recovered, Table, Version,
};

pub struct Fixture {
    pub name: String,
    pub wal_dir: PathBuf,
    /// Every file in and below the directory.
    pub files: Vec<LogFile>,
    pub runs: Vec<Run>,
}

pub struct Run {
    pub options: Options,
    expected: Value,
}

/// All fixtures, in the order of their names.
pub fn all() -> Vec<Fixture> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut fixtures: Vec<Fixture> = entries_of(&directory).iter().map(|path| Fixture::load(path)).collect();
    assert!(!fixtures.is_empty(), "no fixtures");
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    fixtures
}

impl Fixture {
    fn load(directory: &Path) -> Self {
        let wal_dir = directory.join("wal");
        let mut files = Vec::new();
        collect_files(&wal_dir, "", &mut files);
        let case = fs::read(directory.join("case.json")).unwrap();
        let case: Value = serde_json::from_slice(&case).unwrap();
        let runs: Vec<Run> = array(&case["runs"]).iter().map(Run::parse).collect();
        let name = name_of(directory);
        assert!(!runs.is_empty(), "{name} has no runs");
        Self { name, wal_dir, files, runs }
    }
}

impl Run {
    fn parse(run: &Value) -> Self {
        let mut expected = run.clone();
        let options = expected.as_object_mut().unwrap().remove("options").unwrap();
        Self { options: parse_options(&options), expected }
    }

    /// Panics if this is not what the fixture says.
    pub fn check(&self, fixture: &str, outcome: &Outcome) {
        let actual = as_json(outcome);
        for part in ["ok", "error", "damage", "max_sequence", "memtables"] {
            assert_eq!(actual.get(part), self.expected.get(part), "{part} of {fixture} with {:?}", self.options);
        }
        assert_eq!(actual, self.expected, "{fixture} with {:?}", self.options);
    }
}

fn parse_options(options: &Value) -> Options {
    let mode = match text(&options["mode"]) {
        "absolute" => Mode::Absolute,
        "tolerate-torn-tail" => Mode::TolerateTornTail,
        "point-in-time" => Mode::PointInTime,
        "skip-corrupted" => Mode::SkipCorrupted,
        other => panic!("mode {other}"),
    };
    let order = match text(&options["order"]) {
        "log" => Order::Log,
        "sequence" => Order::Sequence,
        other => panic!("order {other}"),
    };
    Options {
        mode,
        order,
        max_sequence: number(&options["max_sequence"]),
        max_memtables: usize::try_from(number(&options["max_memtables"])).unwrap(),
        memtable_size: number(&options["memtable_size"]),
        include_set_aside: false,
    }
}

/// An outcome as a fixture would describe it.
fn as_json(outcome: &Outcome) -> Value {
    let damage: Vec<Value> = outcome.damage.iter().map(damage_as_json).collect();
    match &outcome.result {
        Ok(Recovered { max_sequence, memtables }) => json!({
            "ok": true,
            "error": null,
            "damage": damage,
            "max_sequence": max_sequence,
            "memtables": memtables.iter().map(table_as_json).collect::<Vec<_>>(),
        }),
        Err(failure) => json!({
            "ok": false,
            "error": match failure.kind {
                FailureKind::Corrupt => "corrupt",
                FailureKind::TooManyMemtables => "limit",
                FailureKind::Unsupported => "unsupported",
            },
            "damage": damage,
        }),
    }
}

fn damage_as_json(damage: &Damage) -> Value {
    json!({
        "file": damage.file,
        "offset": damage.offset,
        "length": damage.length,
        "kind": match damage.kind {
            DamageKind::TornTail => "torn-tail",
            DamageKind::Corruption => "corruption",
        },
    })
}

fn table_as_json(table: &Table) -> Value {
    json!({
        "immutable": table.immutable,
        "approximate_size": table.approximate_size,
        "entries": table.versions.iter().map(version_as_json).collect::<Vec<_>>(),
    })
}

fn version_as_json(version: &Version) -> Value {
    let op = if version.value.is_some() { "put" } else { "delete" };
    json!([describe(&version.key), version.sequence, op, version.value.as_deref().map(describe),])
}

/// Hexadecimal; of long bytes, their length and checksum.
fn describe(bytes: &[u8]) -> String {
    use std::fmt::Write;

    if bytes.len() > 64 {
        return format!("len:{} crc32:{:08x}", bytes.len(), crc32fast::hash(bytes));
    }
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn collect_files(directory: &Path, prefix: &str, files: &mut Vec<LogFile>) {
    for path in entries_of(directory) {
        let name = format!("{prefix}{}", name_of(&path));
        if path.is_dir() {
            collect_files(&path, &format!("{name}/"), files);
        } else {
            let bytes = fs::read(&path).unwrap();
            files.push(LogFile { name, bytes });
        }
    }
}

fn entries_of(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("an array")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("an unsigned number")
}
