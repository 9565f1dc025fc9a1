//! Verifying a database while it is used: every flipped byte of a file of ours is told, with file and place, and there
//! is no false alarm.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::support::database::{self, PATH};
use crate::support::disk::TwinDisk;
use kevo::db::{Database, DbOptions, SyncMode, WriteOptions};
use kevo::disk::Disk;
use kevo::{Damage, DamageKind, Error};

fn put(database: &Database, number: usize) {
    let (key, value) = (format!("key {:02}", number % 20), vec![number as u8; 50]);
    database.put(key.as_bytes(), &value, WriteOptions::default()).unwrap();
}

/// Tables of two runs, `VERSIONS` with several edits, and a log with entries.
fn filled(disk: &TwinDisk) -> Database {
    let options = DbOptions { compaction: kevo::db::CompactionStyle::None, ..database::small(SyncMode::None) };
    let database = database::open(disk, &options).unwrap();
    for number in 0..20 {
        put(&database, number);
        if number % 8 == 7 {
            database.flush().unwrap();
        }
    }
    database
}

fn files(disk: &TwinDisk) -> Vec<PathBuf> {
    let in_directory = |name: &str| {
        let directory = Path::new(PATH).join(name);
        disk.names(&directory).unwrap().into_iter().map(move |name| directory.join(name))
    };
    let mut files: Vec<_> = in_directory("sst").chain(in_directory("wal")).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sst" || extension == "wal"));
    files.extend(["VERSIONS", "MANIFEST"].map(|name| Path::new(PATH).join(name)));
    files
}

#[test]
fn every_flipped_byte_is_told() {
    let disk = database::new_disk();
    let database = filled(&disk);
    let (sound, report) = database.verify();
    sound.unwrap();
    assert!(report.damage.is_empty());
    let mut flips = 0;
    for path in files(&disk) {
        let bytes = disk.bytes(&path).unwrap();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            disk.overwrite(&path, &flipped);
            let (verified, report) = database.verify();
            disk.overwrite(&path, &bytes);
            assert!(matches!(verified, Err(Error::Corrupt { .. })), "{} at {at}: {verified:?}", path.display());
            assert!(report.damage.iter().all(|damage| **damage.path == path), "{report:?}");
            let covers = |damage: &Damage| (damage.offset..damage.offset + damage.length).contains(&(at as u64));
            let is_told = |damage: &Damage| damage.kind == DamageKind::Corruption && covers(damage);
            assert!(report.damage.iter().any(is_told), "{} at {at}: {report:?}", path.display());
            flips += 1;
        }
    }
    assert!(flips > 3000, "{flips}");
    database.verify().0.unwrap();
}

#[test]
fn a_file_that_is_cut_gone_or_another_one_is_told() {
    let disk = database::new_disk();
    let database = filled(&disk);
    let aside = Path::new(PATH).join("aside");
    let only_damaged = |path: &Path| {
        let (verified, report) = database.verify();
        assert!(matches!(verified, Err(Error::Corrupt { .. })), "{}: {verified:?}", path.display());
        assert!(report.damage.iter().all(|damage| **damage.path == *path), "{report:?}");
    };
    for path in files(&disk) {
        let bytes = disk.bytes(&path).unwrap();
        disk.overwrite(&path, &bytes[..bytes.len() - 1]);
        only_damaged(&path);
        disk.overwrite(&path, &bytes);
        disk.rename(&path, &aside).unwrap();
        let (verified, report) = database.verify();
        assert!(matches!(&verified, Err(Error::Missing { path: missing }) if *missing == path), "{verified:?}");
        assert_eq!(report.damage.len(), 1, "{report:?}");
        disk.add_file(&path, &vec![7; bytes.len()]);
        only_damaged(&path);
        disk.rename(&aside, &path).unwrap();
    }
    database.verify().0.unwrap();
}

#[test]
fn there_is_no_false_alarm_while_others_write_and_compact() {
    let disk = database::new_disk();
    let database = database::open(&disk, &database::small(SyncMode::None)).unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0;
            while !is_over.load(Ordering::Relaxed) {
                put(&database, number);
                number += 1;
            }
        });
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                database.compact(b"", None).unwrap();
            }
        });
        for _ in 0..100 {
            let (verified, report) = database.verify();
            assert!(verified.is_ok(), "{verified:?} {report:?}");
        }
        is_over.store(true, Ordering::Relaxed);
    });
    database.close().unwrap();
    assert!(matches!(database.verify().0, Err(Error::Closed)));
}
