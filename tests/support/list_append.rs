//! Threads that read lists and append to them in transactions, and note what they have seen, for the checker in
//! `serializable`.
#![allow(dead_code)] // Not every test wants all of it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use kevo::db::{Database, Transaction, TransactionOptions, WriteOptions};
use kevo::{Error, Scan};

use super::database::Random;
use super::serializable::{self, Anomaly, Item, Key, Seen, Step};

/// Lists in a database, and what all threads share about them.
pub struct Lists {
    pub database: Database,
    keys: u64,
    moment: AtomicU64,
    next_item: AtomicU64,
    history: Mutex<Vec<Seen>>,
}

fn key_of(key: Key) -> Vec<u8> {
    format!("list{key}").into_bytes()
}

pub fn items_of(value: Option<&[u8]>) -> Vec<Item> {
    let items = value.unwrap_or_default().chunks(8);
    items.map(|item| Item::from_be_bytes(item.try_into().expect("eight bytes"))).collect()
}

pub fn bytes_of(items: &[Item]) -> Vec<u8> {
    items.iter().flat_map(|item| item.to_be_bytes()).collect()
}

impl Lists {
    /// So many empty lists.
    pub fn new(database: Database, keys: u64) -> Self {
        let (moment, next_item, history) = (AtomicU64::new(0), AtomicU64::new(1), Mutex::default());
        Self { database, keys, moment, next_item, history }
    }

    fn moment(&self) -> u64 {
        self.moment.fetch_add(1, Ordering::SeqCst)
    }

    /// Makes one transaction; false if it was in conflict, or took longer than its time limit.
    pub fn make_one(&self, random: &mut Random, options: TransactionOptions) -> bool {
        let (began, mut steps) = (self.moment(), Vec::new());
        let outcome = self.try_one(random, options, &mut steps);
        let ended = self.moment();
        let is_committed = match outcome {
            Ok(is_committed) => is_committed,
            Err(Error::Conflict) => false,
            Err(Error::Expired | Error::Busy(_)) if options.timeout.is_some() => false,
            Err(ref error) => panic!("{error}"),
        };
        self.history.lock().unwrap().push(Seen { steps, is_committed, began, ended });
        outcome.is_ok()
    }

    /// Whether it was committed, and not given up.
    fn try_one(&self, random: &mut Random, options: TransactionOptions, steps: &mut Vec<Step>) -> Result<bool, Error> {
        let transaction = self.database.begin(options)?;
        for _ in 0..=random.below(4) {
            self.step(&transaction, random, steps)?;
        }
        if random.one_in(10) {
            return transaction.rollback().map(|()| false);
        }
        transaction.commit(WriteOptions::default()).map(|_| true)
    }

    fn step(&self, transaction: &Transaction, random: &mut Random, steps: &mut Vec<Step>) -> Result<(), Error> {
        let key = random.below(self.keys);
        match random.below(6) {
            0 => {
                let mut entries = transaction.iterator(&Scan::default())?;
                let mut lists: BTreeMap<Key, Vec<Item>> = (0..self.keys).map(|key| (key, Vec::new())).collect();
                while entries.next()? {
                    let entry = entries.entry().unwrap();
                    let key = (0..self.keys).find(|key| key_of(*key) == entry.key).expect("a list");
                    lists.insert(key, items_of(Some(entry.value)));
                }
                steps.extend(lists.into_iter().map(|(key, list)| Step::Read(key, list)));
            }
            1 | 2 => steps.push(Step::Read(key, items_of(transaction.get(&key_of(key))?.as_deref()))),
            _ => {
                let mut list = items_of(transaction.get(&key_of(key))?.as_deref());
                let item = self.next_item.fetch_add(1, Ordering::SeqCst);
                steps.push(Step::Read(key, list.clone()));
                steps.push(Step::Append(key, item));
                list.push(item);
                // Sometimes it is put, taken back, and put again.
                if random.one_in(5) {
                    transaction.savepoint()?;
                    transaction.delete(&key_of(key))?;
                    assert!(transaction.rollback_to_savepoint()?);
                }
                transaction.put(&key_of(key), &bytes_of(&list))?;
            }
        }
        Ok(())
    }

    /// Looks for an anomaly in all that was seen; what that was is told with it.
    pub fn check(&self) -> Result<(), (Anomaly, Vec<Seen>)> {
        let list = |key| items_of(self.database.get(&key_of(key)).unwrap().as_deref());
        let at_end = (0..self.keys).map(|key| (key, list(key))).collect();
        let history = self.history.lock().unwrap();
        serializable::check(&history, &at_end).map_err(|anomaly| (anomaly, history.clone()))
    }
}
