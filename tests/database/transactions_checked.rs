//! Transactions of several threads at once: whatever happened could have happened one after another. The checker finds
//! anomalies that are planted.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::support::database::{self, Random, within};
use crate::support::serializable::{Anomaly, Item, Key, Seen, Step, check};
use kevo::db::{CompactionStyle, Database, DbOptions, SyncMode, Transaction, TransactionOptions, WriteOptions};
use kevo::{Error, Scan};

const THREADS: u64 = 3;
const KEYS: u64 = 4;

fn key_of(key: Key) -> Vec<u8> {
    format!("list{key}").into_bytes()
}

fn items_of(value: Option<&[u8]>) -> Vec<Item> {
    let items = value.unwrap_or_default().chunks(8);
    items.map(|item| Item::from_be_bytes(item.try_into().expect("eight bytes"))).collect()
}

fn bytes_of(items: &[Item]) -> Vec<u8> {
    items.iter().flat_map(|item| item.to_be_bytes()).collect()
}

/// What all threads share.
struct Shared {
    database: Database,
    moment: AtomicU64,
    next_item: AtomicU64,
    history: Mutex<Vec<Seen>>,
}

impl Shared {
    fn moment(&self) -> u64 {
        self.moment.fetch_add(1, Ordering::SeqCst)
    }

    /// Makes one transaction; false if it was in conflict.
    fn make_one(&self, random: &mut Random) -> bool {
        let began = self.moment();
        let options = TransactionOptions { exclusive: random.one_in(4), ..TransactionOptions::default() };
        let transaction = self.database.begin(options).unwrap();
        let mut steps = Vec::new();
        for _ in 0..=random.below(4) {
            self.step(&transaction, random, &mut steps);
        }
        let is_given_up = random.one_in(10);
        let committed = if is_given_up {
            transaction.rollback().unwrap();
            Err(Error::Conflict)
        } else {
            transaction.commit(WriteOptions::default())
        };
        let is_committed = match committed {
            Ok(_) => true,
            Err(Error::Conflict) => false,
            Err(error) => panic!("{error}"),
        };
        let seen = Seen { steps, is_committed, began, ended: self.moment() };
        self.history.lock().unwrap().push(seen);
        is_committed || is_given_up
    }

    fn step(&self, transaction: &Transaction, random: &mut Random, steps: &mut Vec<Step>) {
        let key = random.below(KEYS);
        match random.below(6) {
            0 => {
                let mut entries = transaction.iterator(&Scan::default()).unwrap();
                let mut lists: BTreeMap<Key, Vec<Item>> = (0..KEYS).map(|key| (key, Vec::new())).collect();
                while entries.next().unwrap() {
                    let entry = entries.entry().unwrap();
                    let key = (0..KEYS).find(|key| key_of(*key) == entry.key).expect("a list");
                    lists.insert(key, items_of(Some(entry.value)));
                }
                steps.extend(lists.into_iter().map(|(key, list)| Step::Read(key, list)));
            }
            1 | 2 => steps.push(Step::Read(key, items_of(transaction.get(&key_of(key)).unwrap().as_deref()))),
            _ => {
                let mut list = items_of(transaction.get(&key_of(key)).unwrap().as_deref());
                let item = self.next_item.fetch_add(1, Ordering::SeqCst);
                steps.push(Step::Read(key, list.clone()));
                steps.push(Step::Append(key, item));
                list.push(item);
                // Sometimes it is put, taken back, and put again.
                if random.one_in(5) {
                    transaction.savepoint().unwrap();
                    transaction.delete(&key_of(key)).unwrap();
                    assert!(transaction.rollback_to_savepoint().unwrap());
                }
                transaction.put(&key_of(key), &bytes_of(&list)).unwrap();
            }
        }
    }
}

fn lists(database: &Database) -> BTreeMap<Key, Vec<Item>> {
    let list = |key| items_of(database.get(&key_of(key)).unwrap().as_deref());
    (0..KEYS).map(|key| (key, list(key))).collect()
}

/// Threads that make so many transactions each. How many were in conflict.
fn run(seed: u64, options: &DbOptions, transactions: u64) -> u64 {
    let disk = database::new_disk();
    let shared = Shared {
        database: database::open(&disk, options).unwrap(),
        moment: AtomicU64::new(0),
        next_item: AtomicU64::new(1),
        history: Mutex::default(),
    };
    let conflicts = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let shared = &shared;
                scope.spawn(move || {
                    let mut random = Random::new(seed * THREADS + number);
                    (0..transactions).filter(|_| !shared.make_one(&mut random)).count() as u64
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    let history = shared.history.into_inner().unwrap();
    let found = check(&history, &lists(&shared.database));
    assert!(found.is_ok(), "seed {seed}, {}: {found:?} {history:?}", database::shown_options(options));
    shared.database.close().unwrap();
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
    use super::{Anomaly, BTreeMap, Seen, Step, check};
    use Step::{Append, Read};

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
