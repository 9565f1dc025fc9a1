//! A transaction over the database of a run, with its model: what it sees, and which keys it has read.

use super::World;
use super::calls::{self, Given};
use super::database::{Map, end_of, is_in_order, range};
use super::step::Step;
use kevo::c::code::*;
use kevo::c::db::transaction::*;
use kevo::c::db::write::KEVO_WRITE_NO_WAIT;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
pub struct Transaction {
    handle: calls::Transaction,
    /// The database when it began.
    before: Map,
    writes: Writes,
    savepoints: Vec<Writes>,
    is_read_only: bool,
    is_over: bool,
    is_closed: bool,
    reads: BTreeSet<Vec<u8>>,
    /// What it went through: from the first key on, and below the second.
    ranges: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// What others have written since it began.
    touched: BTreeSet<Vec<u8>>,
}

/// What it wrote: a delete has no value.
type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

impl Transaction {
    fn new(handle: calls::Transaction, before: Map, is_read_only: bool) -> Self {
        let (writes, savepoints, reads, ranges, touched) = Default::default();
        let (is_over, is_closed) = (false, false);
        Self { handle, before, writes, savepoints, is_read_only, is_over, is_closed, reads, ranges, touched }
    }

    pub fn see_others_write(&mut self, key: &[u8]) {
        self.touched.insert(key.to_vec());
    }

    /// Its database was closed.
    pub fn close(&mut self) {
        self.is_closed = true;
    }

    fn sees(&self) -> Map {
        let mut map = self.before.clone();
        for (key, value) in &self.writes {
            match value {
                Some(value) => drop(map.insert(key.clone(), value.clone())),
                None => drop(map.remove(key)),
            }
        }
        map
    }

    fn read(&mut self, key: &[u8]) {
        if !self.writes.contains_key(key) {
            self.reads.insert(key.to_vec());
        }
    }

    /// What a commit gives, over the database as it is now: KEVO_OK, a conflict, or one of them, where a key that was
    /// read has been written, and is as it was.
    fn may_commit_as(&self, code: i32, now: &Map) -> bool {
        let is_in = |key: &Vec<u8>, (begin, end): &(Vec<u8>, Option<Vec<u8>>)| {
            key >= begin && end.as_ref().is_none_or(|end| key < end)
        };
        let is_read = |key: &Vec<u8>| self.reads.contains(key) || self.ranges.iter().any(|range| is_in(key, range));
        let mut touched = self.touched.iter().filter(|key| is_read(key));
        let is_other = touched.clone().any(|key| now.get(key) != self.before.get(key));
        match code {
            KEVO_OK => self.writes_nothing() || !is_other,
            KEVO_E_CONFLICT => !self.writes_nothing() && touched.next().is_some(),
            _ => false,
        }
    }

    fn writes_nothing(&self) -> bool {
        self.writes.is_empty()
    }
}

impl World<'_> {
    pub fn begin_transaction(&mut self, step: Step) {
        // At most one, which may be exclusive.
        self.database.transaction = None;
        let (flags, timeout) = (u32::from(step.other) % 5, step.choose(&[0, 60_000_000]));
        let (code, transaction) = calls::begin(self.database.db(), flags, timeout);
        let Some(map) = self.database.map().filter(|_| flags < 4) else {
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            assert!(matches!(transaction, Given::Null));
            return;
        };
        let (KEVO_OK, Given::New(handle)) = (code, transaction) else { panic!("no transaction: {code}") };
        let is_read_only = flags & KEVO_TRANSACTION_READ_ONLY != 0;
        self.database.transaction = Some(Transaction::new(handle, map.clone(), is_read_only));
    }

    pub fn transaction_write(&mut self, step: Step) {
        let (key, value, is_put) = (step.key(), step.value(), step.number() % 3 < 2);
        let Some(transaction) = &mut self.database.transaction else {
            assert_eq!(calls::transaction_put(None, &key, &value), KEVO_E_INVALID_ARGUMENT);
            assert_eq!(calls::transaction_delete(None, &key), KEVO_E_INVALID_ARGUMENT);
            return;
        };
        let handle = Some(&transaction.handle);
        let code =
            if is_put { calls::transaction_put(handle, &key, &value) } else { calls::transaction_delete(handle, &key) };
        let value = if is_put { value.seen().map(Some) } else { Some(None) };
        match key.seen().zip(value) {
            Some(_) if transaction.is_over => assert_eq!(code, KEVO_E_INVALID_ARGUMENT),
            Some(_) if transaction.is_read_only => assert_eq!(code, KEVO_E_READ_ONLY),
            Some((key, value)) => {
                assert_eq!(code, KEVO_OK);
                transaction.writes.insert(key.to_vec(), value.map(<[u8]>::to_vec));
            }
            None => assert_eq!(code, KEVO_E_INVALID_ARGUMENT),
        }
    }

    pub fn transaction_read(&mut self, step: Step) {
        let key = step.key();
        let Some(transaction) = &mut self.database.transaction else {
            assert_eq!(calls::transaction_get(None, &key).0, KEVO_E_INVALID_ARGUMENT);
            assert!(matches!(calls::transaction_iterator(None), (KEVO_E_INVALID_ARGUMENT, Given::Null)));
            return;
        };
        let (code, value) = calls::transaction_get(Some(&transaction.handle), &key);
        let Some(key) = key.seen().filter(|_| !transaction.is_over) else {
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            return;
        };
        let sees = transaction.sees();
        assert_eq!(value.as_ref(), sees.get(key));
        assert!(if value.is_some() { code == KEVO_OK } else { matches!(code, KEVO_NOT_FOUND | KEVO_DELETED) });
        transaction.read(key);
        if step.number().is_multiple_of(4) {
            let made = calls::transaction_iterator(Some(&transaction.handle));
            let (KEVO_OK, Given::New(iterator)) = made else { panic!("no iterator") };
            transaction.ranges.push((Vec::new(), None));
            assert_eq!(calls::all_of(&iterator).into_iter().collect::<Map>(), sees);
            assert_eq!(calls::refresh(Some(&iterator)), KEVO_E_INVALID_ARGUMENT);
        }
    }

    pub fn transaction_delete_range(&mut self, step: Step) {
        let (begin, end, mut count) = (step.key(), step.value(), 77_777);
        let wanted = (!step.is_null(3)).then_some(&mut count);
        let Some(transaction) = &mut self.database.transaction else {
            let code = calls::transaction_delete_range(None, &begin, &end, wanted);
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            return;
        };
        let code = calls::transaction_delete_range(Some(&transaction.handle), &begin, &end, wanted);
        let right = begin.seen().zip(end_of(&end)).filter(|_| !step.is_null(3));
        match right {
            Some(_) if transaction.is_over => assert_eq!(code, KEVO_E_INVALID_ARGUMENT),
            Some(_) if transaction.is_read_only => assert_eq!(code, KEVO_E_READ_ONLY),
            Some((begin, end)) => {
                let gone = range(&transaction.sees(), begin, end);
                assert_eq!((code, count), (KEVO_OK, gone.len() as u64));
                transaction.writes.extend(gone.into_iter().map(|key| (key, None)));
                transaction.ranges.push((begin.to_vec(), end.map(<[u8]>::to_vec)));
            }
            None => assert_eq!(code, KEVO_E_INVALID_ARGUMENT),
        }
    }

    pub fn transaction_savepoint(&mut self, step: Step) {
        let Some(transaction) = &mut self.database.transaction else {
            assert_eq!(calls::savepoint(None), KEVO_E_INVALID_ARGUMENT);
            assert_eq!(calls::rollback_to_savepoint(None), KEVO_E_INVALID_ARGUMENT);
            return;
        };
        let handle = Some(&transaction.handle);
        if transaction.is_over {
            assert_eq!(calls::savepoint(handle), KEVO_E_INVALID_ARGUMENT);
            assert_eq!(calls::rollback_to_savepoint(handle), KEVO_E_INVALID_ARGUMENT);
        } else if step.number().is_multiple_of(2) {
            assert_eq!(calls::savepoint(handle), KEVO_OK);
            transaction.savepoints.push(transaction.writes.clone());
        } else if let Some(writes) = transaction.savepoints.pop() {
            assert_eq!(calls::rollback_to_savepoint(handle), KEVO_OK);
            transaction.writes = writes;
        } else {
            assert_eq!(calls::rollback_to_savepoint(handle), KEVO_NOT_FOUND);
        }
    }

    pub fn end_transaction(&mut self, step: Step) {
        let (flags, mut sequence) = (u32::from(step.other) % 10, 77_777);
        let Some(mut transaction) = self.database.transaction.take() else {
            assert_eq!(calls::commit(None, flags, Some(&mut sequence)), KEVO_E_INVALID_ARGUMENT);
            assert_eq!(calls::rollback(None), KEVO_E_INVALID_ARGUMENT);
            return;
        };
        let handle = Some(&transaction.handle);
        let was_over = std::mem::replace(&mut transaction.is_over, true);
        if step.number().is_multiple_of(4) {
            let code = calls::rollback(handle);
            assert_eq!(code, if was_over { KEVO_E_INVALID_ARGUMENT } else { KEVO_OK });
        } else {
            let code = calls::commit(handle, flags, (!step.is_null(3)).then_some(&mut sequence));
            if was_over || !is_in_order(flags, 0) {
                assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            } else if transaction.is_closed {
                assert_eq!(code, KEVO_E_CLOSED);
            } else if code != KEVO_E_BUSY || flags & KEVO_WRITE_NO_WAIT == 0 {
                let now = self.database.map().expect("a database that is open");
                assert!(transaction.may_commit_as(code, now), "{code}: {transaction:?} over {now:?}");
                if code == KEVO_OK {
                    self.database.committed(&transaction.writes, (!step.is_null(3)).then_some(sequence));
                }
            }
        }
        self.database.transaction = Some(transaction);
    }
}
