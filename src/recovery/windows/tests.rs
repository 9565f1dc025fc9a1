use super::Windows;
use crate::disk::RealDisk;
use crate::error::Error;
use crate::log::testing::{OurStep, batch_header, batch_record, cut, delete, flipped, full, merge, our_log, put};
use crate::memtable::stats::EntryStats;
use crate::recovery::options::{Mode, Options};
use crate::recovery::report::Report;
use proptest::prelude::*;
use std::fs;
use tempfile::TempDir;

/// What came of a recovery: the entries of each memtable in their order, and all else that is told.
#[derive(Debug, PartialEq)]
struct Told {
    memtables: Vec<(EntryStats, Vec<String>)>,
    max_sequence: u64,
    report: String,
    error: Option<String>,
}

/// Reads the log in windows of so many bytes.
fn told(directory: &TempDir, options: &Options, limit: u64) -> (Told, usize) {
    let mut report = Report::default();
    let mut told = Told { memtables: Vec::new(), max_sequence: 0, report: String::new(), error: None };
    let windows = read(directory, options, limit, &mut report, &mut told);
    // What was assembled of a log that is not recovered is of no account.
    told.error = windows.as_ref().err().map(Error::to_string);
    if told.error.is_some() {
        told.memtables.clear();
    }
    told.report = format!("{report:?}");
    (told, windows.unwrap_or(0))
}

fn read(
    directory: &TempDir,
    options: &Options,
    limit: u64,
    report: &mut Report,
    told: &mut Told,
) -> Result<usize, Error> {
    let mut last = (0, 0);
    let mut progress = |done, total| {
        last = (done, total);
        false
    };
    let mut windows = Windows::open(&RealDisk, directory.path(), options, Some(&mut progress), report)?;
    let mut count = 0;
    while count == 0 || !windows.is_over() {
        let (log, assembled) = windows.read(limit)?;
        count += 1;
        assert_eq!(assembled.memtables.len(), assembled.ends.len());
        let entries: Vec<_> = assembled.rows.into_iter().flat_map(|row| row.entries(&log)).collect();
        for (number, (stats, end)) in assembled.memtables.into_iter().zip(&assembled.ends).enumerate() {
            // The first goes on with the last of the window before.
            if number > 0 || told.memtables.is_empty() {
                told.memtables.push((EntryStats::default(), Vec::new()));
            }
            let start = number.checked_sub(1).map(|before| assembled.ends[before]);
            let (all, taken) = told.memtables.last_mut().unwrap();
            let here = entries.iter().filter(|(at, _)| start.is_none_or(|start| start <= *at) && at < end);
            let before = taken.len();
            taken.extend(here.map(|(_, entry)| format!("{entry:?}")));
            assert_eq!(taken.len() - before, stats.len);
            all.join(&stats);
        }
    }
    told.max_sequence = windows.max_sequence();
    drop(windows);
    assert_eq!(last.0, last.1, "the progress is told to the end");
    Ok(count)
}

/// A file of records, and what may be wrong with it.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let sequence = 1_u64..12;
    let record = prop_oneof![
        8 => sequence.clone().prop_map(|sequence| full(put(sequence, "key", "value"))),
        2 => sequence.clone().prop_map(|sequence| full(delete(sequence, "key"))),
        1 => sequence.clone().prop_map(|sequence| full(merge(sequence, "key", "value"))),
        1 => sequence.clone().prop_map(|base| full(batch_record(base, 2, &[put(0, "a", "1"), delete(0, "b")]))),
        1 => sequence.clone().prop_map(|base| {
            [full(batch_header(base, 2)), full(put(base, "a", "1")), full(put(base + 1, "b", "2"))].concat()
        }),
        1 => sequence.prop_map(|sequence| flipped(full(put(sequence, "key", "value")), 20)),
    ];
    let torn = prop_oneof![3 => Just(Vec::new()), 1 => Just(cut(full(put(9, "key", "value")), 11))];
    (prop::collection::vec(record, 0..8), torn).prop_map(|(records, torn)| [records.concat(), torn].concat())
}

fn options() -> impl Strategy<Value = Options> {
    let mode = prop_oneof![
        1 => Just(Mode::TolerateTornTail),
        1 => Just(Mode::Absolute),
        2 => Just(Mode::PointInTime),
        3 => Just(Mode::SkipCorrupted)
    ];
    let memtable_size = prop_oneof![1_u64..200, Just(u64::MAX)];
    (mode, memtable_size, prop_oneof![3 => Just(usize::MAX), 1 => 1_usize..5], prop_oneof![Just(u64::MAX), 1_u64..12])
        .prop_map(|(mode, memtable_size, max_memtables, max_sequence)| Options {
            mode,
            memtable_size,
            max_memtables,
            max_sequence,
            threads: 1,
            ..Options::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn how_a_log_is_cut_into_windows_changes_nothing(
        files in prop::collection::vec(file(), 0..6),
        options in options(),
        limit in prop_oneof![Just(0), 1_u64..1000],
    ) {
        let directory = TempDir::new().unwrap();
        for (number, bytes) in files.iter().enumerate() {
            fs::write(directory.path().join(format!("{number}.wal")), bytes).unwrap();
        }
        let (whole, windows) = told(&directory, &options, u64::MAX);
        prop_assert!(windows == usize::from(whole.error.is_none()));
        prop_assert_eq!(told(&directory, &options, limit).0, whole);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn how_logs_of_ours_are_cut_into_windows_changes_nothing(
        logs in prop::collection::vec((prop::collection::vec(our_step(), 0..6), any::<bool>(), 0..80_usize), 1..5),
        options in options(),
        limit in prop_oneof![Just(0), 1_u64..1000],
    ) {
        let directory = TempDir::new().unwrap();
        let mut before = None;
        for (number, (steps, is_linked, cut)) in (0_u64..).zip(&logs) {
            let link = before.filter(|_| *is_linked).map(|(name, end): (u64, u64)| (format!("{name}.wal"), end));
            let link = link.as_ref().map(|(name, end)| (name.as_str(), *end));
            let bytes = our_log(3 * number, link, steps);
            before = Some((number, bytes.len() as u64));
            let len = bytes.len() - cut.saturating_sub(40);
            fs::write(directory.path().join(format!("{number}.wal")), &bytes[..len]).unwrap();
        }
        let (whole, _) = told(&directory, &options, u64::MAX);
        prop_assert_eq!(told(&directory, &options, limit).0, whole);
    }
}

fn our_step() -> impl Strategy<Value = OurStep> {
    prop_oneof![
        4 => Just(OurStep::Put),
        2 => Just(OurStep::Synced),
        2 => prop::bool::weighted(0.1).prop_map(|is_broken| OurStep::Batch { is_broken }),
        1 => Just(OurStep::Damaged),
    ]
}

#[test]
fn a_window_has_as_many_files_as_fit_and_at_least_one() {
    let directory = TempDir::new().unwrap();
    let record = full(put(1, "key", "value"));
    for (number, records) in [1, 1, 3, 1, 0, 1].into_iter().enumerate() {
        fs::write(directory.path().join(format!("{number}.wal")), record.repeat(records)).unwrap();
    }
    let len = record.len() as u64;
    for (limit, windows) in [(0, 6), (len - 1, 6), (len, 5), (2 * len, 3), (4 * len, 3), (5 * len, 2), (7 * len, 1)] {
        let (told, count) = told(&directory, &Options::default(), limit);
        assert_eq!((count, told.error), (windows, None), "windows of {limit} bytes");
    }
}

#[test]
fn an_empty_log_has_one_empty_window() {
    let (told, windows) = told(&TempDir::new().unwrap(), &Options::default(), 100);
    assert_eq!((windows, told.memtables), (1, vec![(EntryStats::default(), Vec::new())]));
}

#[test]
fn windows_after_a_point_in_time_are_not_read() {
    let directory = TempDir::new().unwrap();
    let sound = full(put(1, "key", "value"));
    let damaged = [flipped(sound.clone(), 20), sound.clone()].concat();
    fs::write(directory.path().join("1.wal"), damaged).unwrap();
    // One of these cannot be read.
    fs::write(directory.path().join("2.wal"), &sound).unwrap();
    fs::create_dir(directory.path().join("3.wal")).unwrap();
    let options = Options { mode: Mode::PointInTime, ..Options::default() };
    for limit in [0, u64::MAX] {
        let (told, windows) = told(&directory, &options, limit);
        assert_eq!((told.error, windows), (None, 1));
        assert!(told.report.contains("files_left_out: 2"), "{}", told.report);
    }
}
