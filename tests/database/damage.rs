//! Databases that were closed, and then damaged: every answer is right or an error that names a file. VERSIONS can be
//! lost.

use std::path::{Path, PathBuf};

use crate::support::database::{self, Contents, PATH, Random, within};
use crate::support::database_history::{Told, acts, make, named_file};
use crate::support::disk::{TwinDisk, coins};
use kevo::db::{CompactionStyle, Database, DbOptions, SyncMode};
use kevo::disk::Disk;
use kevo::{Error, Mode};
use rustix::io::Errno;

/// Whatever takes longer hangs.
const SECONDS: u64 = 300;

fn options(compaction: CompactionStyle) -> DbOptions {
    DbOptions { compaction, ..database::small(SyncMode::None) }
}

/// A database that was closed, and what is in it.
fn closed(seed: u64, count: usize, options: &DbOptions) -> (TwinDisk, Contents) {
    let (disk, mut told) = (database::new_disk(), Told::default());
    let mut database = Some(database::open(&disk, options).unwrap());
    let mut acts = acts(seed, count);
    // The last act has compacted all, and what is written later makes it more than one run.
    acts.extend(crate::support::database_history::acts(seed + 1, count / 2).into_iter().take(count / 2));
    for act in acts {
        make(&act, &disk, options, &mut database, &mut told).unwrap_or_else(|error| panic!("{act:?}: {error}"));
    }
    database.unwrap().close().unwrap();
    let now = told.now().clone();
    (disk, now)
}

fn versions() -> PathBuf {
    Path::new(PATH).join("VERSIONS")
}

/// The files of a database but `LOCK`, which is empty.
fn files(disk: &TwinDisk) -> Vec<PathBuf> {
    let directories = ["", "wal", "sst"].map(|name| Path::new(PATH).join(name));
    let paths = directories
        .iter()
        .flat_map(|directory| disk.names(directory).unwrap().into_iter().map(move |name| directory.join(name)));
    paths.filter(|path| disk.bytes(path).is_some_and(|bytes| !bytes.is_empty())).collect()
}

/// A copy of the disk on which a file holds something else, or is gone.
fn changed(disk: &TwinDisk, path: &Path, bytes: Option<&[u8]>) -> TwinDisk {
    let disk = disk.crash(|| true);
    disk.remove(path).unwrap();
    if let Some(bytes) = bytes {
        disk.add_file(path, bytes);
    }
    disk
}

/// Panics if an error names no file.
fn check_error(error: &Error) {
    assert!(named_file(error).is_some(), "{error} {error:?}");
}

/// Every answer is right or an error.
fn check_answers(database: &Database, expected: &Contents) {
    match database::contents(database) {
        Ok(found) => {
            let (found, expected) = (database::shown_map(&found), database::shown_map(expected));
            assert!(found == expected, "there is {found} and not {expected}");
        }
        Err(error) => check_error(&error),
    }
    let others = (0..10).map(|number| format!("key{number}").into_bytes());
    for key in expected.keys().cloned().chain(others) {
        match database.get(&key) {
            Ok(found) => assert!(found.as_ref() == expected.get(&key), "a get of {key:?} gives {found:?}"),
            Err(error) => check_error(&error),
        }
    }
}

/// Opens a database that was damaged; gives whether it opens.
fn check_damaged(disk: &TwinDisk, options: &DbOptions, expected: &Contents) -> bool {
    match database::open_reporting(disk, options) {
        (Ok(database), _) => {
            check_answers(&database, expected);
            true
        }
        (Err(error), _) => {
            check_error(&error);
            false
        }
    }
}

/// With `SKIP_CORRUPTED` an answer can be wrong only if the report tells of damage. What a scan leaves out, a get calls
/// damaged.
fn check_salvaged(disk: &TwinDisk, options: &DbOptions, expected: &Contents) {
    let mut options = DbOptions { read_only: true, ..options.clone() };
    options.recovery.mode = Mode::SkipCorrupted;
    let (opened, report) = database::open_reporting(disk, &options);
    let database = match opened {
        Ok(database) => database,
        Err(error) => return check_error(&error),
    };
    let found = match database::contents(&database) {
        Ok(found) => found,
        Err(error) => return check_error(&error),
    };
    if !report.damage.is_empty() {
        return;
    }
    assert!(found.iter().all(|(key, value)| expected.get(key) == Some(value)), "{}", database::shown_map(&found));
    for (key, value) in expected {
        match database.get(key) {
            Ok(got) => {
                assert!(got.as_ref() == Some(value) && found.contains_key(key), "a get of {key:?} gives {got:?}");
            }
            Err(error) => check_error(&error),
        }
    }
}

fn in_time(what: &str, act: impl FnOnce() + Send + 'static) {
    within(SECONDS, act).unwrap_or_else(|panic| panic!("{panic}\n{what}"));
}

#[test]
fn without_versions_the_answers_are_the_same() {
    for seed in 0..30 {
        for style in [CompactionStyle::Tiered, CompactionStyle::Leveled, CompactionStyle::None] {
            in_time(&format!("seed {seed}, {style:?}"), move || {
                let options = options(style);
                let (disk, expected) = closed(seed, 10, &options);
                let left = changed(&disk, &versions(), None);
                for _ in 0..2 {
                    let opened = database::open(&left, &options).unwrap_or_else(|error| panic!("{error}"));
                    check_answers(&opened, &expected);
                    opened.compact(b"", None).unwrap_or_else(|error| panic!("{error}"));
                    check_answers(&opened, &expected);
                    opened.close().unwrap();
                    left.remove(&versions()).unwrap();
                }
            });
        }
    }
}

/// Flips bits in the bytes `start`, `start + step` and so on of each file, and cuts each file there.
fn check_bytes(seed: u64, start: usize, step: usize) {
    let options = options(CompactionStyle::Tiered);
    let (disk, expected) = closed(seed, 8, &options);
    let reading = DbOptions { read_only: true, ..options.clone() };
    for path in files(&disk) {
        let whole = disk.bytes(&path).unwrap();
        for at in (start..whole.len()).step_by(step) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            let (flipped, cut) = (changed(&disk, &path, Some(&bytes)), changed(&disk, &path, Some(&whole[..at])));
            let (expected, options, reading) = (expected.clone(), options.clone(), reading.clone());
            in_time(&format!("seed {seed}, byte {at} of {} in {}", whole.len(), path.display()), move || {
                check_damaged(&flipped, &reading, &expected);
                check_salvaged(&flipped, &options, &expected);
                check_damaged(&cut, &reading, &expected);
                check_salvaged(&cut, &options, &expected);
                if at % 8 == 0 {
                    check_damaged(&flipped, &options, &expected);
                    check_damaged(&cut, &options, &expected);
                }
            });
        }
    }
}

#[test]
fn no_flipped_bit_and_no_cut_gives_a_wrong_answer() {
    check_bytes(1, 0, 5);
}

#[test]
fn no_file_that_is_gone_or_zeros_gives_a_wrong_answer() {
    for seed in 0..6 {
        let options = options(CompactionStyle::None);
        let (disk, expected) = closed(seed, 8, &options);
        for path in files(&disk) {
            let whole = disk.bytes(&path).unwrap();
            let mut zeros = whole.clone();
            let end = whole.len().min(512);
            zeros[..end].fill(0);
            let left = [None, Some(Vec::new()), Some(zeros), Some([whole.as_slice(), &[0; 512]].concat())];
            for bytes in left {
                let damaged = changed(&disk, &path, bytes.as_deref());
                let (expected, options) = (expected.clone(), options.clone());
                let len = bytes.map(|bytes| bytes.len());
                in_time(&format!("seed {seed}, {len:?} bytes of {}", path.display()), move || {
                    check_salvaged(&damaged, &options, &expected);
                    check_damaged(&damaged, &options, &expected);
                });
            }
        }
    }
}

/// After a cut of the power VERSIONS is gone as well. What is synced is there, or an error says what is missing.
fn check_lost_after_cut(seed: u64, cuts: u64) {
    in_time(&format!("seed {seed}"), move || {
        let mut random = Random::new(seed);
        let options = database::random_options(&mut random, &[SyncMode::Always, SyncMode::None]);
        let acts = acts(seed, 15);
        for _ in 0..cuts {
            let (disk, mut told) = (database::new_disk(), Told::default());
            let call = 1 + random.below(700) as usize;
            disk.fail_from(call, Errno::IO);
            let mut database = database::open(&disk, &options).ok();
            if database.is_some() {
                let _ = acts.iter().try_for_each(|act| make(act, &disk, &options, &mut database, &mut told));
            }
            drop(database);
            let left = disk.crash(coins(random.next()));
            let _ = left.remove(&versions());
            match database::open(&left, &options) {
                Ok(database) => {
                    let found = database::contents(&database).unwrap_or_else(|error| panic!("{error}"));
                    let states = told.states.get(told.synced..).unwrap_or_default();
                    assert!(states.contains(&found), "cut at call {call}: {}", {
                        let synced = database::shown_map(&told.states[told.synced]);
                        format!("there is {} and not {synced}\n{acts:?}", database::shown_map(&found))
                    });
                }
                Err(error) => check_error(&error),
            }
        }
    });
}

#[test]
fn versions_can_be_lost_in_a_cut() {
    (0..10).for_each(|seed| check_lost_after_cut(seed, 6));
}

#[test]
#[ignore = "for .ci/engine"]
fn any_number_of_databases_are_damaged() {
    database::for_any_time(|seed| {
        check_lost_after_cut(seed, 20);
        check_bytes(seed, (seed % 37) as usize, 37);
    });
}
