//! Transactions of several threads at once: whatever happened could have happened one after another. The checker finds
//! anomalies that are planted.

use std::thread;

use crate::support::database::{self, Random, within};
use crate::support::list_append::{Lists, bytes_of, items_of};
use kevo::db::{CompactionStyle, DbOptions, SyncMode, TransactionOptions, WriteOptions};

const THREADS: u64 = 3;
const KEYS: u64 = 4;

/// Threads that make so many transactions each. How many were in conflict.
fn run(seed: u64, options: &DbOptions, transactions: u64) -> u64 {
    let disk = database::new_disk();
    let lists = Lists::new(database::open(&disk, options).unwrap(), KEYS);
    let conflicts = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let lists = &lists;
                scope.spawn(move || {
                    let mut random = Random::new(seed * THREADS + number);
                    let mut make_one = || {
                        let exclusive = random.one_in(4);
                        lists.make_one(&mut random, TransactionOptions { exclusive, ..TransactionOptions::default() })
                    };
                    (0..transactions).filter(|_| !make_one()).count() as u64
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    let found = lists.check();
    assert!(found.is_ok(), "seed {seed}, {}: {found:?}", database::shown_options(options));
    lists.database.close().unwrap();
    conflicts
}

fn check_seed(seed: u64, transactions: u64) -> u64 {
    let mut random = Random::new(seed);
    let options = database::random_options(&mut random, &[SyncMode::None, SyncMode::Always, SyncMode::Buffered]);
    let done = within(300, move || run(seed, &options, transactions));
    done.unwrap_or_else(|what| panic!("seed {seed}: {what}"))
}

#[test]
fn what_threads_have_seen_could_have_happened_one_after_another() {
    let conflicts: u64 = (0..20).map(|seed| check_seed(seed, 60)).sum();
    assert!(conflicts > 0, "no transaction met another");
}

#[test]
#[ignore = "for .ci/engine"]
fn any_number_of_transactions_could_have_happened_one_after_another() {
    database::for_any_time(|seed| {
        check_seed(seed, 200);
    });
}

#[test]
fn exclusive_transactions_never_meet_each_other() {
    let disk = database::new_disk();
    let options = DbOptions { compaction: CompactionStyle::Tiered, ..database::small(SyncMode::None) };
    let database = database::open(&disk, &options).unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..200 {
                    let options = TransactionOptions { exclusive: true, ..TransactionOptions::default() };
                    let transaction = database.begin(options).unwrap();
                    let list = items_of(transaction.get(b"n").unwrap().as_deref());
                    let next = list.first().map_or(1, |count| count + 1);
                    transaction.put(b"n", &bytes_of(&[next])).unwrap();
                    transaction.commit(WriteOptions::default()).unwrap();
                }
            });
        }
    });
    assert_eq!(items_of(database.get(b"n").unwrap().as_deref()), [THREADS * 200]);
}

/// Histories with an anomaly in them, and one without.
mod planted {
    use crate::support::serializable::{Anomaly, Seen, Step, check};
    use Step::{Append, Read};
    use std::collections::BTreeMap;

    fn seen(steps: &[Step], began: u64, ended: u64) -> Seen {
        Seen { steps: steps.to_vec(), is_committed: true, began, ended }
    }

    fn found(history: &[Seen], at_end: &[(u64, &[u64])]) -> Option<Anomaly> {
        let at_end: BTreeMap<_, _> = at_end.iter().map(|(key, list)| (*key, list.to_vec())).collect();
        check(history, &at_end).err()
    }

    #[test]
    fn what_happened_one_after_another_is_none() {
        let history = [seen(&[Read(1, vec![]), Append(1, 7)], 0, 1), seen(&[Read(1, vec![7]), Append(2, 8)], 2, 3)];
        assert_eq!(found(&history, &[(1, &[7]), (2, &[8])]), None);
    }

    #[test]
    fn a_lost_update_is_found() {
        let history = [seen(&[Read(1, vec![]), Append(1, 7)], 0, 9), seen(&[Read(1, vec![]), Append(1, 8)], 1, 8)];
        assert_eq!(found(&history, &[(1, &[8])]), Some(Anomaly::Lost(7)));
        assert!(matches!(found(&history, &[(1, &[7, 8])]), Some(Anomaly::Circle(_))));
    }

    #[test]
    fn write_skew_is_found() {
        let both = [Read(1, vec![]), Read(2, vec![])];
        let one = [&both[..], &[Append(1, 7)]].concat();
        let other = [&both[..], &[Append(2, 8)]].concat();
        let history = [seen(&one, 0, 9), seen(&other, 1, 8)];
        assert!(matches!(found(&history, &[(1, &[7]), (2, &[8])]), Some(Anomaly::Circle(_))));
    }

    #[test]
    fn read_skew_is_found() {
        let history =
            [seen(&[Append(1, 7), Append(2, 8)], 0, 9), seen(&[Read(1, vec![7]), Read(2, vec![]), Append(3, 9)], 1, 8)];
        assert!(matches!(found(&history, &[(1, &[7]), (2, &[8]), (3, &[9])]), Some(Anomaly::Circle(_))));
    }

    #[test]
    fn aborted_and_intermediate_reads_are_found() {
        let mut aborted = [seen(&[Append(1, 7)], 0, 1), seen(&[Read(1, vec![7])], 2, 3)];
        aborted[0].is_committed = false;
        assert_eq!(found(&aborted, &[(1, &[7])]), Some(Anomaly::Aborted(7)));
        assert_eq!(found(&aborted, &[(1, &[])]), Some(Anomaly::Order(1)));
        let half = [seen(&[Append(1, 7), Append(1, 8)], 0, 9), seen(&[Read(1, vec![7])], 1, 8)];
        assert_eq!(found(&half, &[(1, &[7, 8])]), Some(Anomaly::Intermediate(7)));
    }

    #[test]
    fn a_read_of_the_past_is_found() {
        let history = [seen(&[Append(1, 7)], 0, 1), seen(&[Read(1, vec![]), Append(2, 8)], 2, 3)];
        assert!(matches!(found(&history, &[(1, &[7]), (2, &[8])]), Some(Anomaly::Circle(_))));
    }

    #[test]
    fn what_was_not_there_when_it_was_read_again_is_found() {
        let history = [seen(&[Append(1, 7), Read(1, vec![])], 0, 1)];
        assert_eq!(found(&history, &[(1, &[7])]), Some(Anomaly::Order(1)));
    }
}
