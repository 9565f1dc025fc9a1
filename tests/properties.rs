//! Random logs, sound and damaged, held against the model.

mod support;

use kevo::MemtableList;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use support::comparison::assert_same;
use support::cursor::{Cursor, Move};
use support::engine;
use support::model::{self, Mode, Options, Recovered, Scan, Version};
use support::plan::{self, Plan};
use support::wal_dir::WalDir;
use support::writer::{LogWriter, Written};

const MODES: [Mode; 4] = [Mode::TolerateTornTail, Mode::Absolute, Mode::PointInTime, Mode::SkipCorrupted];

/// As many cases as that, or as `PROPTEST_CASES` asks for.
fn config(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config.failure_persistence = None;
    config
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn recovery_gives_what_the_model_gives(
        plan in prop_oneof![plan::sound_logs(0..5), plan::wild_logs(0..5)],
        options in plan::options(),
        threads in select(vec![1, 2, 3, 7]),
    ) {
        check_in_every_mode(&plan, &options, threads);
    }
}

proptest! {
    #![proptest_config(config(30))]

    #[test]
    fn recovery_of_large_logs_gives_what_the_model_gives(
        plan in plan::large_logs(0..3),
        options in plan::options(),
        threads in select(vec![1, 2, 3, 7]),
    ) {
        check_in_every_mode(&plan, &options, threads);
    }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn sound_logs_come_back_whole(plan in plan::sound_logs(0..1), threads in select(vec![1, 2, 3, 7])) {
        check_that_all_comes_back(&plan, threads);
    }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn lookups_give_what_the_model_gives(
        plan in prop_oneof![plan::busy_logs(), plan::wild_logs(0..3)],
        options in plan::options(),
        keys in vec((plan::key(), plan::sequence_bound()), 0..10),
        walks in vec((plan::scan(), vec(any_move(), 0..20)), 0..4),
        table in any::<Index>(),
    ) {
        let files = plan.build();
        let options = Options { mode: Mode::SkipCorrupted, max_memtables: 10_000, ..options };
        let expected = model::recover(&files, &options).result.expect("a mode that fails at nothing");
        let (_, list) = engine::recover_list(WalDir::with(&files).path(), &options, 1);
        let list = list.expect("a mode that fails at nothing");
        for (key, bound) in &keys {
            check_get(&list, &expected, key, *bound);
        }
        for (scan, moves) in &walks {
            check_walks(&list, &expected, scan, moves, table);
        }
    }
}

fn check_in_every_mode(plan: &Plan, options: &Options, threads: usize) {
    let files = plan.build();
    let directory = WalDir::with(&files);
    for mode in MODES {
        let options = Options { mode, ..options.clone() };
        let expected = model::recover(&files, &options);
        let actual = engine::recover(directory.path(), &options, threads);
        assert_same(&actual, &expected, &options);
    }
}

/// What is expected here is what was written: the model has no part in it.
fn check_that_all_comes_back(plan: &Plan, threads: usize) {
    let (files, logs): (Vec<_>, Vec<_>) = plan.write().into_iter().unzip();
    let options = Options { mode: Mode::Absolute, include_set_aside: true, ..Options::default() };
    let actual = engine::recover(WalDir::with(&files).path(), &options, threads);
    let written: Vec<&Written> = logs.iter().flat_map(LogWriter::written).collect();

    assert_eq!(actual.damage, []);
    let recovered = actual.result.expect("a sound log");
    assert_eq!(recovered.max_sequence, written.iter().map(|op| op.sequence).max().unwrap_or(0));
    assert_eq!(recovered.memtables.len(), 1);
    let mut expected: Vec<Version> = written.iter().rev().filter_map(|op| op.version()).collect();
    expected.sort_by(|a, b| a.key.cmp(&b.key));
    assert!(recovered.memtables[0].versions == expected);
}

fn check_get(list: &MemtableList, expected: &Recovered, key: &[u8], bound: u64) {
    assert_eq!(engine::found(&list.get(key, bound)), expected.get(key, bound), "{key:?} up to {bound}");
    for (index, table) in expected.memtables.iter().enumerate() {
        let memtable = list.table(index).expect("as many tables as the model has");
        let found = engine::found(&memtable.get(key, bound));
        assert_eq!(found, table.get(key, bound), "{key:?} up to {bound} in table {index}");
    }
}

/// Over the whole list, and over one table of it.
fn check_walks(list: &MemtableList, expected: &Recovered, scan: &Scan, moves: &[Move], table: Index) {
    let crate_scan = engine::to_crate_scan(scan);
    check_walk(&|| list.scan(&crate_scan), &expected.scan(scan), moves);
    let table = table.index(expected.memtables.len());
    let memtable = list.table(table).expect("as many tables as the model has");
    check_walk(&|| memtable.scan(&crate_scan), &expected.memtables[table].scan(scan), moves);
}

fn check_walk(iter: &dyn Fn() -> kevo::Iter, expected: &[Version], moves: &[Move]) {
    assert_eq!(engine::forward(&mut iter()), expected);
    let reversed: Vec<Version> = expected.iter().rev().cloned().collect();
    assert_eq!(engine::backward(&mut iter()), reversed);

    let mut iter = iter();
    let mut cursor = Cursor::new(expected);
    assert_eq!(engine::current(&iter), None);
    for (step, next) in moves.iter().enumerate() {
        let actual = (engine::make_move(&mut iter, next), engine::current(&iter));
        let modelled = (cursor.make_move(next), cursor.current().cloned());
        assert_eq!(actual, modelled, "after {:?}", &moves[..=step]);
    }
}

fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        1 => Just(Move::First),
        1 => Just(Move::Last),
        4 => Just(Move::Next),
        4 => Just(Move::Prev),
        2 => plan::key().prop_map(Move::Seek),
        2 => plan::key().prop_map(Move::SeekForPrev),
    ]
}
