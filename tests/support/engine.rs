//! Calls the crate with the types of the model, and returns its answers in them.

use std::path::Path;

use kevo::{Error, Iter, Lookup, MemtableHandle, MemtableList, Report};

use super::cursor::Move;
use super::model::{
    Damage, DamageKind, Failure, FailureKind, Found, Mode, Options, Order, Outcome, Recovered, Scan, Stats, Table,
    Version,
};

/// What the crate recovers from a directory.
pub fn recover(wal_dir: &Path, options: &Options, threads: usize) -> Outcome {
    recover_list(wal_dir, options, threads).0
}

/// The same, with the list itself, so that it can be asked.
pub fn recover_list(wal_dir: &Path, options: &Options, threads: usize) -> (Outcome, Option<MemtableList>) {
    let (result, report) = kevo::recover(wal_dir, &to_crate(options, threads), None);
    let damage: Vec<Damage> = report.damage.iter().map(|damage| of_report(wal_dir, damage)).collect();
    let stats = stats(&report);
    match result {
        Ok(list) => (Outcome { result: Ok(recovered(&list)), damage, stats }, Some(list)),
        Err(error) => {
            check_against_report(&error, &report);
            (Outcome { result: Err(failure(wal_dir, &error)), damage, stats }, None)
        }
    }
}

fn to_crate(options: &Options, threads: usize) -> kevo::Options {
    kevo::Options {
        mode: match options.mode {
            Mode::TolerateTornTail => kevo::Mode::TolerateTornTail,
            Mode::Absolute => kevo::Mode::Absolute,
            Mode::PointInTime => kevo::Mode::PointInTime,
            Mode::SkipCorrupted => kevo::Mode::SkipCorrupted,
        },
        order: match options.order {
            Order::Log => kevo::Order::Log,
            Order::Sequence => kevo::Order::Sequence,
        },
        max_sequence: options.max_sequence,
        max_memtables: options.max_memtables,
        memtable_size: options.memtable_size,
        include_set_aside: options.include_set_aside,
        threads,
    }
}

fn of_report(wal_dir: &Path, damage: &kevo::Damage) -> Damage {
    Damage {
        file: below(wal_dir, &damage.path),
        offset: damage.offset,
        length: damage.length,
        kind: match damage.kind {
            kevo::DamageKind::TornTail => DamageKind::TornTail,
            kevo::DamageKind::Corruption => DamageKind::Corruption,
            other => panic!("{other:?} of a log"),
        },
    }
}

fn below(wal_dir: &Path, path: &Path) -> String {
    path.strip_prefix(wal_dir).unwrap().to_str().unwrap().to_owned()
}

fn stats(report: &Report) -> Stats {
    Stats {
        files: report.files,
        bytes: report.bytes,
        entries_applied: report.entries_applied,
        entries_above_max_sequence: report.entries_above_max_sequence,
        merges_ignored: report.merges_ignored,
        batches_dropped: report.batches_dropped,
        bytes_damaged: report.bytes_damaged(),
        files_left_out: report.files_left_out,
    }
}

fn failure(wal_dir: &Path, error: &Error) -> Failure {
    let (kind, path, offset) = match error {
        Error::Corrupt { path, offset, .. } => (FailureKind::Corrupt, path, offset),
        Error::TooManyMemtables { path, offset, .. } => (FailureKind::TooManyMemtables, path, offset),
        Error::Unsupported { path, .. } => (FailureKind::Unsupported, path, &0),
        other => panic!("{other}"),
    };
    Failure { kind, file: below(wal_dir, path), offset: *offset }
}

/// An error about damage has to say what the last line of the report says.
fn check_against_report(error: &Error, report: &Report) {
    if let Error::Corrupt { path, offset, length, kind, cause } = error {
        let last = report.damage.last().expect("the damage that failed it");
        let path_of_last: &Path = &last.path;
        assert_eq!(
            (path_of_last, last.offset, last.length, last.kind, last.cause),
            (path.as_ref(), *offset, *length, *kind, *cause)
        );
    }
}

fn recovered(list: &MemtableList) -> Recovered {
    let tables = (0..list.count()).map(|index| table(&list.memtable(index).expect("a table for each index")));
    let recovered = Recovered { max_sequence: list.max_sequence(), memtables: tables.collect() };
    assert!(list.memtable(list.count()).is_none());
    recovered
}

fn table(memtable: &MemtableHandle) -> Table {
    let everything = kevo::Scan { all_versions: true, tombstones: true, ..kevo::Scan::default() };
    let versions = forward(&mut memtable.scan(&everything).unwrap());
    assert_eq!(memtable.entry_count(), versions.len() as u64);
    let highest = versions.iter().map(|version| version.sequence).max();
    assert_eq!(memtable.next_sequence(), highest.map_or(0, |highest| highest.saturating_add(1)));
    Table { immutable: memtable.is_immutable(), approximate_size: memtable.approximate_size(), versions }
}

pub fn to_crate_scan(scan: &Scan) -> kevo::Scan {
    kevo::Scan {
        lower: scan.lower.clone(),
        upper: scan.upper.clone(),
        prefix: scan.prefix.clone(),
        max_sequence: scan.max_sequence,
        all_versions: scan.all_versions,
        tombstones: scan.tombstones,
    }
}

pub fn found(lookup: &Lookup<'_>) -> Found {
    match lookup {
        Lookup::Found { value, sequence } => Found::Value { value: value.to_vec(), sequence: *sequence },
        Lookup::Deleted { sequence } => Found::Deleted { sequence: *sequence },
        Lookup::NeverSeen => Found::NeverSeen,
    }
}

/// All entries from the first to the last.
pub fn forward(iter: &mut Iter) -> Vec<Version> {
    let mut versions = Vec::new();
    let mut is_on_entry = iter.first().unwrap();
    while is_on_entry {
        versions.push(current(iter).expect("an entry to stand on"));
        is_on_entry = iter.next().unwrap();
    }
    assert!(iter.entry().is_none());
    versions
}

/// All entries from the last to the first.
pub fn backward(iter: &mut Iter) -> Vec<Version> {
    let mut versions = Vec::new();
    let mut is_on_entry = iter.last().unwrap();
    while is_on_entry {
        versions.push(current(iter).expect("an entry to stand on"));
        is_on_entry = iter.prev().unwrap();
    }
    assert!(iter.entry().is_none());
    versions
}

/// Returns whether the iterator is on an entry after the move.
pub fn make_move(iter: &mut Iter, next: &Move) -> bool {
    match next {
        Move::First => iter.first().unwrap(),
        Move::Last => iter.last().unwrap(),
        Move::Next => iter.next().unwrap(),
        Move::Prev => iter.prev().unwrap(),
        Move::Seek(key) => iter.seek(key).unwrap(),
        Move::SeekForPrev(key) => iter.seek_for_prev(key).unwrap(),
    }
}

/// The entry that the iterator is on.
pub fn current(iter: &Iter) -> Option<Version> {
    let entry = iter.entry()?;
    let value = match entry.op {
        kevo::Op::Put => Some(entry.value.to_vec()),
        kevo::Op::Delete => {
            assert!(entry.value.is_empty());
            None
        }
        kevo::Op::Merge => panic!("a table that holds a merge"),
    };
    Some(Version { key: entry.key.to_vec(), sequence: entry.sequence, value })
}
