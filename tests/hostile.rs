//! Malicious logs: recovery gives what the model gives, and uses no more memory than is promised.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::comparison::assert_same;
use support::engine;
use support::hostile::{KINDS, Kind};
use support::model::{self, LogFile, Mode, Options};
use support::wal_dir::WalDir;

/// Bytes of memory for an entry.
const PER_ENTRY: u64 = 32;
/// Bytes for a stretch of damage: 32 in the report, and 24 more while recovery runs. The 24 are freed before the 32 are
/// used, but not before they are allocated.
const PER_STRETCH: u64 = 32 + 24;
/// Bytes for an entry of the piece of the log that recovery is working on: its reference is in memory twice. The number
/// of entries of a piece is limited, so this is a constant for a large log.
const PER_ENTRY_AT_WORK: u64 = 20;
const AT_WORK: u64 = 1 << 18;
/// Bytes of memory for a file, independent of its content.
const PER_FILE: u64 = 2048;
/// Bytes of memory for the whole recovery: buffers for sorting, the last chunk of each `ChunkedVec`, checksums of
/// prefixes, and so on.
const ONCE: u64 = 1 << 20;

/// Counts the bytes that are allocated now, and their maximum so far.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// Tests run one at a time, because the counts are those of the whole process.
static TURN: Mutex<()> = Mutex::new(());

fn count(bytes: usize) {
    let now = ALLOCATED.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: every call is passed on unchanged to the allocator of the system.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Counted as if the memory always moved.
        count(size);
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: by the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn files(kind: &Kind, size: usize) -> Vec<LogFile> {
    let file = |(number, bytes)| LogFile { name: format!("{number:020}.wal"), bytes };
    (kind.make)(size).into_iter().enumerate().map(file).collect()
}

#[test]
fn recovery_gives_what_the_model_gives() {
    let _turn = TURN.lock();
    for kind in KINDS {
        for size in [500, 40_000] {
            let files = files(kind, size);
            let directory = WalDir::with(&files);
            for mode in [Mode::TolerateTornTail, Mode::Absolute, Mode::PointInTime, Mode::SkipCorrupted] {
                let options = Options { mode, ..Options::default() };
                let expected = model::recover(&files, &options);
                let context = (kind.name, size, mode);
                assert_same(&engine::recover(directory.path(), &options, 1), &expected, &context);
            }
        }
    }
}

#[test]
fn recovery_gives_what_the_model_gives_where_checksums_are_asked_for_in_any_order() {
    let _turn = TURN.lock();
    for name in ["claims that reach far", "a number out of reach, found too early"] {
        let kind = KINDS.iter().find(|kind| kind.name == name).expect("a kind of that name");
        // This is so long that checksums are no longer summed directly.
        let files = files(kind, 1_500_000);
        let options = Options { mode: Mode::SkipCorrupted, ..Options::default() };
        let actual = engine::recover(WalDir::with(&files).path(), &options, 1);
        assert_same(&actual, &model::recover(&files, &options), &name);
    }
}

#[test]
fn memory_is_no_more_than_is_promised() {
    let _turn = TURN.lock();
    for kind in KINDS {
        let directory = WalDir::with(&files(kind, 3_000_000));
        let (peak, report) = peak_of_recovering(directory.path());
        let (entries, stretches) = (report.entries_applied, report.damage.len() as u64);
        let at_work = PER_ENTRY_AT_WORK * entries.min(AT_WORK);
        let promised = PER_ENTRY * entries + PER_STRETCH * stretches + at_work + PER_FILE * report.files + ONCE;
        // The bytes of the log itself do not come from this allocator.
        assert!(peak as u64 <= promised, "{}: {peak} bytes, and {promised} are promised", kind.name);
    }
}

/// The maximum that was allocated during recovery, less what was allocated before, and the report.
fn peak_of_recovering(wal_dir: &Path) -> (usize, kevo::Report) {
    let options = kevo::Options {
        mode: kevo::Mode::SkipCorrupted,
        max_memtables: usize::MAX,
        threads: 1,
        ..kevo::Options::default()
    };
    let before = ALLOCATED.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let (list, report) = kevo::recover(wal_dir, &options, None);
    let peak = PEAK.load(Ordering::Relaxed);
    list.expect("a mode that accepts all damage");
    (peak - before, report)
}
