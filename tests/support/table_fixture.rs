//! The tables in `tests/tables`, with what is in each of them.
//!
//! Kevo wrote them, or somebody by hand such that Kevo reads them right. The directory that the environment variable
//! `KEVO_DATABASES` names is gone through as well, if it is set: one that holds `NAME/case.json` and `NAME/db`.

// Every test file is a crate of its own and uses a part of this.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

pub struct TableFixture {
    /// "NAME/sst/FILE".
    pub name: String,
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    pub truth: Truth,
}

pub enum Truth {
    /// What Kevo's own reader says of it, or another one that agrees with it.
    Entries { entries: Vec<Expected>, blocks: u64 },
    /// Something is damaged.
    Unreadable,
}

pub struct Expected {
    pub key: Bytes,
    /// Nothing where the table has no sequence numbers.
    pub sequence: Option<u64>,
    /// Nothing is a tombstone.
    pub value: Option<Bytes>,
}

/// All bytes in hexadecimal, or of long ones the length and the CRC-32.
pub struct Bytes(String);

impl Bytes {
    pub fn are(&self, bytes: &[u8]) -> bool {
        if self.0.starts_with("len:") {
            self.0 == format!("len:{} crc32:{:08X}", bytes.len(), crc32fast::hash(bytes))
        } else {
            self.0 == bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        }
    }
}

pub fn all() -> Vec<TableFixture> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables");
    let mut directories = vec![own];
    directories.extend(env::var_os("KEVO_DATABASES").map(PathBuf::from));
    let fixtures: Vec<TableFixture> = directories.iter().flat_map(|directory| in_directory(directory)).collect();
    assert!(fixtures.len() > 30, "tables are missing");
    fixtures
}

/// The only table of a fixture of our own.
pub fn only(name: &str) -> TableFixture {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(name);
    let mut tables = of_case(&directory);
    assert_eq!(tables.len(), 1, "{name}");
    tables.remove(0)
}

fn in_directory(directory: &Path) -> Vec<TableFixture> {
    let mut cases: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases.iter().flat_map(|case| of_case(case)).collect()
}

fn of_case(directory: &Path) -> Vec<TableFixture> {
    let case: Value = serde_json::from_slice(&fs::read(directory.join("case.json")).unwrap()).unwrap();
    let name = directory.file_name().unwrap().to_str().unwrap();
    let tables = case["ssts"].as_array().into_iter().flatten();
    tables.filter_map(|table| fixture(name, directory, table)).collect()
}

fn fixture(name: &str, directory: &Path, table: &Value) -> Option<TableFixture> {
    let file = table["file"].as_str().unwrap();
    if !file.ends_with(".sst") {
        return None;
    }
    let path = directory.join("db").join(file);
    let truth = match table.get("entries") {
        Some(entries) => Truth::Entries {
            entries: entries.as_array().unwrap().iter().map(expected).collect(),
            blocks: table["blocks"].as_u64().unwrap(),
        },
        None => Truth::Unreadable,
    };
    Some(TableFixture { name: format!("{name}/{file}"), bytes: fs::read(&path).unwrap(), path, truth })
}

fn expected(entry: &Value) -> Expected {
    let bytes = |value: &Value| value.as_str().map(|text| Bytes(text.to_owned()));
    let is_put = entry[2] == "put";
    assert!(is_put || entry[2] == "delete");
    assert_eq!(is_put, entry[3].is_string());
    Expected { key: bytes(&entry[0]).unwrap(), sequence: entry[1].as_u64(), value: bytes(&entry[3]) }
}
