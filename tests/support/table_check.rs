//! A table as the crate reads it, in every way that there is, held to what should be in it.

// Every test file is a crate of its own and uses a part of this.
#![allow(dead_code)]

use std::path::Path;
use std::sync::Arc;

use kevo::Error;
use kevo::table::{BlockCache, Cursor, EntryRef, Table};

use super::table_file::TableFile;
use super::table_model::Entry;

/// What a walk meets: an entry, or damage at an offset, of a length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Entry(Entry),
    Damage(u64, u64),
}

/// With a cache, since blocks in it are searched in another way than others. What passes over damage has none.
pub fn open(file: &[u8]) -> Result<Arc<Table>, Error> {
    let cache = Some(Arc::new(BlockCache::new(1 << 20)));
    Table::open(Path::new("x.sst"), Box::new(TableFile(file.to_vec())), cache).map(Arc::new)
}

pub fn open_passing_over_damage(file: &[u8]) -> Arc<Table> {
    let table = Table::open_passing_over_damage(Path::new("x.sst"), Box::new(TableFile(file.to_vec())), None);
    Arc::new(table.expect("it opens whatever is damaged"))
}

pub fn owned(entry: EntryRef<'_>) -> Entry {
    Entry { key: entry.key.to_vec(), sequence: entry.sequence, value: entry.value.map(<[u8]>::to_vec) }
}

/// Panics unless it is damage, in the file that was opened.
pub fn damage(error: &Error) -> Step {
    match error {
        Error::CorruptTable { path, offset, length, .. } => {
            assert_eq!(path, Path::new("x.sst"));
            Step::Damage(*offset, *length)
        }
        other => panic!("{other}"),
    }
}

/// All of it, damage passed over.
pub fn walk(table: &Arc<Table>) -> Result<Vec<Step>, Error> {
    steps(table.cursor()?, Cursor::next)
}

/// The same, from the end.
pub fn walk_back(table: &Arc<Table>) -> Result<Vec<Step>, Error> {
    let mut cursor = table.cursor()?;
    let mut steps_back = match cursor.last() {
        Ok(true) => vec![Step::Entry(owned(cursor.entry().unwrap()))],
        Ok(false) => Vec::new(),
        Err(error) => vec![damage(&error)],
    };
    steps_back.extend(steps(cursor, Cursor::prev)?);
    steps_back.reverse();
    Ok(steps_back)
}

fn steps(mut cursor: Cursor, step: fn(&mut Cursor) -> Result<bool, Error>) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    loop {
        match step(&mut cursor) {
            Ok(true) => steps.push(Step::Entry(owned(cursor.entry().unwrap()))),
            Ok(false) => {
                assert!(cursor.entry().is_none());
                return Ok(steps);
            }
            Err(error) => steps.push(damage(&error)),
        }
    }
}

pub fn entries(steps: &[Step]) -> Vec<Entry> {
    let entry = |step: &Step| match step {
        Step::Entry(entry) => Some(entry.clone()),
        Step::Damage(..) => None,
    };
    steps.iter().filter_map(entry).collect()
}

/// Every way to ask gives what is there; `expected` is in order, the newest of several versions first.
pub fn check_whole(name: &str, table: &Arc<Table>, expected: &[Entry]) {
    let expected_steps: Vec<Step> = expected.iter().cloned().map(Step::Entry).collect();
    assert!(walk(table).unwrap() == expected_steps, "{name}: walk");
    assert!(walk_back(table).unwrap() == expected_steps, "{name}: walk back");
    let mut cursor = table.cursor().unwrap();
    for key in probes(expected) {
        let start = expected.partition_point(|entry| entry.key < key);
        let found = table.get(&key).unwrap().map(|found| owned(found.entry()));
        assert_eq!(found.as_ref(), expected.get(start).filter(|entry| entry.key == key), "{name}: get {key:?}");
        assert_eq!(cursor.seek(&key).unwrap(), start < expected.len());
        assert_eq!(cursor.entry().map(owned).as_ref(), expected.get(start), "{name}: seek {key:?}");
        assert_eq!(cursor.seek_below(&key).unwrap(), start > 0);
        let below = start.checked_sub(1).map(|below| &expected[below]);
        assert_eq!(cursor.entry().map(owned).as_ref(), below, "{name}: seek below {key:?}");
        cursor.next().unwrap();
        assert_eq!(cursor.entry().map(owned).as_ref(), expected.get(start), "{name}: turn at {key:?}");
    }
    let stat = table.stat().unwrap();
    assert_eq!(stat.entries, expected.len() as u64, "{name}");
    assert_eq!(stat.tombstones, expected.iter().filter(|entry| entry.value.is_none()).count() as u64, "{name}");
    assert_eq!(table.verify().unwrap(), [], "{name}");
}

/// Nothing that is not there is answered, and nothing that is there is answered to be absent.
pub fn check_damaged(name: &str, table: &Arc<Table>, expected: &[Entry]) {
    for key in probes(expected) {
        let Ok(found) = table.get(&key).inspect_err(|error| _ = damage(error)) else { continue };
        let found = found.map(|found| owned(found.entry()));
        assert_eq!(found.as_ref(), expected.iter().find(|entry| entry.key == key), "{name}: get {key:?}");
    }
    let Ok(steps) = walk(table).inspect_err(|error| _ = damage(error)) else { return };
    assert_eq!(walk_back(table).unwrap(), steps, "{name}");
    let mut rest = expected.iter();
    for step in &steps {
        if let Step::Entry(entry) = step {
            assert!(rest.any(|other| other == entry), "{name}: {entry:?} is not there, or not in order");
        }
    }
    let is_all = entries(&steps).len() == expected.len();
    let is_told = steps.iter().any(|step| matches!(step, Step::Damage(..)));
    assert!(is_all || is_told, "{name}: entries are missing in silence");
}

/// All keys, and some next to each.
pub fn probes(expected: &[Entry]) -> Vec<Vec<u8>> {
    let mut probes = vec![Vec::new(), vec![0], vec![0xFF; 3]];
    for Entry { key, .. } in expected {
        probes.push(key.clone());
        probes.push([key, &[0][..]].concat());
        if let Some((last, start)) = key.split_last() {
            probes.push(start.to_vec());
            probes.extend(last.checked_sub(1).map(|lower| [start, &[lower, 0xFF]].concat()));
        }
    }
    probes
}
