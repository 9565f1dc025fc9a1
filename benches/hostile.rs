//! How much time and memory recovery and questions take when the log was written to harm.
//!
//!     cargo bench --bench hostile -- [--sizes 12.5,25,50,100] [--runs 3] [--json] [part of a kind's name]...
//!
//! Sizes are in MB. Each recovery, in mode `SKIP_CORRUPTED`, runs on one thread in a process of its own. Time is the
//! processor's, which a busy machine changes less than the clock's. With `--json` a line is printed for each kind and
//! size, and no table.

// Figures are for the eye.
#![allow(clippy::cast_precision_loss, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

#[path = "../tests/support/hostile.rs"]
mod hostile;
#[path = "../tests/support/records.rs"]
// Logs written to harm do not use all of it.
#[allow(dead_code)]
mod records;

use hostile::{KINDS, Kind, random};
use kevo::{MemtableList, Mode, Options, Scan, recover};
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use tempfile::TempDir;

/// Tells this program to recover the directory that follows, once.
const CHILD: &str = "--recover";
/// The memory that each entry or stretch of damage may take, in bytes, besides the log.
const PROMISED: u64 = 32;
/// Time that grows faster than this power of the log's size is marked.
const NEARLY_LINEAR: f64 = 1.15;

struct Arguments {
    /// The sizes of the logs, in bytes.
    sizes: Vec<usize>,
    runs: usize,
    json: bool,
    names: Vec<String>,
}

/// What one recovery took, and what it gave.
#[derive(Clone, Copy, Default)]
struct Sample {
    nanoseconds: u64,
    entries: u64,
    stretches: u64,
    files: u64,
    bytes: u64,
    /// The most memory that the process had at any time, in bytes.
    peak: u64,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [child, wal_dir] if child == CHILD => println!("{}", recover_once(wal_dir.as_ref()).to_line()),
        _ => compare(&parse(&arguments)),
    }
}

fn parse(arguments: &[String]) -> Arguments {
    let mut parsed = Arguments { sizes: sizes("12.5,25,50,100"), runs: 3, json: false, names: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--sizes" => parsed.sizes = sizes(rest.next().expect("sizes in MB")),
            "--runs" => parsed.runs = rest.next().and_then(|runs| runs.parse().ok()).expect("a number of runs"),
            "--json" => parsed.json = true,
            // Cargo passes this to every benchmark.
            "--bench" => {}
            name => parsed.names.push(name.to_owned()),
        }
    }
    parsed
}

fn sizes(list: &str) -> Vec<usize> {
    list.split(',').map(|size| (size.parse::<f64>().expect("a size in MB") * 1e6) as usize).collect()
}

fn options() -> Options {
    Options { mode: Mode::SkipCorrupted, max_memtables: usize::MAX, threads: 1, ..Options::default() }
}

fn recover_once(wal_dir: &Path) -> Sample {
    let start = processor_time();
    let (list, report) = recover(wal_dir, &options(), None);
    let nanoseconds = processor_time() - start;
    list.expect("a mode that fails at nothing");
    Sample {
        nanoseconds,
        entries: report.entries_applied + report.merges_ignored,
        stretches: report.damage.len() as u64,
        files: report.files,
        bytes: report.bytes,
        peak: peak(),
    }
}

/// The processor time of this thread, in nanoseconds.
fn processor_time() -> u64 {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    schedstat.split_whitespace().next().and_then(|time| time.parse().ok()).expect("a time")
}

/// The most memory that this process has had, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

impl Sample {
    fn to_line(self) -> String {
        let Self { nanoseconds, entries, stretches, files, bytes, peak } = self;
        format!("{nanoseconds} {entries} {stretches} {files} {bytes} {peak}")
    }

    fn of_line(line: &str) -> Self {
        let mut numbers = line.split_whitespace().map(|number| number.parse().expect("a number"));
        let mut next = || numbers.next().expect("six numbers");
        let (nanoseconds, entries, stretches) = (next(), next(), next());
        Self { nanoseconds, entries, stretches, files: next(), bytes: next(), peak: next() }
    }

    /// Recovers `wal_dir` so many times, each in its own process. Gives the median time and the highest peak.
    fn of_runs(wal_dir: &Path, runs: usize) -> Self {
        let program = env::current_exe().expect("this program");
        let mut samples: Vec<Self> = (0..runs)
            .map(|_| {
                let output = Command::new(&program).arg(CHILD).arg(wal_dir).output().expect("a process");
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                Self::of_line(&String::from_utf8_lossy(&output.stdout))
            })
            .collect();
        samples.sort_by_key(|sample| sample.nanoseconds);
        let peak = samples.iter().map(|sample| sample.peak).max().unwrap_or(0);
        Self { peak, ..samples[runs / 2] }
    }

    fn ns_per_byte(&self) -> f64 {
        self.nanoseconds as f64 / self.bytes as f64
    }

    /// How many bytes of memory were used above the promised ones.
    fn beyond(&self) -> i64 {
        self.peak as i64 - (self.bytes + PROMISED * (self.entries + self.stretches)) as i64
    }
}

fn temp_dir() -> TempDir {
    let in_memory = Path::new("/dev/shm");
    let directory = if in_memory.is_dir() { TempDir::new_in(in_memory) } else { TempDir::new() };
    directory.expect("a directory")
}

fn write(kind: &Kind, size: usize) -> TempDir {
    let directory = temp_dir();
    for (number, file) in (kind.make)(size).into_iter().enumerate() {
        fs::write(directory.path().join(format!("{number:020}.wal")), file).expect("room for the log");
    }
    directory
}

fn compare(arguments: &Arguments) {
    let empty = Sample::of_runs(temp_dir().path(), arguments.runs).peak;
    let is_asked_for = |kind: &&Kind| {
        arguments.names.is_empty() || arguments.names.iter().any(|name| kind.name.contains(name.as_str()))
    };
    if !arguments.json {
        println!("| kind | MB | entries | stretches | ms | ns/B | peak MB | beyond MB | growth |");
        println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    }
    for kind in KINDS.iter().filter(is_asked_for) {
        let samples: Vec<Sample> =
            arguments.sizes.iter().map(|&size| measure(kind, size, arguments.runs, empty)).collect();
        let growth = exponent(&samples);
        for sample in &samples {
            if arguments.json { print_json(kind, sample, growth) } else { print_row(kind, sample, growth) }
        }
    }
    if !arguments.json && arguments.names.is_empty() {
        questions(*arguments.sizes.iter().max().expect("a size"));
    }
}

/// `empty` is the peak of a recovery without files, which is subtracted.
fn measure(kind: &Kind, size: usize, runs: usize, empty: u64) -> Sample {
    let directory = write(kind, size);
    let sample = Sample::of_runs(directory.path(), runs);
    Sample { peak: sample.peak.saturating_sub(empty), ..sample }
}

/// The slope of log time over log size.
fn exponent(samples: &[Sample]) -> f64 {
    let points = samples.iter().map(|sample| ((sample.bytes as f64).ln(), (sample.nanoseconds.max(1) as f64).ln()));
    let points: Vec<(f64, f64)> = points.collect();
    let count = points.len() as f64;
    let (mean_x, mean_y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let slope = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>();
    slope / points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>()
}

fn print_row(kind: &Kind, sample: &Sample, growth: f64) {
    println!(
        "| {} | {:.1} | {} | {} | {:.1} | {:.2} | {:.1} | {:.1} | {growth:.2}{} |",
        kind.name,
        sample.bytes as f64 / 1e6,
        sample.entries,
        sample.stretches,
        sample.nanoseconds as f64 / 1e6,
        sample.ns_per_byte(),
        sample.peak as f64 / 1e6,
        sample.beyond() as f64 / 1e6,
        if growth > NEARLY_LINEAR { " **!**" } else { "" },
    );
}

fn print_json(kind: &Kind, sample: &Sample, growth: f64) {
    let Sample { nanoseconds, entries, stretches, files, bytes, peak } = *sample;
    println!(
        "{{\"kind\":\"{}\",\"bytes\":{bytes},\"files\":{files},\"entries\":{entries},\"stretches\":{stretches},\
         \"nanoseconds\":{nanoseconds},\"peak\":{peak},\"beyond\":{},\"growth\":{growth:.3}}}",
        kind.name,
        sample.beyond(),
    );
}

/// Asks recovered logs that have only one key, or only tombstones.
fn questions(size: usize) {
    println!("\n| log of {} MB | question | times | ms |\n|---|---|---:|---:|", size / 1_000_000);
    for name in ["one key", "one key, numbers falling", "one key, numbers random", "tombstones of random keys"] {
        let kind = KINDS.iter().find(|kind| kind.name == name).expect("a kind of that name");
        let directory = write(kind, size);
        let options = Options { memtable_size: u64::MAX, ..options() };
        let list = recover(directory.path(), &options, None).0.expect("a mode that fails at nothing");
        for question in QUESTIONS {
            let start = Instant::now();
            let times = (question.ask)(&list);
            println!("| {name} | {} | {times} | {:.3} |", question.name, start.elapsed().as_secs_f64() * 1e3);
        }
    }
}

struct Question {
    name: &'static str,
    /// Asks it, and says how often.
    ask: fn(&MemtableList) -> u64,
}

const QUESTIONS: &[Question] = &[
    Question { name: "get", ask: |list| gets(list, u64::MAX) },
    Question { name: "get, bounded to half of the versions", ask: |list| gets(list, list.max_sequence() / 2) },
    Question { name: "get, bounded to few", ask: |list| gets(list, list.max_sequence() / 200_000) },
    Question { name: "next through all versions", ask: |list| walk(list, &all_versions(), true) },
    Question { name: "prev through all versions", ask: |list| walk(list, &all_versions(), false) },
    Question { name: "next through what is seen", ask: |list| walk(list, &Scan::default(), true) },
    Question { name: "prev through what is seen", ask: |list| walk(list, &Scan::default(), false) },
    Question { name: "next, bounded to none", ask: |list| walk(list, &bounded_to_none(), true) },
    Question { name: "prev, bounded to none", ask: |list| walk(list, &bounded_to_none(), false) },
    Question { name: "seek", ask: |list| seeks(list, &Scan::default(), true) },
    Question { name: "seek_for_prev", ask: |list| seeks(list, &Scan::default(), false) },
    Question { name: "seek among all versions", ask: |list| seeks(list, &all_versions(), true) },
    Question { name: "seek_for_prev among all versions", ask: |list| seeks(list, &all_versions(), false) },
    Question { name: "next and prev in turn among all versions", ask: to_and_fro },
];

fn all_versions() -> Scan {
    Scan { all_versions: true, tombstones: true, ..Scan::default() }
}

fn bounded_to_none() -> Scan {
    Scan { max_sequence: 0, ..Scan::default() }
}

fn gets(list: &MemtableList, bound: u64) -> u64 {
    std::hint::black_box(list.get(b"key", bound).unwrap());
    1
}

fn walk(list: &MemtableList, scan: &Scan, forward: bool) -> u64 {
    let mut iter = list.scan(scan).unwrap();
    let mut steps = 1;
    let mut more = if forward { iter.first().unwrap() } else { iter.last().unwrap() };
    while more {
        more = if forward { iter.next().unwrap() } else { iter.prev().unwrap() };
        steps += 1;
    }
    steps
}

fn seeks(list: &MemtableList, scan: &Scan, forward: bool) -> u64 {
    let mut iter = list.scan(scan).unwrap();
    for number in 0..10 {
        let key = if number % 2 == 0 { b"key".to_vec() } else { random(number).to_le_bytes().to_vec() };
        std::hint::black_box(if forward { iter.seek(&key).unwrap() } else { iter.seek_for_prev(&key).unwrap() });
    }
    10
}

fn to_and_fro(list: &MemtableList) -> u64 {
    let mut iter = list.scan(&all_versions()).unwrap();
    let mut steps = 0;
    iter.first().unwrap();
    while steps < 10_000 && iter.next().unwrap() && iter.next().unwrap() && iter.prev().unwrap() {
        steps += 3;
    }
    steps
}
