//! Recovery and export on a disk that fails, hesitates, lies and crashes.

use std::io::ErrorKind;
use std::path::Path;

use kevo::disk::{Disk, Locked};
use kevo::{Error, MemtableList, Mode, Options, Report, Scan, recover_on};
use rustix::io::Errno;

use crate::support::disk::{Call, SECTOR, TwinDisk, coins};
use crate::support::engine;
use crate::support::model::Version;
use crate::support::writer::{LogWriter, Op};

const WAL_DIR: &str = "/db/wal";
const OUT: &str = "/out";
/// So many crashes are tried where there are many ways for one.
const CRASHES: u64 = 40;

mod the_twin {
    use super::*;

    /// A disk on which so much of a file is on disk, and more has been written.
    fn with_file(on_disk: usize, written: usize) -> TwinDisk {
        let disk = TwinDisk::new();
        let mut file = disk.create_new(Path::new("/file")).unwrap();
        file.append_all(&vec![1; on_disk]).unwrap();
        file.sync().unwrap();
        disk.open_directory(Path::new("/")).unwrap().sync().unwrap();
        file.append_all(&vec![2; written]).unwrap();
        disk
    }

    #[test]
    fn keeps_what_was_synced_whatever_a_crash_takes() {
        let disk = with_file(1000, 0);
        assert_eq!(disk.crash(|| false).bytes("/file").unwrap(), [1; 1000]);
        assert_eq!(disk.crash(|| true).bytes("/file").unwrap(), [1; 1000]);
    }

    #[test]
    fn loses_bytes_that_were_not_synced_by_sectors() {
        let disk = with_file(700, 2000);
        assert_eq!(disk.crash(|| false).bytes("/file").unwrap(), [1; 700]);
        assert_eq!(disk.crash(|| true).bytes("/file"), disk.bytes("/file"));
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let left = disk.crash(coins(seed)).bytes("/file").unwrap();
            assert_eq!(left[..700], [1; 700]);
            // The first sector begins with what is on disk, the last one ends early.
            let sectors =
                left[700..1024.min(left.len())].chunks(SECTOR).chain(left.get(1024..).unwrap_or(&[]).chunks(SECTOR));
            let sectors: Vec<bool> = sectors
                .filter(|sector| !sector.is_empty())
                .map(|sector| {
                    assert!(sector.iter().all(|&byte| byte == sector[0]), "{seed}");
                    sector[0] == 2
                })
                .collect();
            seen.insert(sectors);
        }
        assert!(seen.contains(&vec![true, false, true]) && seen.contains(&vec![false, true]), "{seen:?}");
        assert!(seen.len() > 10, "{seen:?}");
    }

    #[test]
    fn loses_names_that_were_not_synced() {
        let disk = with_file(10, 0);
        disk.rename(Path::new("/file"), Path::new("/renamed")).unwrap();
        disk.create_new(Path::new("/new")).unwrap();
        assert_eq!(disk.crash(|| false).names("/").unwrap(), ["file"]);
        assert_eq!(disk.crash(|| true).names("/").unwrap(), ["new", "renamed"]);
        let seen: std::collections::BTreeSet<Vec<String>> =
            (0..200).map(|seed| disk.crash(coins(seed)).names("/").unwrap()).collect();
        assert_eq!(seen.len(), 8, "{seen:?}");
        disk.open_directory(Path::new("/")).unwrap().sync().unwrap();
        assert_eq!(disk.crash(|| false).names("/").unwrap(), ["new", "renamed"]);
    }

    #[test]
    fn loses_all_in_a_directory_whose_own_name_is_lost() {
        let disk = TwinDisk::new();
        disk.create_directory(Path::new("/directory")).unwrap();
        let mut file = disk.create_new(Path::new("/directory/file")).unwrap();
        file.append_all(b"bytes").unwrap();
        file.sync().unwrap();
        disk.open_directory(Path::new("/directory")).unwrap().sync().unwrap();
        assert_eq!(disk.crash(|| false).names("/").unwrap(), [""; 0]);
        disk.open_directory(Path::new("/")).unwrap().sync().unwrap();
        assert_eq!(disk.crash(|| false).bytes("/directory/file").unwrap(), b"bytes");
    }

    #[test]
    fn fails_at_the_call_that_is_named_once_or_from_then_on() {
        let disk = with_file(10, 0);
        let ask = || disk.info(Path::new("/file")).map_err(|error| error.raw_os_error());
        let io = Err(Some(Errno::IO.raw_os_error()));
        disk.fail_once(2, Errno::IO);
        assert_eq!([ask().is_ok(), ask() == io, ask().is_ok()], [true; 3]);
        disk.fail_from(2, Errno::IO);
        assert_eq!([ask().is_ok(), ask() == io, ask() == io], [true; 3]);
        assert_eq!(disk.take_calls(), vec![Call { name: "info", path: "/file".into() }; 3]);
    }

    #[test]
    fn hesitates() {
        let disk = with_file(10, 0);
        disk.take_calls();
        let file = disk.open(Path::new("/file")).unwrap();
        disk.hesitate(3);
        let mut buffer = [0; 10];
        assert_eq!(file.read_at(&mut buffer, 0).unwrap_err().kind(), ErrorKind::Interrupted);
        assert_eq!(file.read_at(&mut buffer, 0).unwrap(), 3);
    }

    #[test]
    fn has_one_holder_of_a_lock() {
        let disk = TwinDisk::new();
        let held = disk.lock(Path::new("/LOCK")).unwrap();
        assert!(matches!(held, Locked::Mine(_)));
        assert!(matches!(disk.lock(Path::new("/LOCK")).unwrap(), Locked::By(_)));
        drop(held);
        assert!(matches!(disk.lock(Path::new("/LOCK")).unwrap(), Locked::Mine(_)));
    }

    #[test]
    fn refuses_what_a_file_system_refuses() {
        let disk = with_file(10, 0);
        disk.add_file("/directory/file", b"");
        let code = |result: std::io::Result<()>| result.unwrap_err().raw_os_error().unwrap();
        let [file, directory, missing] = ["/file", "/directory", "/missing"].map(Path::new);
        assert_eq!(code(disk.create_new(file).map(drop)), Errno::EXIST.raw_os_error());
        assert_eq!(code(disk.remove(directory)), Errno::ISDIR.raw_os_error());
        assert_eq!(code(disk.remove_directory(directory)), Errno::NOTEMPTY.raw_os_error());
        assert_eq!(code(disk.remove_directory(file)), Errno::NOTDIR.raw_os_error());
        assert_eq!(code(disk.rename(missing, file)), Errno::NOENT.raw_os_error());
        assert_eq!(code(disk.rename(file, directory)), Errno::ISDIR.raw_os_error());
        assert_eq!(code(disk.info(&file.join("below")).map(drop)), Errno::NOTDIR.raw_os_error());
    }
}

/// A log of three files, one of them set aside, in which there is everything.
fn disk_with_log() -> TwinDisk {
    let disk = TwinDisk::new();
    for (name, first) in [("backup_1/1.wal", 1), ("2.wal", 101), ("3.wal", 201)] {
        let mut log = LogWriter::new();
        for sequence in first..first + 20 {
            log.entry(sequence, &Op::put(format!("key{sequence}"), vec![sequence as u8; 300]));
        }
        log.entry(first + 20, &Op::delete(format!("key{first}")));
        log.entry(first + 21, &Op::put("long", vec![first as u8; 150_000]));
        disk.add_file(Path::new(WAL_DIR).join(name), &log.into_bytes());
    }
    disk
}

fn options() -> Options {
    Options { mode: Mode::Absolute, include_set_aside: true, threads: 1, ..Options::default() }
}

fn recover(disk: &TwinDisk, wal_dir: &str) -> (Result<MemtableList, Error>, Report) {
    recover_on(disk, Path::new(wal_dir), &options(), None)
}

fn versions(list: &MemtableList) -> Vec<Version> {
    engine::forward(&mut list.scan(&Scan { all_versions: true, tombstones: true, ..Scan::default() }).unwrap())
}

/// The same without the sequence numbers, which an export gives anew.
fn contents(list: &MemtableList) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    versions(list).into_iter().map(|version| (version.key, version.value)).collect()
}

/// How many calls something takes.
fn calls_of<R>(disk: &TwinDisk, act: impl FnOnce() -> R) -> (usize, R) {
    disk.take_calls();
    let result = act();
    (disk.take_calls().len(), result)
}

#[track_caller]
fn check_system_error(error: &Error, errno: Errno, below: &str) {
    assert_eq!(error.os_code(), Some(errno.raw_os_error()), "{error}");
    assert!(error.path().is_some_and(|path| path.starts_with(below)), "{error}");
}

#[test]
fn recovery_with_any_call_failing_is_an_error_that_names_the_file() {
    let disk = disk_with_log();
    let (calls, whole) = calls_of(&disk, || recover(&disk, WAL_DIR).0.unwrap());
    assert!(calls > 15, "{calls}");
    for number in 1..=calls {
        for errno in [Errno::IO, Errno::MFILE, Errno::NOENT] {
            disk.fail_once(number, errno);
            let (failed, _) = recover(&disk, WAL_DIR);
            let failing = disk.take_calls()[number - 1].clone();
            let Err(error) = failed else {
                // Only what is not there can be passed over, if it is looked at to see whether it is a directory.
                assert!(errno == Errno::NOENT && failing.name == "info" && failing.path.ends_with("backup_1"));
                continue;
            };
            check_system_error(&error, errno, WAL_DIR);
            assert_eq!(error.path(), Some(&*failing.path), "{failing:?}");
        }
    }
    disk.heal();
    assert_eq!(versions(&recover(&disk, WAL_DIR).0.unwrap()), versions(&whole));
}

#[test]
fn recovery_goes_on_after_short_and_interrupted_reads() {
    let disk = disk_with_log();
    let whole = versions(&recover(&disk, WAL_DIR).0.unwrap());
    for at_most in [1000, 17, 1 << 20] {
        disk.hesitate(at_most);
        assert!(versions(&recover(&disk, WAL_DIR).0.unwrap()) == whole);
    }
}

#[test]
fn a_file_that_is_said_to_be_empty_is_read_to_its_end() {
    let disk = disk_with_log();
    let whole = versions(&recover(&disk, WAL_DIR).0.unwrap());
    let paths = ["backup_1/1.wal", "2.wal", "3.wal"].map(|name| Path::new(WAL_DIR).join(name));
    for path in &paths {
        disk.tell_length(path, 0);
        let mut last = (0, 0);
        let mut progress = |done, total| {
            last = (done, total);
            false
        };
        let (list, report) = recover_on(&disk, Path::new(WAL_DIR), &options(), Some(&mut progress));
        assert!(versions(&list.unwrap()) == whole);
        let bytes: usize = paths.iter().map(|path| disk.bytes(path).unwrap().len()).sum();
        assert_eq!((report.files, report.bytes, last), (3, bytes as u64, (bytes as u64, bytes as u64)));
    }
}

#[test]
fn damage_in_a_file_that_is_said_to_be_empty_is_told() {
    let disk = TwinDisk::new();
    disk.add_file("/db/wal/1.wal", b"Name:\tno log at all, but a file of procfs");
    disk.tell_length("/db/wal/1.wal", 0);
    let (list, report) = recover(&disk, WAL_DIR);
    assert!(matches!(list, Err(Error::Corrupt { offset: 0, length: 41, .. })), "{list:?}");
    assert_eq!(report.damage.len(), 1);
}

#[test]
fn a_file_that_is_shorter_than_it_is_said_to_be_is_an_error_that_says_so() {
    let disk = disk_with_log();
    let path = Path::new(WAL_DIR).join("2.wal");
    let length = disk.bytes(&path).unwrap().len() as u64;
    disk.tell_length(&path, length + 4096);
    let error = recover(&disk, WAL_DIR).0.unwrap_err();
    assert_eq!((error.path(), error.offset()), (Some(&*path), Some(length)));
    assert!(error.to_string().contains("its file system says that it is longer"), "{error}");
}

#[test]
fn a_file_that_is_longer_than_it_was_said_to_be_is_read_as_far_as_was_said() {
    let disk = disk_with_log();
    let path = Path::new(WAL_DIR).join("3.wal");
    disk.tell_length(&path, 0);
    let whole = recover(&disk, WAL_DIR).1.entries_applied;
    // The end of the first record.
    disk.tell_length(&path, 7 + 17 + 6 + 300);
    let (list, report) = recover(&disk, WAL_DIR);
    assert_eq!((list.is_ok(), report.entries_applied), (true, whole - 21));
}

/// Exports on a disk with the log, and the directory if it `is_there`.
fn exported(is_there: bool) -> (TwinDisk, MemtableList) {
    let disk = disk_with_log();
    if is_there {
        disk.add_directory(OUT);
    }
    let list = recover(&disk, WAL_DIR).0.unwrap();
    (disk, list)
}

/// Whether the whole log is there after a crash; if not, nothing is.
#[track_caller]
fn is_whole(disk: &TwinDisk, list: &MemtableList) -> bool {
    let names = disk.names(OUT).unwrap_or_default();
    if names.is_empty() {
        return false;
    }
    assert!(names.iter().all(|name| Path::new(name).extension() == Some("wal".as_ref())), "{names:?}");
    let found = recover(disk, OUT).0.unwrap_or_else(|error| panic!("{error}"));
    assert!(contents(&found) == contents(list));
    true
}

#[test]
fn a_crash_at_any_point_of_an_export_leaves_a_whole_log_or_none() {
    for is_there in [false, true] {
        let (disk, list) = exported(is_there);
        let (calls, result) = calls_of(&disk, || list.export_on(&disk, Path::new(OUT), false));
        result.unwrap();
        assert!(is_whole(&disk.crash(|| false), &list), "what was exported is on disk");
        let mut whole = 0;
        for number in 1..=calls {
            let (disk, list) = exported(is_there);
            disk.fail_from(number, Errno::IO);
            list.export_on(&disk, Path::new(OUT), false).unwrap_err();
            let crashes = (0..CRASHES).map(|seed| disk.crash(coins(seed)));
            for crashed in crashes.chain([disk.crash(|| false), disk.crash(|| true)]) {
                whole += usize::from(is_whole(&crashed, &list));
                assert!(!is_there || crashed.names(OUT).is_some(), "a directory that was there is there");
            }
        }
        assert!(whole > 0, "the name may be on disk before it is synced");
    }
}

#[test]
#[should_panic(expected = "whole log")]
fn without_syncs_a_crash_leaves_half_a_log() {
    let (disk, list) = exported(false);
    disk.forget_syncs();
    list.export_on(&disk, Path::new(OUT), false).unwrap();
    for seed in 0..1000 {
        let crashed = disk.crash(coins(seed));
        let found = crashed.names(OUT).is_none_or(|names| names.is_empty()) || {
            let found = recover(&crashed, OUT).0;
            found.is_ok_and(|found| contents(&found) == contents(&list))
        };
        assert!(found, "neither a whole log nor none");
    }
}

#[test]
fn an_export_with_any_call_failing_is_an_error_that_leaves_nothing() {
    for is_there in [false, true] {
        let (disk, list) = exported(is_there);
        let (calls, result) = calls_of(&disk, || list.export_on(&disk, Path::new(OUT), false));
        result.unwrap();
        for number in 1..=calls {
            for errno in [Errno::IO, Errno::NOSPC] {
                let (disk, list) = exported(is_there);
                disk.fail_once(number, errno);
                let failed = list.export_on(&disk, Path::new(OUT), false);
                let failing = disk.take_calls()[number - 1].clone();
                let Err(error) = failed else {
                    // Whether it is the working directory cannot always be told.
                    assert_eq!(failing, Call { name: "info", path: ".".into() });
                    continue;
                };
                assert!(matches!(error, Error::Export { .. }), "{error:?}");
                check_system_error(&error, errno, OUT);
                if number == calls {
                    assert_eq!(failing, Call { name: "sync", path: "/".into() });
                    assert!(is_whole(&disk, &list), "only its name is not on disk for certain");
                } else {
                    let expected: &[&str] = if is_there { &["db", "out"] } else { &["db"] };
                    assert_eq!(disk.names("/").unwrap(), expected, "{failing:?}");
                    assert!(disk.names(OUT).is_none_or(|names| names.is_empty()));
                }
            }
        }
    }
}

#[test]
fn an_export_goes_on_after_short_and_interrupted_writes() {
    let (disk, list) = exported(false);
    disk.hesitate(1000);
    list.export_on(&disk, Path::new(OUT), false).unwrap();
    assert!(is_whole(&disk.crash(|| false), &list));
}

#[test]
fn an_export_brings_its_files_to_disk_before_they_have_names_and_its_directory_last() {
    let (disk, list) = exported(true);
    disk.take_calls();
    list.export_on(&disk, Path::new(OUT), false).unwrap();
    let calls = disk.take_calls();
    let names: Vec<&str> = calls.iter().map(|call| call.name).collect();
    let end = &names[names.iter().position(|name| *name == "sync").unwrap()..];
    assert_eq!(end, ["sync", "rename", "open_directory", "sync", "rename", "sync"], "{calls:?}");
}
