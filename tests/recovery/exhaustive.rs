//! Small logs, each cut off at every byte and with every single bit flipped, recovered in every mode.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::comparison::assert_same;
use crate::support::damage::Damage;
use crate::support::engine;
use crate::support::model::{self, LogFile, Mode, Options, Outcome, Version};
use crate::support::wal_dir::WalDir;
use crate::support::writer::{LAST, LogWriter, MIDDLE, Op, Written};

const MODES: [Mode; 4] = [Mode::TolerateTornTail, Mode::Absolute, Mode::PointInTime, Mode::SkipCorrupted];

#[test]
fn plain_entries() {
    let mut log = LogWriter::new();
    write_plain_entries(&mut log, 1);
    check(vec![log]);
}

#[test]
fn logs_in_values() {
    let mut log = LogWriter::new();
    log.entry(1, &Op::put("a", log_of_forgeries(2)));
    log.entry(2, &Op::put("b", log_of_forgeries(3)));
    log.entry(3, &Op::merge("a", log_of_forgeries(4)));
    log.batch_record(4, &[Op::put("a", log_of_forgeries(5)), Op::put("d", log_of_forgeries(6))]);
    log.batch_with_header(6, &[Op::put("b", log_of_forgeries(7)), Op::put("e", log_of_forgeries(8))]);
    // If the last record of a file is damaged, its value may be searched. So the last value has no forged records.
    log.entry(8, &Op::put("f", "6"));
    check(vec![log]);
}

#[test]
fn short_fragments() {
    let mut log = LogWriter::new();
    log.entry(1, &Op::put("a", "1"));
    log.chain(2, &Op::put("b", "the value of a chain"), 14, 5);
    log.chain(3, &Op::merge("b", "no memtable holds this"), 14, 8);
    log.entry(4, &Op::put("c", "4"));
    log.chain(5, &Op::put("d", "the last value of all"), 14, 9);
    check_log(&Log { is_as_kevo_writes: false, ..Log::new(vec![log]) });
}

#[test]
fn fragments_as_long_as_kevos() {
    let value = [vec![0xee; 32768], log_of_forgeries(3), vec![0xee; 10]].concat();
    let mut log = LogWriter::new();
    log.entry(1, &Op::put("a", "1"));
    log.entry(2, &Op::put("b", value));
    log.entry(3, &Op::put("c", "3"));
    check(vec![log]);
}

#[test]
fn every_kind_of_batch() {
    let ops = [Op::put("a", "1"), Op::delete("b"), Op::merge("c", "3"), Op::put("a", "4")];
    let mut log = LogWriter::new();
    log.entry(1, &Op::put("b", "0"));
    log.batch_record(2, &ops);
    log.batch_with_header(6, &ops);
    log.batch_of_shared_sequence(10, &ops);
    log.batch_record(11, &[]);
    log.batch_with_header(11, &[]);
    log.batch_with_header(11, &ops);
    check(vec![log]);
}

#[test]
fn several_files() {
    let mut first = LogWriter::new();
    write_plain_entries(&mut first, 1);
    let mut second = LogWriter::new();
    // As after a rotation by Kevo.
    write_plain_entries(&mut second, 1);
    let mut third = LogWriter::new();
    write_plain_entries(&mut third, 5);
    check(vec![first, second, third]);
}

fn write_plain_entries(log: &mut LogWriter, sequence: u64) {
    log.entry(sequence, &Op::put("a", "value"));
    log.entry(sequence + 1, &Op::put("", "\0\0\0"));
    log.entry(sequence + 2, &Op::delete("a"));
    log.entry(sequence + 3, &Op::put("key", ""));
}

/// Forged records, with sequence numbers that could follow the entry that holds them.
fn log_of_forgeries(sequence: u64) -> Vec<u8> {
    let mut log = LogWriter::new();
    log.entry(sequence, &Op::put("a", "forged"));
    log.entry(sequence + 1, &Op::delete("b"));
    log.into_bytes()
}

/// What happens to one file.
#[derive(Clone, Copy, Debug)]
struct Case {
    file: usize,
    offset: usize,
    harm: Harm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Harm {
    /// The file ends at the offset.
    Cut,
    /// This bit of the byte at the offset is flipped.
    Flip(usize),
}

impl Case {
    fn damage(self) -> Damage {
        match self.harm {
            Harm::Cut => Damage::Truncate { length: self.offset },
            Harm::Flip(bit) => Damage::FlipBit { bit: 8 * self.offset + bit },
        }
    }

    /// Whether these bytes of a file are still intact.
    fn spares(self, file: usize, bytes: &Range<usize>) -> bool {
        file != self.file
            || match self.harm {
                Harm::Cut => bytes.end <= self.offset,
                Harm::Flip(_) => !bytes.contains(&self.offset),
            }
    }
}

/// Compares the crate with the model, and with what was written, in all cases.
fn check(logs: Vec<LogWriter>) {
    check_log(&Log::new(logs));
}

fn check_log(log: &Log) {
    let cases = log.cases();
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, Into::into);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let directory = WalDir::with(&log.files);
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    log.check(*case, &directory);
                }
            });
        }
    });
}

struct Log {
    files: Vec<LogFile>,
    writers: Vec<LogWriter>,
    versions: HashSet<Version>,
    /// If not, results are compared only with the model, and not with what was written.
    is_as_kevo_writes: bool,
}

impl Log {
    fn new(writers: Vec<LogWriter>) -> Self {
        let file = |(number, log): (usize, &LogWriter)| LogFile {
            name: format!("{number:020}.wal"),
            bytes: log.clone().into_bytes(),
        };
        let written = writers.iter().flat_map(LogWriter::written);
        Self {
            files: writers.iter().enumerate().map(file).collect(),
            versions: written.filter_map(Written::version).collect(),
            writers,
            is_as_kevo_writes: true,
        }
    }

    fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for (file, contents) in self.files.iter().enumerate() {
            for offset in 0..contents.bytes.len() {
                cases.push(Case { file, offset, harm: Harm::Cut });
                let bits = self.bits_of_interest(file, offset);
                cases.extend(bits.map(|bit| Case { file, offset, harm: Harm::Flip(bit) }));
            }
        }
        cases
    }

    /// All bits of a byte. But deep inside a long value all bytes are alike, so there only one bit of every eighth
    /// byte.
    fn bits_of_interest(&self, file: usize, offset: usize) -> Range<usize> {
        let (start, end) = self.record_around(file, offset);
        let is_deep_inside = start + 256 < offset && offset + 256 < end;
        match offset % 8 {
            _ if !is_deep_inside => 0..8,
            0 => offset / 8 % 8..offset / 8 % 8 + 1,
            _ => 0..0,
        }
    }

    /// The start and the end of the record around this offset.
    fn record_around(&self, file: usize, offset: usize) -> (usize, usize) {
        let starts = self.writers[file].record_starts();
        let next = starts.partition_point(|&start| start <= offset);
        let end = starts.get(next).copied().unwrap_or(self.files[file].bytes.len());
        (starts[next - 1], end)
    }

    fn check(&self, case: Case, directory: &WalDir) {
        let mut files = self.files.clone();
        case.damage().apply(&mut files[case.file].bytes);
        directory.change(&self.files[case.file], &files[case.file]);
        for mode in MODES {
            let options = Options { mode, ..Options::default() };
            let actual = engine::recover(directory.path(), &options, 1);
            assert_same(&actual, &model::recover(&files, &options), &(case, mode));
            self.check_that_nothing_is_made_up(case, &actual);
            if mode == Mode::SkipCorrupted || (mode == Mode::TolerateTornTail && case.harm == Harm::Cut) {
                self.check_that_nothing_else_is_lost(case, &actual);
            }
        }
        directory.change(&files[case.file], &self.files[case.file]);
    }

    /// Whether a wrong bit makes recovery search for records in bytes that may be a value. It does in the length of a
    /// MIDDLE or a LAST, because only its header tells its length.
    fn is_searched(&self, case: Case) -> bool {
        let (start, _) = self.record_around(case.file, case.offset);
        let record_type = self.files[case.file].bytes[start + 6];
        case.harm != Harm::Cut && matches!(record_type, MIDDLE | LAST) && (4..6).contains(&(case.offset - start))
    }

    fn check_that_nothing_is_made_up(&self, case: Case, outcome: &Outcome) {
        if self.is_searched(case) {
            return;
        }
        for version in versions(outcome) {
            assert!(self.versions.contains(version), "{case:?} gives {version:?}, which was never written");
        }
    }

    /// Checks that everything outside of the damage is recovered, and that each batch is recovered completely or not at
    /// all.
    fn check_that_nothing_else_is_lost(&self, case: Case, outcome: &Outcome) {
        if !self.is_as_kevo_writes {
            return;
        }
        let recovered: HashSet<&Version> = versions(outcome).collect();
        for (file, writer) in self.writers.iter().enumerate() {
            for whole in writer.written().chunk_by(|a, b| a.bytes == b.bytes) {
                let versions: Vec<Version> = whole.iter().filter_map(Written::version).collect();
                let count = versions.iter().filter(|version| recovered.contains(version)).count();
                let is_lost = count == 0 && !case.spares(file, &whole[0].bytes);
                assert!(count == versions.len() || is_lost, "{case:?} loses some of {versions:?}");
            }
        }
    }
}

fn versions(outcome: &Outcome) -> impl Iterator<Item = &Version> {
    outcome.result.iter().flat_map(|recovered| &recovered.memtables).flat_map(|memtable| &memtable.versions)
}
