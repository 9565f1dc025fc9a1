//! Databases that Kevo left, with what was written to them.
//!
//! `tests/databases/NAME/db` is what Kevo left, and `case.json` beside it says what was written to it. The directory
//! that the environment variable `KEVO_DATABASES` names is gone through as well, if it is set.

// Every test file is a crate of its own and uses a part of this.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

pub struct Case {
    pub name: String,
    pub db: PathBuf,
    /// What each key had last, as in `case.json`.
    pub truth: BTreeMap<String, Option<String>>,
    /// Written and not acknowledged.
    pub maybe: BTreeSet<String>,
    /// Keys whose truth the files do not hold any more.
    pub unknown: BTreeSet<String>,
    pub lost: BTreeSet<String>,
    /// What stands in blocks that are whole, of a table that is damaged.
    pub in_whole_blocks: BTreeMap<String, String>,
    /// The lower level is newer, and a later flush: by this order the files tell the truth.
    pub is_derivable: bool,
    pub is_damaged: bool,
}

/// All cases, in the order of their names.
pub fn cases() -> Vec<Case> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/databases");
    let mut cases = Vec::new();
    for directory in [own].into_iter().chain(env::var_os("KEVO_DATABASES").map(PathBuf::from)) {
        let mut names: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        cases.extend(names.iter().filter(|path| path.join("case.json").exists()).map(|path| Case::read(path)));
    }
    assert!(cases.len() > 40);
    cases
}

impl Case {
    fn read(path: &Path) -> Self {
        let case: Value = serde_json::from_slice(&fs::read(path.join("case.json")).unwrap()).unwrap();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let key = |value: &Value| text(if value.is_array() { &value[0] } else { value }).unwrap();
        let truth = list(&case["truth"]["entries"]);
        Self {
            name: path.file_name().unwrap().to_str().unwrap().to_owned(),
            db: path.join("db"),
            truth: truth.iter().map(|entry| (text(&entry[0]).unwrap(), text(&entry[1]))).collect(),
            maybe: list(&case["truth"]["maybe"]).iter().map(key).collect(),
            unknown: list(&case["not_derivable"]).iter().map(key).collect(),
            lost: list(&case["damaged"]["keys_lost"]).iter().map(key).collect(),
            in_whole_blocks: list(&case["damaged"]["salvageable_from_whole_blocks"])
                .iter()
                .map(|entry| (text(&entry[0]).unwrap(), text(&entry[1]).unwrap()))
                .collect(),
            is_derivable: list(&case["truth_derivable_by"]).iter().any(|rule| rule == "level"),
            is_damaged: case["damaged"].is_object(),
        }
    }

    /// A copy, in its directory `db`.
    pub fn copy(&self) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        copy_all(&self.db, &directory.path().join("db"));
        directory
    }
}

/// As in `case.json`.
pub fn shown(bytes: &[u8]) -> String {
    if bytes.len() > 64 {
        return format!("len:{} crc32:{:08X}", bytes.len(), crc32fast::hash(bytes));
    }
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect()
}

/// Copies a directory with all that is in it.
pub fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_all(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Every file below a directory.
pub fn listing(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(listing(&path));
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}
