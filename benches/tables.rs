//! How fast tables are written and read: random 16-byte keys, 100-byte values.
//!
//!     cargo bench --bench tables [-- --quick] [-- part of a line]
//!
//! It prints the tables of docs/benchmarks.md, or the lines in which that part is; `--quick` leaves out the large one.
//! Each figure is the median of nine rounds, and a round goes through all block sizes before the next begins, so that
//! what else the machine does meets all of them. Time is that of the processor, and that of the clock where a disk is
//! waited for. Files are in the page cache.
// Rates and shares, for eyes.
#![allow(clippy::cast_precision_loss)]

#[path = "support/shape.rs"]
// Not every benchmark uses all of it.
#[allow(dead_code)]
mod shape;

use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Instant, SystemTime};

use kevo::disk::{Disk, RealDisk};
use kevo::table::{BlockCache, NewTable, Properties, Table, WriterOptions, hash, publish};
use rustix::time::{ClockId, clock_gettime};
use shape::{Keys, Shape, random};
use tempfile::TempDir;

const BLOCK_SIZES: [usize; 3] = [4 << 10, 8 << 10, 16 << 10];
const ROUNDS: usize = 9;
const GETS: usize = 500_000;
/// Of those that read a block each.
const READS: usize = 50_000;
const SMALL_CACHE: u64 = 1 << 20;

fn main() {
    let (options, parts): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let is_quick = options.iter().any(|option| option == "--quick");
    for entries in [500_000, 4_000_000].into_iter().take(if is_quick { 1 } else { 2 }) {
        print!("{}", measured(Shape::usual(entries, Keys::Random), &parts));
    }
}

/// What is measured: its name, the unit, and the figures for each block size.
struct Line {
    name: &'static str,
    figures: [Vec<f64>; BLOCK_SIZES.len()],
}

type Measurement = (&'static str, fn(&Input, &Files) -> f64);

const MEASUREMENTS: [Measurement; 11] = [
    ("written, MB/s", |input, files| files.write(input, false)),
    ("written and synced, MB/s", |input, files| files.write(input, true)),
    ("gets, all blocks cached, M/s", |input, files| gets(&files.cached, &input.present)),
    ("the same, by two threads, M/s", |input, files| {
        thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| gets(&files.cached, &input.present)));
            both.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        })
    }),
    ("gets through a cache of 1 MB, M/s", |input, files| gets(&files.hardly_cached, &input.present[..READS])),
    ("gets without a cache, M/s", |input, files| gets(&files.not_cached, &input.present[..READS])),
    ("gets of absent keys, M/s", |input, files| absent(&files.cached, input).0),
    ("absent keys that pass the filter, %", |input, files| absent(&files.cached, input).1),
    ("scan, all blocks cached, M/s", |_, files| scan(&files.cached)),
    ("scan without a cache, M/s", |_, files| scan(&files.not_cached)),
    ("memory of an open table, bytes a key", |input, files| {
        files.cached.stat().expect("its numbers").memory as f64 / input.entries.len() as f64
    }),
];

fn measured(shape: Shape, parts: &[String]) -> String {
    let is_wanted = |name: &str| parts.iter().all(|part| name.contains(part.as_str()));
    let measurements: Vec<Measurement> = MEASUREMENTS.into_iter().filter(|(name, _)| is_wanted(name)).collect();
    let input = Input::new(&shape);
    let files = BLOCK_SIZES.map(|block_size| Files::new(&input, block_size));
    let mut lines: Vec<Line> =
        measurements.iter().map(|(name, _)| Line { name, figures: Default::default() }).collect();
    for _ in 0..ROUNDS {
        for (line, (_, measure)) in lines.iter_mut().zip(&measurements) {
            for (files, figures) in files.iter().zip(&mut line.figures) {
                figures.push(measure(&input, files));
            }
        }
    }
    table(&shape, lines)
}

fn table(shape: &Shape, lines: Vec<Line>) -> String {
    let mut text = String::new();
    let _ = write!(text, "\n| {} entries; blocks of |", shape.entries);
    for size in BLOCK_SIZES {
        write!(text, " {} KiB |", size >> 10).expect("a string takes all");
    }
    let _ = writeln!(text, "\n|---|{}", "---:|".repeat(BLOCK_SIZES.len()));
    for Line { name, figures } in lines {
        let _ = write!(text, "| {name} |");
        for mut figures in figures {
            figures.sort_by(f64::total_cmp);
            let median = figures[ROUNDS / 2];
            let digits = if median >= 100.0 { 0 } else { 2 };
            let _ = write!(text, " {median:.digits$} |");
        }
        let _ = writeln!(text);
    }
    text
}

struct Input {
    /// In the order of keys.
    entries: Vec<(Vec<u8>, Vec<u8>)>,
    present: Vec<Vec<u8>>,
    absent: Vec<Vec<u8>>,
}

impl Input {
    fn new(shape: &Shape) -> Self {
        let mut keys: Vec<_> = (0..shape.entries).map(|number| (shape.key(number), number)).collect();
        keys.sort();
        // One after the other in memory, so that the writer is measured and not the way to what it writes.
        let entries = keys.iter().map(|(key, number)| (key.clone(), shape.value(*number))).collect();
        let present = (0..GETS as u64).map(|number| shape.key(random(number) % shape.entries)).collect();
        Self { entries, present, absent: shape.absent_keys(GETS as u64).collect() }
    }
}

/// One table, opened with caches of different sizes.
struct Files {
    directory: TempDir,
    block_size: usize,
    cached: Arc<Table>,
    hardly_cached: Arc<Table>,
    not_cached: Arc<Table>,
}

impl Files {
    fn new(input: &Input, block_size: usize) -> Self {
        let directory = TempDir::new().expect("a directory");
        let path = write(input, directory.path(), block_size, 1).0;
        let open = |cache| Arc::new(Table::open(&path, RealDisk.open(&path).expect("a file"), cache).expect("a table"));
        let cache = Arc::new(BlockCache::new(1 << 40));
        let cached = open(Some(cache.clone()));
        scan(&cached);
        // Index and filter count, too; this much is left for blocks.
        let hardly_cached = open(Some(Arc::new(BlockCache::new(SMALL_CACHE + cache.stat().reserved))));
        Self { directory, block_size, cached, hardly_cached, not_cached: open(None) }
    }

    fn write(&self, input: &Input, with_sync: bool) -> f64 {
        let (path, bytes, [written, synced]) = write(input, self.directory.path(), self.block_size, 2);
        std::fs::remove_file(path).expect("it can be removed");
        bytes as f64 / 1e6 / if with_sync { synced } else { written }
    }
}

/// Writes a table; its path, its size, the processor's seconds, and those of the clock until it was synced.
fn write(input: &Input, directory: &Path, block_size: usize, number: u64) -> (PathBuf, u64, [f64; 2]) {
    let options = WriterOptions { block_size, filter_bits: 10 };
    let (start, start_of_all) = (processor_time(), Instant::now());
    let mut table = NewTable::create(Arc::new(RealDisk), directory, (1, number), options, 0).expect("a file");
    for (key, value) in &input.entries {
        table.add(key, 1, Some(value)).expect("room");
    }
    let table = table.finish(Properties::default(), nanoseconds()).expect("room");
    let published = publish(vec![table], directory).expect("a name");
    let seconds = [processor_time() - start, start_of_all.elapsed().as_secs_f64()];
    (directory.join(published[0].name.to_string()), published[0].written.bytes, seconds)
}

fn nanoseconds() -> i64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_nanos() as i64)
}

/// How long this thread had a processor, in seconds.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Millions in a second.
fn rate(count: usize, start: f64) -> f64 {
    count as f64 / 1e6 / (processor_time() - start)
}

fn gets(table: &Table, keys: &[Vec<u8>]) -> f64 {
    let start = processor_time();
    for key in keys {
        let found = table.get(key).expect("no damage").expect("it is there");
        black_box(found.entry().value);
    }
    rate(keys.len(), start)
}

/// How fast, and how many of a hundred pass the filter.
fn absent(table: &Table, input: &Input) -> (f64, f64) {
    let start = processor_time();
    let found = input.absent.iter().filter(|key| table.get(key).expect("no damage").is_some()).count();
    assert_eq!(found, 0);
    let rate = rate(input.absent.len(), start);
    let passed = input.absent.iter().filter(|key| table.may_hold(hash(key))).count();
    (rate, 100.0 * passed as f64 / input.absent.len() as f64)
}

fn scan(table: &Arc<Table>) -> f64 {
    let start = processor_time();
    let mut cursor = table.cursor().expect("no damage");
    let mut entries = 0;
    while cursor.next().expect("no damage") {
        black_box(cursor.entry());
        entries += 1;
    }
    rate(entries, start)
}
