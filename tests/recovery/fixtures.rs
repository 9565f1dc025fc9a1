//! Recovers the logs that Kevo wrote.

use crate::support::comparison::assert_same;
use crate::support::engine;
use crate::support::fixture::{self, Fixture};
use crate::support::model::{self, Mode, Options, Order};

const THREADS: [usize; 3] = [1, 2, 7];
const MODES: [Mode; 4] = [Mode::TolerateTornTail, Mode::Absolute, Mode::PointInTime, Mode::SkipCorrupted];
const ORDERS: [Order; 2] = [Order::Log, Order::Sequence];
/// Sizes of memtables, each with the maximum number of memtables.
const MEMTABLES: [(u64, usize); 6] = [(1, 100_000), (1, 5), (20, 100_000), (5000, 3), (5000, 1000), (32 << 20, 4)];

#[test]
fn every_fixture_gives_what_it_says() {
    for fixture in fixture::all() {
        for run in &fixture.runs {
            for threads in THREADS {
                run.check(&fixture.name, &engine::recover(&fixture.wal_dir, &run.options, threads));
            }
        }
    }
}

#[test]
fn every_fixture_gives_what_the_model_gives_with_any_options() {
    for fixture in fixture::all() {
        for options in all_options() {
            check_against_the_model(&fixture, &options);
        }
    }
}

fn all_options() -> Vec<Options> {
    let mut all = Vec::new();
    for mode in MODES {
        for order in ORDERS {
            for (memtable_size, max_memtables) in MEMTABLES {
                for include_set_aside in [false, true] {
                    let max_sequence = u64::MAX;
                    all.push(Options { mode, order, max_sequence, max_memtables, memtable_size, include_set_aside });
                }
            }
        }
    }
    all
}

fn check_against_the_model(fixture: &Fixture, options: &Options) {
    let expected = model::recover(&fixture.files, options);
    for threads in THREADS {
        let actual = engine::recover(&fixture.wal_dir, options, threads);
        assert_same(&actual, &expected, &(&fixture.name, options, threads));
    }
}
