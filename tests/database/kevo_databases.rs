//! Databases that Kevo left, opened by libkevo: the answers are the true ones, where the files can tell them.

use crate::support::database_case::{Case, cases, listing, shown};
use kevo::db::{CompactionStyle, Database, DbOptions, WriteOptions};
use kevo::{DamageKind, Error, Mode, Report, Scan};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn open(path: &Path, options: &DbOptions) -> (Result<Database, Error>, Report) {
    Database::open(path, options, None)
}

fn scanned(database: &Database) -> Result<BTreeMap<String, String>, Error> {
    let mut entries = database.iterator(&Scan::default())?;
    let mut all = BTreeMap::new();
    while entries.next()? {
        let entry = entries.entry().unwrap();
        all.insert(shown(entry.key), shown(entry.value));
    }
    Ok(all)
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    (!text.starts_with("len:"))
        .then(|| (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect())
}

impl Case {
    /// Compares all answers with the truth.
    fn check(&self, database: &Database, step: &str) {
        let name = &self.name;
        let all = scanned(database).unwrap_or_else(|error| panic!("{name}, {step}: {error}"));
        for (key, value) in &self.truth {
            if self.unknown.contains(key) || self.maybe.contains(key) || self.lost.contains(key) {
                continue;
            }
            assert_eq!(all.get(key), value.as_ref(), "{name}, {step}: scan, key {key}");
            if let Some(key) = bytes_of(key) {
                let got = database.get(&key).unwrap().map(|value| shown(&value));
                assert_eq!(got.as_ref(), value.as_ref(), "{name}, {step}: get {key:?}");
            }
        }
        for key in all.keys() {
            let known = self.truth.contains_key(key) || self.maybe.contains(key) || self.unknown.contains(key);
            assert!(known || key == "6c69626b65766f", "{name}, {step}: {key} was never written");
        }
    }
}

#[test]
fn a_read_only_opening_tells_the_truth_and_changes_nothing() {
    for case in cases().iter().filter(|case| case.is_derivable) {
        let directory = case.copy();
        let path = directory.path().join("db");
        let before = listing(&path);
        let options = DbOptions { read_only: true, ..DbOptions::default() };
        let (database, report) = open(&path, &options);
        let database = database.unwrap_or_else(|error| panic!("{}: {error} {report:?}", case.name));
        case.check(&database, "read-only");
        drop(database);
        assert_eq!(listing(&path), before, "{}", case.name);
    }
}

#[test]
fn an_opening_for_writing_tells_the_truth_and_goes_on_from_there() {
    for case in cases().iter().filter(|case| case.is_derivable) {
        let directory = case.copy();
        let path = directory.path().join("db");
        let options = DbOptions::default();
        let (database, report) = open(&path, &options);
        let database = database.unwrap_or_else(|error| panic!("{}: {error} {report:?}", case.name));
        case.check(&database, "first opening");
        database.put(b"libkevo", b"was here", WriteOptions::default()).unwrap();
        case.check(&database, "after a put");
        database.close().unwrap();
        let database = open(&path, &options).0.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        case.check(&database, "second opening");
        database.compact(b"", None).unwrap();
        case.check(&database, "compacted");
        database.close().unwrap();
        let database = open(&path, &options).0.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        case.check(&database, "third opening");
        assert_eq!(database.get(b"libkevo").unwrap().unwrap(), b"was here");
        drop(database);
        let foreign = fs::read_dir(path.join("sst")).unwrap();
        let foreign = foreign.filter(|entry| {
            let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
            entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "sst")
                && !name.starts_with('+')
                && !name.starts_with('.')
                && entry.as_ref().unwrap().path().is_file()
        });
        assert_eq!(foreign.count(), 0, "{}: tables of Kevo are left", case.name);
    }
}

/// Tables of Kevo that were adopted are not taken for new ones, and so for newer ones than those of what logs held.
#[test]
fn a_takeover_is_known_again_when_versions_is_lost() {
    for case in cases().iter().filter(|case| case.is_derivable) {
        let directory = case.copy();
        let path = directory.path().join("db");
        let options = DbOptions { compaction: CompactionStyle::None, ..DbOptions::default() };
        for step in ["taken over", "VERSIONS lost once", "VERSIONS lost twice"] {
            let database = open(&path, &options).0.unwrap_or_else(|error| panic!("{}, {step}: {error}", case.name));
            case.check(&database, step);
            database.flush().unwrap();
            database.close().unwrap();
            fs::remove_file(path.join("VERSIONS")).unwrap();
        }
    }
}

#[test]
fn what_the_files_cannot_tell_is_no_reason_to_refuse() {
    for case in cases().iter().filter(|case| !case.is_derivable && !case.is_damaged) {
        let directory = case.copy();
        let (database, report) = open(&directory.path().join("db"), &DbOptions::default());
        let database = database.unwrap_or_else(|error| panic!("{}: {error} {report:?}", case.name));
        // Either only keys are wrong that the files do not hold, or the report says that the order is not known.
        if !report.damage.iter().any(|damage| damage.kind == DamageKind::Doubt) {
            case.check(&database, "not derivable");
        }
    }
}

#[test]
fn damage_is_an_error_or_told_and_never_a_wrong_answer() {
    for case in cases().iter().filter(|case| case.is_damaged) {
        for mode in [Mode::TolerateTornTail, Mode::SkipCorrupted] {
            let directory = case.copy();
            let mut options = DbOptions::default();
            options.recovery.mode = mode;
            let (database, report) = open(&directory.path().join("db"), &options);
            let Ok(database) = database else {
                assert_eq!(mode, Mode::TolerateTornTail, "{}: {:?}", case.name, database.unwrap_err());
                continue;
            };
            let in_doubt = report.damage.iter().any(|damage| damage.kind == DamageKind::Doubt);
            let is_missing = case.name == "missing-table";
            for (key, value) in &case.truth {
                let Some(bytes) = bytes_of(key) else { continue };
                match database.get(&bytes) {
                    Err(Error::CorruptTable { .. }) => assert!(
                        case.lost.contains(key) || mode != Mode::SkipCorrupted || in_doubt,
                        "{}: {key}",
                        case.name
                    ),
                    Err(error) => panic!("{}: {error}", case.name),
                    Ok(got) => {
                        let is_right = got.map(|value| shown(&value)) == *value;
                        assert!(is_right || in_doubt || is_missing, "{}: {key}", case.name);
                    }
                }
            }
        }
    }
}
