//! Nothing in a log's directory changes, access times included, whatever is done with the log.
#![cfg(target_os = "linux")]

use crate::support::compile;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use kevo::{Mode, Options, Order, Scan, recover};
use rustix::fs::{AtFlags, CWD, Dir, OFlags, Timespec, Timestamps, open, utimensat};
use tempfile::TempDir;

use crate::support::compile::{link_shared, program, run};
use crate::support::writer::{LogWriter, Op};

const MODES: [Mode; 4] = [Mode::TolerateTornTail, Mode::Absolute, Mode::PointInTime, Mode::SkipCorrupted];

/// All that a file system tells of a file without opening it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    path: PathBuf,
    inode: u64,
    /// With the type.
    mode: u32,
    owner: (u32, u32),
    links: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    /// `None` of a link, which is touched when it is followed.
    accessed: Option<(i64, i64)>,
}

fn look(path: &Path) -> Seen {
    let metadata = fs::symlink_metadata(path).unwrap();
    Seen {
        path: path.to_owned(),
        inode: metadata.ino(),
        mode: metadata.mode(),
        owner: (metadata.uid(), metadata.gid()),
        links: metadata.nlink(),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
        accessed: (!metadata.is_symlink()).then(|| (metadata.atime(), metadata.atime_nsec())),
    }
}

/// `path` and all that is below it, links not followed. Looking changes nothing either.
fn snapshot(path: &Path) -> Vec<Seen> {
    let mut seen = vec![look(path)];
    if fs::symlink_metadata(path).unwrap().is_dir() {
        let flags = OFlags::DIRECTORY | OFlags::NOATIME | OFlags::CLOEXEC;
        let directory = open(path, flags, rustix::fs::Mode::empty()).unwrap();
        let entries = Dir::new(directory).unwrap().map(|entry| entry.unwrap().file_name().to_bytes().to_vec());
        let mut names: Vec<Vec<u8>> = entries.filter(|name| !matches!(name.as_slice(), b"." | b"..")).collect();
        names.sort_unstable();
        seen.extend(names.iter().flat_map(|name| snapshot(&path.join(std::ffi::OsStr::from_bytes(name)))));
    }
    seen
}

/// Sets access times so far back that the next access is noted on any mount that notes one now and then.
fn age(path: &Path) {
    for seen in snapshot(path) {
        let at = |tv_sec| Timespec { tv_sec, tv_nsec: 123_456_789 };
        let times = Timestamps { last_access: at(1_000_000_000), last_modification: at(1_500_000_000) };
        utimensat(CWD, &seen.path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
    }
}

/// Whether the file system notes accesses at all: without that, access times that stay say nothing.
fn notes_accesses(directory: &TempDir) -> bool {
    let (file, before) = (directory.path().join("control"), |path: &Path| look(path).accessed);
    fs::write(&file, "read me").unwrap();
    age(directory.path());
    let untouched = [before(&file), before(directory.path())];
    fs::read(&file).unwrap();
    fs::read_dir(directory.path()).unwrap().for_each(drop);
    let touched = [before(&file), before(directory.path())];
    fs::remove_file(&file).unwrap();
    touched[0] != untouched[0] && touched[1] != untouched[1]
}

/// A log with everything in and around it, and what it looks like.
struct Log {
    directory: TempDir,
    before: Vec<Seen>,
}

impl Log {
    fn new(is_damaged: bool) -> Self {
        let directory = TempDir::new().unwrap();
        if !notes_accesses(&directory) {
            println!("{}: no access times are kept there; all else is checked", directory.path().display());
        }
        let path = |name: &str| directory.path().join(name);
        let mut log = LogWriter::new();
        for sequence in 1..=50 {
            log.entry(sequence, &Op::put(format!("key{sequence}"), vec![7; sequence as usize * 1000]));
        }
        let mut bytes = log.into_bytes();
        fs::create_dir(path("backup_20260101_000000")).unwrap();
        fs::create_dir(path("other")).unwrap();
        for name in ["1.wal", "3.wal", "backup_20260101_000000/0.wal", "other/4.wal", "notes.txt", "elsewhere"] {
            fs::write(path(name), &bytes).unwrap();
        }
        if is_damaged {
            bytes[300] ^= 1;
            fs::write(path("2.wal"), &bytes[..bytes.len() - 3]).unwrap();
        }
        fs::set_permissions(path("3.wal"), Permissions::from_mode(0o444)).unwrap();
        symlink("elsewhere", path("4.wal")).unwrap();
        symlink("other", path("backup_link")).unwrap();
        symlink("nowhere", path("dangling")).unwrap();
        age(directory.path());
        let before = snapshot(directory.path());
        Self { directory, before }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn assert_untouched(&self, by: &str) {
        assert_eq!(snapshot(self.path()), self.before, "changed by {by}");
    }
}

fn every_options() -> impl Iterator<Item = Options> {
    let base = Options { memtable_size: 100_000, max_memtables: 1000, ..Options::default() };
    let modes = MODES.into_iter().map(move |mode| Options { mode, ..base });
    let orders = modes.flat_map(|options| [Order::Log, Order::Sequence].map(|order| Options { order, ..options }));
    let threads = orders.flat_map(|options| [1, 3].map(|threads| Options { threads, ..options }));
    threads.flat_map(|options| [false, true].map(|include_set_aside| Options { include_set_aside, ..options }))
}

#[test]
fn by_recovery_whether_it_succeeds_or_fails() {
    for is_damaged in [false, true] {
        let log = Log::new(is_damaged);
        for options in every_options() {
            let passes_over = matches!(options.mode, Mode::PointInTime | Mode::SkipCorrupted);
            assert_eq!(recover(log.path(), &options, None).0.is_ok(), passes_over || !is_damaged);
            log.assert_untouched(&format!("{options:?}"));
        }
        let too_few = Options { memtable_size: 1, ..Options::default() };
        assert!(recover(log.path(), &too_few, None).0.is_err());
        log.assert_untouched("a recovery that needs more memtables");
        assert!(recover(log.path(), &Options::default(), Some(&mut |_, _| true)).0.is_err());
        log.assert_untouched("a recovery that was cancelled");
    }
}

#[test]
fn by_reading_and_writing_what_was_recovered() {
    let log = Log::new(false);
    let list = recover(log.path(), &Options::default(), None).0.unwrap();
    log.assert_untouched("recovery");
    list.get(b"key1", u64::MAX).unwrap();
    let mut iter = list.scan(&Scan { all_versions: true, ..Scan::default() }).unwrap();
    assert!(
        iter.first().unwrap()
            && iter.next().unwrap()
            && iter.last().unwrap()
            && iter.prev().unwrap()
            && iter.seek(b"key2").unwrap()
    );
    log.assert_untouched("reading");
    list.put(b"key1", b"new", 51).unwrap();
    list.delete(b"key2", 52).unwrap();
    list.memtable(0).unwrap().set_immutable();
    list.put(b"key3", b"in another table", 53).unwrap();
    log.assert_untouched("writing");
    let elsewhere = TempDir::new().unwrap();
    for (out, newest_only) in [("all", false), ("newest", true)] {
        list.export(&elsewhere.path().join(out), newest_only).unwrap();
    }
    assert!(list.export(log.path(), false).is_err());
    log.assert_untouched("an export");
    drop((list, iter));
    log.assert_untouched("letting go of it");
}

/// Runs a program on the log with these arguments before its directory and after it.
fn check_program(log: &Log, program: &Path, before: &[&str], after: &[&str]) {
    let mut command = Command::new(program);
    let output = run(command.args(before).arg(log.path()).args(after));
    assert!(output.status.code().is_some_and(|code| code < 2), "{command:?}: {}", compile::text_of(&output));
    log.assert_untouched(&format!("{command:?}"));
}

#[test]
fn by_kevo_dump_with_any_option() {
    let built = TempDir::new().unwrap();
    let kevo_dump = program("examples-c/dump", "-std=c99", built.path(), &link_shared(built.path()));
    for is_damaged in [false, true] {
        let log = Log::new(is_damaged);
        for mode in ["absolute", "tolerate-torn-tail", "point-in-time", "skip-corrupted"] {
            check_program(&log, &kevo_dump, &["--mode", mode], &[]);
            check_program(&log, &kevo_dump, &["--json", "--include-set-aside", "--mode", mode], &[]);
        }
        let out = built.path().join("out");
        check_program(&log, &kevo_dump, &["--mode", "skip-corrupted", "--export", out.to_str().unwrap()], &[]);
        fs::remove_dir_all(out).unwrap();
        check_program(&log, &kevo_dump, &["--order", "log"], &[]);
        check_program(&log, &kevo_dump, &["--order", "sequence"], &[]);
        check_program(&log, &kevo_dump, &["--max-sequence", "20"], &[]);
        check_program(&log, &kevo_dump, &["--max-memtables", "1", "--memtable-size", "1"], &[]);
        check_program(&log, &kevo_dump, &["--help"], &[]);
        check_program(&log, &kevo_dump, &["--version"], &[]);
    }
}

#[test]
fn by_the_other_examples_in_c() {
    let built = TempDir::new().unwrap();
    let link = link_shared(built.path());
    let log = Log::new(false);
    let examples: [(&str, &[&str]); 5] = [
        ("lookup", &["key1", "no such key"]),
        ("scan", &["key1", "key9"]),
        ("past", &["key", "0", "1", "50"]),
        ("write", &["key2"]),
        ("errors", &[]),
    ];
    for (name, arguments) in examples {
        let example = program(&format!("examples-c/{name}.c"), "-std=c99", built.path(), &link);
        check_program(&log, &example, &[], arguments);
    }
}
