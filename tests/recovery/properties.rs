//! Random logs, intact and damaged, compared with the model.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::support::answers::{check_get, check_multi_get, check_walks};
use crate::support::comparison::assert_same;
use crate::support::cursor::Move;
use crate::support::engine;
use crate::support::model::{self, Mode, Options, Version};
use crate::support::plan::{self, Plan};
use crate::support::wal_dir::WalDir;
use crate::support::writer::{LogWriter, Written};

const MODES: [Mode; 4] = [Mode::TolerateTornTail, Mode::Absolute, Mode::PointInTime, Mode::SkipCorrupted];

/// This many cases, or as many as `PROPTEST_CASES` says.
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
    fn intact_logs_are_recovered_completely(plan in plan::sound_logs(0..1), threads in select(vec![1, 2, 3, 7])) {
        check_that_all_is_recovered(&plan, threads);
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
        memtable in any::<Index>(),
    ) {
        let files = plan.build();
        let options = Options { mode: Mode::SkipCorrupted, max_memtables: 10_000, ..options };
        let expected = model::recover(&files, &options).result.expect("a mode that accepts all damage");
        let (_, list) = engine::recover_list(WalDir::with(&files).path(), &options, 1);
        let list = list.expect("a mode that accepts all damage");
        for (key, max_sequence) in &keys {
            check_get(&list, &expected, key, *max_sequence);
        }
        let (keys, max_sequences): (Vec<_>, Vec<_>) = keys.into_iter().cycle().take(60).unzip();
        check_multi_get(&list, &expected, &keys, max_sequences.first().copied().unwrap_or(u64::MAX));
        for (scan, moves) in &walks {
            check_walks(&list, &expected, scan, moves, memtable.index(expected.memtables.len()));
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

/// Compares with what was written, without the model.
fn check_that_all_is_recovered(plan: &Plan, threads: usize) {
    let (files, logs): (Vec<_>, Vec<_>) = plan.write().into_iter().unzip();
    let options = Options { mode: Mode::Absolute, include_set_aside: true, ..Options::default() };
    let actual = engine::recover(WalDir::with(&files).path(), &options, threads);
    let written: Vec<&Written> = logs.iter().flat_map(LogWriter::written).collect();

    assert_eq!(actual.damage, []);
    let recovered = actual.result.expect("an intact log");
    assert_eq!(recovered.max_sequence, written.iter().map(|op| op.sequence).max().unwrap_or(0));
    assert_eq!(recovered.memtables.len(), 1);
    let mut expected: Vec<Version> = written.iter().rev().filter_map(|op| op.version()).collect();
    expected.sort_by(|a, b| a.key.cmp(&b.key));
    assert!(recovered.memtables[0].versions == expected);
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
