//! A log that somebody goes on writing while it is recovered, again and again.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use kevo::{DamageKind, Error, MemtableList, Mode, Options, Report, Scan, recover};

use crate::support::engine::forward;
use crate::support::model::Version;
use crate::support::wal_dir::WalDir;
use crate::support::writer::{LogWriter, Op};

const FILES: usize = 3;
const MODES: [Mode; 4] = [Mode::TolerateTornTail, Mode::Absolute, Mode::PointInTime, Mode::SkipCorrupted];
/// Writes while one recovery runs.
const WRITES_EACH: usize = 5;

/// A log as it will be in the end.
struct Plan {
    files: Vec<(String, Vec<u8>)>,
    /// What is in it, in its order, and how many of its bytes must be there for each.
    versions: Vec<(usize, Version)>,
}

impl Plan {
    fn new() -> Self {
        let (mut plan, mut sequence) = (Self { files: Vec::new(), versions: Vec::new() }, 1);
        for file in 0..FILES {
            let mut log = LogWriter::new();
            for _ in 0..10 {
                sequence = write_some(&mut log, sequence);
            }
            let before = plan.len();
            let versions =
                log.written().iter().filter_map(|written| Some((before + written.bytes.end, written.version()?)));
            plan.versions.extend(versions);
            plan.files.push((format!("{file}.wal"), log.into_bytes()));
        }
        plan
    }

    fn len(&self) -> usize {
        self.files.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// How many versions are whole when so many bytes are there.
    fn whole(&self, bytes: usize) -> usize {
        self.versions.partition_point(|(end, _)| *end <= bytes)
    }

    /// The first `count` versions, as a scan gives them.
    fn first(&self, count: usize) -> Vec<Version> {
        let mut versions: Vec<Version> =
            self.versions[..count].iter().rev().map(|(_, version)| version.clone()).collect();
        versions.sort_by(|a, b| a.key.cmp(&b.key));
        versions
    }
}

/// One of everything, from this sequence number on; gives the next one.
fn write_some(log: &mut LogWriter, sequence: u64) -> u64 {
    let key = |number: u64| (number % 37).to_be_bytes();
    let value = |number: u64| vec![number as u8; (number * 7919 % 3000) as usize];
    let put = |number: u64| Op::put(key(number), value(number));
    for number in sequence..sequence + 5 {
        log.entry(number, &put(number));
    }
    log.entry(sequence + 5, &Op::delete(key(sequence)));
    log.entry(sequence + 6, &Op::put(key(sequence + 6), vec![6; 70_000]));
    log.batch_record(sequence + 7, &[put(1), put(2), Op::delete(key(3))]);
    log.batch_with_header(sequence + 10, &[put(4), put(5), put(6), Op::delete(key(7))]);
    log.entry(sequence + 14, &Op::merge(key(8), "no memtable holds it"));
    sequence + 15
}

/// How many bytes are about to be written, and how many have been.
#[derive(Default)]
struct Progress {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

/// Writes a few pieces, which end anywhere, for each turn.
fn write(plan: &Plan, directory: &Path, turns: &Receiver<()>, progress: &Progress) {
    let (mut random, mut writes) = (1_u32, 0);
    for (name, bytes) in &plan.files {
        let mut file = File::create(directory.join(name)).unwrap();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            if writes % WRITES_EACH == 0 {
                turns.recv().expect("somebody recovers until all is written");
            }
            writes += 1;
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (piece, later) = rest.split_at(rest.len().min(1 + (random >> 8) as usize % 9000));
            progress.begun.fetch_add(piece.len(), Ordering::SeqCst);
            file.write_all(piece).unwrap();
            progress.ended.fetch_add(piece.len(), Ordering::SeqCst);
            rest = later;
        }
    }
}

/// Checks what came back when at least `ended` and at most `begun` bytes were there.
fn check(plan: &Plan, mode: Mode, outcome: (Result<MemtableList, Error>, Report), ended: usize, begun: usize) {
    let (list, report) = outcome;
    match list {
        Ok(list) => {
            let everything = Scan { all_versions: true, tombstones: true, ..Scan::default() };
            let versions = forward(&mut list.scan(&everything).unwrap());
            assert!((plan.whole(ended)..=plan.whole(begun)).contains(&versions.len()), "{mode:?}: {report:?}");
            assert!(versions == plan.first(versions.len()), "{mode:?}: what came back was never written");
        }
        Err(error) => {
            let is_torn = matches!(error, Error::Corrupt { kind: DamageKind::TornTail, .. });
            assert!(mode == Mode::Absolute && is_torn, "{mode:?}: {error}");
        }
    }
    assert!(report.damage.len() <= 1, "{mode:?}: {report:?}");
    for damage in &report.damage {
        assert_eq!(damage.kind, DamageKind::TornTail, "{mode:?}: {report:?}");
        let name = damage.path.file_name().unwrap().to_str().unwrap();
        assert_eq!(name, format!("{}.wal", report.files - 1), "only the last file ends in the middle");
    }
}

#[test]
fn all_that_was_complete_comes_back_and_nothing_that_was_not_written() {
    let (plan, directory, progress) = (Plan::new(), WalDir::new(), Progress::default());
    let (plan, progress, wal_dir) = (&plan, &progress, directory.path());
    let (turn, turns) = sync_channel(0);
    let torn = thread::scope(move |scope| {
        let writer = scope.spawn(move || write(plan, wal_dir, &turns, progress));
        let mut torn = 0;
        for round in 0.. {
            let options = Options { mode: MODES[round % 4], threads: 1 + round % 3, ..Options::default() };
            // From here on the writer writes a little more, while this recovers.
            let is_over = writer.is_finished() || turn.send(()).is_err();
            let ended = progress.ended.load(Ordering::SeqCst);
            let outcome = recover(wal_dir, &options, None);
            torn += outcome.1.damage.len();
            check(plan, options.mode, outcome, ended, progress.begun.load(Ordering::SeqCst));
            if is_over && ended == plan.len() {
                break;
            }
        }
        torn
    });
    assert!(torn > 20, "only {torn} recoveries saw a write that was not complete");
    let complete = recover(wal_dir, &Options { mode: Mode::Absolute, ..Options::default() }, None);
    check(plan, Mode::TolerateTornTail, complete, plan.len(), plan.len());
}

#[test]
fn what_is_written_from_within_the_recovery_itself_is_of_no_consequence() {
    let (plan, directory) = (Plan::new(), WalDir::new());
    let (name, bytes) = &plan.files[0];
    let mut log = File::create(directory.path().join(name)).unwrap();
    let (half, rest) = bytes.split_at(bytes.len() / 2);
    log.write_all(half).unwrap();
    for mode in MODES.into_iter().filter(|&mode| mode != Mode::Absolute) {
        let size = fs::metadata(directory.path().join(name)).unwrap().len() as usize;
        let mut more = rest[size - half.len()..].chunks(1000).take(20);
        let mut grow = |_, _| {
            if let Some(piece) = more.next() {
                log.write_all(piece).unwrap();
            }
            false
        };
        let outcome = recover(directory.path(), &Options { mode, threads: 1, ..Options::default() }, Some(&mut grow));
        assert_eq!(outcome.1.bytes, size as u64);
        check(&plan, mode, outcome, size, size);
        assert!(fs::metadata(directory.path().join(name)).unwrap().len() as usize > size, "it has grown");
    }
}
