//! Power cuts of a real process: what tests/c/power.c does to a directory is recorded by tests/c/recorder.c, call by
//! call, and done once more on the disk in memory, where the power fails at any place of it. So the order of writes,
//! syncs and names is that of the real disk, of a writer with its flushes and compactions.
#![cfg(target_os = "linux")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kevo::db::DbOptions;
use kevo::disk::{Disk, WriteFile};
use tempfile::TempDir;

use crate::support::compile::{link_shared, preloaded, program, succeed};
use crate::support::database::{self, Contents, Random, within};
use crate::support::disk::{TwinDisk, coins};

/// So many times the power fails in one history.
const CUTS: usize = 40;
/// Whatever takes longer hangs.
const SECONDS: u64 = 120;

struct Programs {
    writer: PathBuf,
    recorder: PathBuf,
    _directory: TempDir,
}

impl Programs {
    fn new() -> Self {
        let directory = TempDir::new().expect("a directory");
        let writer = program("tests/c/power.c", "-std=c99", directory.path(), &link_shared(directory.path()));
        let recorder = preloaded("tests/c/recorder.c", directory.path());
        Self { writer, recorder, _directory: directory }
    }

    /// What a writer has done.
    fn record(&self, seed: u64, sync: &str) -> Vec<Event> {
        let (root, beside) = (TempDir::new().expect("a directory"), TempDir::new().expect("a directory"));
        let trace = beside.path().join("trace");
        succeed(
            Command::new(&self.writer)
                .arg(root.path().join("db"))
                .args([&seed.to_string(), sync])
                .env("LD_PRELOAD", &self.recorder)
                .env("RECORDER_ROOT", root.path())
                .env("RECORDER_TRACE", &trace),
        );
        events(&fs::read(trace).expect("a trace"), root.path())
    }
}

/// A call that has succeeded.
#[derive(Debug)]
enum Event {
    Open(i32, PathBuf),
    Write(i32, Vec<u8>),
    Sync(i32),
    Close(i32),
    Rename(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    Remove(PathBuf),
    MakeDirectory(PathBuf),
    RemoveDirectory(PathBuf),
}

/// Paths become those of the disk in memory.
fn events(mut trace: &[u8], root: &Path) -> Vec<Event> {
    let mut events = Vec::new();
    let path = |text: &str| Path::new("/").join(Path::new(text).strip_prefix(root).expect("a path below the root"));
    let paths = |text: &str| text.split_once('\t').map(|(from, to)| (path(from), path(to))).expect("two paths");
    while !trace.is_empty() {
        let end = trace.iter().position(|&byte| byte == b'\n').expect("a line");
        let line = std::str::from_utf8(&trace[..end]).expect("text");
        trace = &trace[end + 1..];
        let (what, rest) = line.split_once(' ').expect("two words");
        let number = |text: &str| text.parse().expect("a descriptor");
        events.push(match what {
            "open" => rest.split_once(' ').map(|(fd, name)| Event::Open(number(fd), path(name))).expect("a path"),
            "write" => {
                let (fd, length) = rest.split_once(' ').expect("a length");
                let (bytes, after) = trace.split_at(length.parse().expect("a length"));
                trace = after;
                Event::Write(number(fd), bytes.to_vec())
            }
            "sync" => Event::Sync(number(rest)),
            "close" => Event::Close(number(rest)),
            "rename" => Event::Rename(paths(rest).0, paths(rest).1),
            "link" => Event::Link(paths(rest).0, paths(rest).1),
            "remove" => Event::Remove(path(rest)),
            "make-directory" => Event::MakeDirectory(path(rest)),
            "remove-directory" => Event::RemoveDirectory(path(rest)),
            other => panic!("{other}"),
        });
    }
    events
}

/// What is behind a descriptor.
enum File {
    Written(Box<dyn WriteFile>),
    Read(PathBuf),
}

/// The disk in memory, on which the process is going on.
#[derive(Default)]
struct Replay {
    disk: TwinDisk,
    files: HashMap<i32, File>,
    told: Told,
}

impl Replay {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Open(fd, path) => {
                let is_there = self.disk.info(path).is_ok();
                let file = if is_there {
                    File::Read(path.clone())
                } else {
                    File::Written(self.disk.create_new(path).unwrap())
                };
                self.files.insert(*fd, file);
            }
            Event::Write(1, line) => self.told.line(std::str::from_utf8(line).expect("text").trim_end()),
            Event::Write(fd, bytes) => match self.files.get_mut(fd) {
                Some(File::Written(file)) => file.append_all(bytes).unwrap(),
                _ => panic!("{event:?}: a file that was there already"),
            },
            Event::Sync(fd) => match &self.files[fd] {
                File::Written(file) => file.sync().unwrap(),
                File::Read(path) if self.disk.names(path).is_some() => {
                    self.disk.open_directory(path).unwrap().sync().unwrap();
                }
                File::Read(path) => self.disk.sync_ahead(path).unwrap(),
            },
            Event::Close(fd) => drop(self.files.remove(fd)),
            Event::Rename(from, to) => self.disk.rename(from, to).unwrap(),
            Event::Link(from, to) => self.disk.link(from, to).unwrap(),
            Event::Remove(path) => self.disk.remove(path).unwrap(),
            Event::MakeDirectory(path) => self.disk.create_directory(path).unwrap(),
            Event::RemoveDirectory(path) => self.disk.remove_directory(path).unwrap(),
        }
    }
}

/// What was written at once or not at all: keys, and what they get; nothing is a delete.
type Written = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// What the process has said.
#[derive(Default)]
struct Told {
    /// The last one may not have been acknowledged.
    written: Vec<Written>,
    /// So many have to be there.
    durable: usize,
    is_synced: bool,
    every_write_is_synced: bool,
}

impl Told {
    fn line(&mut self, line: &str) {
        let mut words = line.split(' ').map(|word| word.as_bytes().to_vec());
        match words.next().as_deref() {
            Some(b"ok") => {
                if self.is_synced || self.every_write_is_synced {
                    self.durable = self.written.len();
                }
                self.is_synced = false;
            }
            Some(b"sync") => self.is_synced = true,
            Some(b"delete") => self.written.push(vec![(words.next().expect("a key"), None)]),
            Some(b"put" | b"batch") => {
                let mut operations = Written::new();
                while let (Some(key), Some(value)) = (words.next(), words.next()) {
                    operations.push((key, (value != b"-").then_some(value)));
                }
                self.written.push(operations);
            }
            _ => panic!("{line}"),
        }
    }

    /// These have to be the contents after some of what was written: all that is durable, and anything up to what was
    /// begun.
    fn check(&self, found: &Contents, when: &str) {
        let mut contents = Contents::new();
        let mut is_after = |count: usize| {
            for (key, value) in count.checked_sub(1).map_or(&[][..], |last| &self.written[last]) {
                match value {
                    Some(value) => drop(contents.insert(key.clone(), value.clone())),
                    None => drop(contents.remove(key)),
                }
            }
            count >= self.durable && contents == *found
        };
        assert!(
            (0..=self.written.len()).any(&mut is_after),
            "{when}, of {} writes, {} of them durable: {}",
            self.written.len(),
            self.durable,
            database::shown_map(found)
        );
    }
}

/// What a database has that opens after the power has failed; and it has the same once more.
fn contents_after(disk: &TwinDisk) -> Contents {
    let open = || {
        let (opened, report) = database::open_reporting(disk, &DbOptions::default());
        opened.unwrap_or_else(|error| panic!("{error}; {report:?}"))
    };
    let opened = open();
    let found = database::contents(&opened).unwrap();
    drop(opened);
    assert!(database::contents(&open()).unwrap() == found, "another opening finds something else");
    found
}

/// A history, and the power fails in it at places by chance.
fn check(programs: &Programs, seed: u64, sync: &str) {
    let events = programs.record(seed, sync);
    let every_write_is_synced = sync == "always";
    let checked = within(SECONDS, move || {
        let mut random = Random::new(seed);
        let mut cuts: Vec<usize> = (0..CUTS).map(|_| random.below(events.len() as u64 + 1) as usize).collect();
        cuts.sort_unstable();
        let mut replay = Replay { told: Told { every_write_is_synced, ..Told::default() }, ..Replay::default() };
        let mut done = 0;
        for cut in cuts {
            events[done..cut].iter().for_each(|event| replay.take(event));
            done = cut;
            let left = replay.disk.crash(coins(random.next()));
            replay.told.check(&contents_after(&left), &format!("after {cut} of {} calls", events.len()));
        }
        events[done..].iter().for_each(|event| replay.take(event));
        replay.told.check(&contents_after(&replay.disk.crash(|| false)), "after the close");
    });
    checked.unwrap_or_else(|what| panic!("{what}\nseed {seed}, {sync}"));
}

#[test]
fn what_a_process_did_survives_a_power_cut_at_any_place() {
    let programs = Programs::new();
    for seed in 1..=3 {
        check(&programs, seed, "always");
        check(&programs, seed, "none");
    }
}

#[test]
#[ignore = "for .ci/engine"]
fn power_cuts_for_any_time() {
    let programs = Programs::new();
    database::for_any_time(|seed| {
        check(&programs, seed, "always");
        check(&programs, seed, "none");
    });
}
