//! What was recovered leaves as a log that Kevo could have written, and comes back from it the same.

use std::collections::HashSet;
use std::fs;
use std::thread;

use kevo::{Error, Exported, MemtableList};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::comparison::assert_same;
use crate::support::engine;
use crate::support::fixture;
use crate::support::model::{self, LogFile, Mode, Options, Order, Scan, Version};
use crate::support::plan;
use crate::support::wal_dir::WalDir;
use crate::support::writer::{FIRST, FULL, LAST, LogWriter, MIDDLE, Op, Written};

const ORDERS: [Order; 2] = [Order::Log, Order::Sequence];
const MAX_FILE: usize = 64 << 20;

/// What a list answers, but for sequence numbers.
type Answers = Vec<(Vec<u8>, Option<Vec<u8>>)>;

fn answers(versions: Vec<Version>) -> Answers {
    versions.into_iter().map(|version| (version.key, version.value)).collect()
}

fn answers_of(list: &MemtableList) -> Answers {
    answers(engine::forward(&mut list.scan(&engine::to_crate_scan(&Scan::EVERYTHING)).unwrap()))
}

/// The newest version of each key.
fn newest(mut answers: Answers) -> Answers {
    answers.dedup_by(|later, first| later.0 == first.0);
    answers
}

/// The files of an export, by their names.
fn export(list: &MemtableList, newest_only: bool) -> (Exported, Vec<LogFile>) {
    let parent = WalDir::new();
    let out = parent.path().join("out");
    let exported = list.export(&out, newest_only).unwrap();
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1, "nothing is left beside it");
    let read = |path: fs::DirEntry| LogFile {
        name: path.file_name().into_string().unwrap(),
        bytes: fs::read(path.path()).unwrap(),
    };
    let mut files: Vec<LogFile> = fs::read_dir(out).unwrap().map(|entry| read(entry.unwrap())).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    for file in &files {
        let number = file.name.strip_suffix(".wal").expect("a log's name");
        assert!(number.len() == 20 && number.bytes().all(|digit| digit.is_ascii_digit()), "{number}");
    }
    (exported, files)
}

fn absolute(order: Order) -> Options {
    Options {
        mode: Mode::Absolute,
        order,
        max_sequence: u64::MAX,
        max_memtables: usize::MAX,
        memtable_size: 32 << 20,
        include_set_aside: false,
    }
}

/// An export of `list`, which must come back with `expected`, whatever is asked for.
#[track_caller]
fn check_export(list: &MemtableList, newest_only: bool, expected: &Answers) -> Vec<LogFile> {
    let (exported, files) = export(list, newest_only);
    assert_eq!(exported.entries, expected.len() as u64);
    let directory = WalDir::with(&files);
    // Tables of any size must not change an answer.
    for (order, memtable_size) in ORDERS.into_iter().flat_map(|order| [1, 100, 32 << 20].map(|size| (order, size))) {
        let options = Options { memtable_size, ..absolute(order) };
        let modelled = model::recover(&files, &options);
        assert_same(&engine::recover(directory.path(), &options, 1), &modelled, &options);
        let recovered = modelled.result.unwrap();
        let versions = recovered.scan(&Scan::EVERYTHING);
        let mut sequences: Vec<u64> = versions.iter().map(|version| version.sequence).collect();
        sequences.sort_unstable();
        assert!(sequences.into_iter().eq(1..=exported.entries), "each number once");
        assert!(answers(versions) == *expected, "{options:?}");
        assert_eq!(exported.memtable_size, recovered.memtables.iter().map(|table| table.approximate_size).sum::<u64>());
    }
    files
}

#[track_caller]
fn check_exports(list: &MemtableList) -> Vec<LogFile> {
    let all = answers_of(list);
    check_export(list, true, &newest(all.clone()));
    check_export(list, false, &all)
}

fn recovered(files: &[LogFile], options: &Options) -> Option<MemtableList> {
    engine::recover_list(WalDir::with(files).path(), options, 1).1
}

/// A list with nothing but what is written to it.
fn list_of(ops: &[Op]) -> MemtableList {
    let list = recovered(&[], &absolute(Order::Log)).unwrap();
    write_all(&list, ops.iter().map(|op| (op, 7)));
    list
}

fn write_all<'a>(list: &MemtableList, writes: impl IntoIterator<Item = (&'a Op, u64)>) {
    for (op, sequence) in writes {
        match op {
            Op::Put { key, value } => list.put(key, value, sequence),
            Op::Delete { key } => list.delete(key, sequence),
            Op::Merge { .. } => panic!("nobody can write a merge"),
        }
        .unwrap();
    }
}

/// What Kevo would write, from this number on.
fn log_from<'a>(first: u64, ops: impl IntoIterator<Item = &'a Op>) -> Vec<u8> {
    let mut log = LogWriter::new();
    (first..).zip(ops).for_each(|(sequence, op)| log.entry(sequence, op));
    log.into_bytes()
}

#[track_caller]
fn assert_bytes(files: &[LogFile], expected: &[u8]) {
    let bytes = files.iter().map(|file| &*file.bytes).collect::<Vec<_>>().concat();
    assert!(bytes == expected, "{} bytes, not the {} that Kevo would write", bytes.len(), expected.len());
}

/// The ops that no later one of their keys follows.
fn last_of_each_key<'a>(ops: &[&'a Op]) -> Vec<&'a Op> {
    let mut seen = HashSet::new();
    let mut last: Vec<&Op> = ops.iter().rev().filter(|op| seen.insert(op.key())).copied().collect();
    last.reverse();
    last
}

#[test]
fn every_fixture_that_is_recovered_comes_back_from_its_export() {
    let mut exports = 0;
    for fixture in fixture::all() {
        for run in &fixture.runs {
            let (_, list) = engine::recover_list(&fixture.wal_dir, &run.options, 1);
            exports += usize::from(list.inspect(|list| drop(check_exports(list))).is_some());
        }
    }
    assert!(exports > 150);
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn any_write() -> impl Strategy<Value = (Op, u64)> {
    let op = prop_oneof![
        3 => (plan::key(), vec(any::<u8>(), 0..20)).prop_map(|(key, value)| Op::put(key, value)),
        1 => plan::key().prop_map(Op::delete),
    ];
    (op, plan::sequence_bound())
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn an_export_has_all_that_was_written_in_the_order_in_which_it_was(
        plan in plan::sound_logs(0..1),
        writes in vec(any_write(), 0..20),
    ) {
        let (files, logs): (Vec<_>, Vec<_>) = plan.write().into_iter().unzip();
        let options = Options { include_set_aside: true, ..absolute(Order::Log) };
        let list = recovered(&files, &options).expect("a sound log");
        write_all(&list, writes.iter().map(|(op, sequence)| (op, *sequence)));

        let logged: Vec<&Written> = logs.iter().flat_map(LogWriter::written).collect();
        let logged = logged.iter().filter(|written| written.version().is_some()).map(|written| &written.op);
        let ops: Vec<&Op> = logged.chain(writes.iter().map(|(op, _)| op)).collect();
        assert_bytes(&export(&list, false).1, &log_from(1, ops.iter().copied()));
        assert_bytes(&export(&list, true).1, &log_from(1, last_of_each_key(&ops)));
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn an_export_gives_the_answers_of_its_list(
        plan in prop_oneof![plan::busy_logs(), plan::wild_logs(0..3)],
        options in plan::options(),
        order in select(&ORDERS[..]),
        writes in vec(any_write(), 0..20),
    ) {
        let options = Options { mode: Mode::SkipCorrupted, order, max_memtables: usize::MAX, ..options };
        let files = plan.build();
        let list = recovered(&files, &options).expect("a mode that fails at nothing");
        let modelled = model::recover(&files, &options).result.unwrap().scan(&Scan::EVERYTHING);
        check_export(&list, false, &answers(modelled));
        write_all(&list, writes.iter().map(|(op, sequence)| (op, *sequence)));
        check_exports(&list);
    }
}

/// Lengths of a payload around those at which the number of records changes, for a key of that length.
fn payload_lengths(key_len: usize) -> impl Iterator<Item = usize> {
    let first = 13 + key_len.min(32755);
    let full = [first, 32766, 32767, 32768, 32769, 32770];
    let others = [1, 2, 3].map(|fragments| first + fragments * 32768);
    full.into_iter().chain(others.into_iter().flat_map(|len| [len - 1, len, len + 1, len + 4, len + 5]))
}

#[test]
fn entries_of_every_length_are_cut_as_kevo_cuts_them() {
    let mut ops = Vec::new();
    for key_len in [0, 1, 12, 13, 19, 32734, 32750, 32751, 32752, 32754, 32755, 32756, 32768, 65523, 65524, 98304] {
        let key = vec![b'k'; key_len];
        ops.push(Op::delete(&key));
        let value_lengths = payload_lengths(key_len).filter_map(|payload| payload.checked_sub(17 + key_len));
        ops.extend(value_lengths.map(|len| Op::put(&key, vec![b'v'; len])));
        ops.push(Op::put(&key, ""));
    }
    let (_, files) = export(&list_of(&ops), false);
    assert_bytes(&files, &log_from(1, &ops));
    let mut seen = HashSet::new();
    let mut rest = files[0].bytes.as_slice();
    while let [_, _, _, _, low, high, record_type, payload @ ..] = rest {
        let (payload, later) = payload.split_at(u16::from_le_bytes([*low, *high]).into());
        check_limits(*record_type, payload);
        seen.insert((*record_type, payload.len()));
        rest = later;
    }
    assert!(rest.is_empty());
    let edges = [(FULL, 13), (FULL, 32768), (FIRST, 13), (FIRST, 32768), (MIDDLE, 32768), (LAST, 1), (LAST, 32768)];
    assert!(edges.iter().all(|edge| seen.contains(edge)), "{seen:?}");
}

/// The limits of the writer, which no valid log breaks.
fn check_limits(record_type: u8, payload: &[u8]) {
    let len = payload.len();
    match record_type {
        FULL => assert!((13..=32768).contains(&len)),
        FIRST => {
            let key_len = u32::from_le_bytes(*payload[9..].first_chunk().unwrap()) as usize;
            assert_eq!(len, 13 + key_len.min(32755));
        }
        MIDDLE => assert_eq!(len, 32768),
        LAST => assert!((1..=32768).contains(&len)),
        other => panic!("a record of type {other}"),
    }
}

#[test]
fn an_empty_list_gives_an_empty_directory() {
    let list = list_of(&[]);
    for newest_only in [false, true] {
        let (exported, files) = export(&list, newest_only);
        assert_eq!((exported.entries, exported.memtable_size, files), (0, 0, Vec::new()));
    }
}

#[test]
fn a_file_is_full_at_64_mib_or_with_one_entry() {
    let long = |len: usize| Op::put("long", vec![3; len]);
    let mut ops = vec![Op::put("k", "v"), long(MAX_FILE), Op::delete("k")];
    ops.extend((0..66_u8).map(|number| Op::put([number], vec![number; 1 << 20])));
    let list = list_of(&ops);
    let (exported, files) = export(&list, false);
    assert_bytes(&files, &log_from(1, &ops));
    let entries_of = |file: &LogFile| {
        let directory = WalDir::with(std::slice::from_ref(file));
        let (recovered, report) = kevo::recover(directory.path(), &kevo::Options::default(), None);
        recovered.map(|_| report.entries_applied).unwrap()
    };
    assert_eq!(files.iter().map(entries_of).collect::<Vec<_>>(), [1, 1, 1 + 63, 3], "none is divided");
    assert!(files.iter().enumerate().all(|(number, file)| (file.bytes.len() <= MAX_FILE) == (number != 1)));
    assert!(files[2].bytes.len() + (1 << 20) > MAX_FILE);

    let directory = WalDir::with(&files);
    let with = |memtable_size| kevo::Options { memtable_size, max_memtables: 1, ..kevo::Options::default() };
    assert_eq!(kevo::recover(directory.path(), &with(exported.memtable_size), None).0.unwrap().count(), 1);
    let too_small = kevo::recover(directory.path(), &with(exported.memtable_size - (1 << 20) - 17), None).0;
    assert!(matches!(too_small, Err(Error::TooManyMemtables { .. })));
}

#[test]
fn an_export_has_what_was_written_before_it_began() {
    let ops: Vec<Op> =
        (0..20_000_u32).map(|number| Op::put((number % 100).to_be_bytes(), number.to_be_bytes())).collect();
    let list = list_of(&ops[..10]);
    let writer = {
        let (list, ops) = (list.clone(), ops.clone());
        thread::spawn(move || write_all(&list, ops[10..].iter().map(|op| (op, 7))))
    };
    let mut seen = 10;
    while seen < ops.len() as u64 {
        let is_over = writer.is_finished();
        let (all, files) = export(&list, false);
        assert!(all.entries >= seen && (!is_over || all.entries == ops.len() as u64));
        assert_bytes(&files, &log_from(1, &ops[..all.entries as usize]));
        let (newest, _) = export(&list, true);
        assert!((10..=100).contains(&newest.entries));
        seen = all.entries;
    }
    writer.join().unwrap();
}
