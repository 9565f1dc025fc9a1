//! A database, with its model: an ordered map.

use super::World;
use super::calls::{self, Bytes, Db, Given};
use super::step::Step;
use super::transaction::Transaction;
use kevo::c::code::*;
use kevo::c::db::write::*;
use std::collections::BTreeMap;
use std::ffi::{CString, c_int};
use std::os::unix::ffi::OsStrExt;

pub type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// The database of a run; at most one is open.
#[derive(Debug, Default)]
pub struct Database {
    open: Option<Open>,
    batch: Option<calls::Batch>,
    /// What is in the batch: a delete has no value.
    operations: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    snapshot: Option<(calls::Snapshot, Map, u64)>,
    pub transaction: Option<Transaction>,
}

#[derive(Debug)]
struct Open {
    db: Db,
    path: CString,
    map: Map,
    sequence: u64,
    _directory: tempfile::TempDir,
}

impl Open {
    fn apply(&mut self, key: &[u8], value: Option<&[u8]>) {
        match value {
            Some(value) => drop(self.map.insert(key.to_vec(), value.to_vec())),
            None => drop(self.map.remove(key)),
        }
    }
}

/// What a range from `begin` on and below `end`, or to the last key, has.
pub fn range(map: &Map, begin: &[u8], end: Option<&[u8]>) -> Vec<Vec<u8>> {
    let is_in = |key: &Vec<u8>| key.as_slice() >= begin && end.is_none_or(|end| key.as_slice() < end);
    map.keys().filter(|key| is_in(key)).cloned().collect()
}

/// (NULL, 0) is no end.
pub fn end_of(end: &Bytes) -> Option<Option<&[u8]>> {
    match end {
        Bytes::Null(0) => Some(None),
        end => end.seen().map(Some),
    }
}

pub fn is_in_order(flags: u32, allowed: u32) -> bool {
    let both = KEVO_WRITE_SYNC | KEVO_WRITE_NO_SYNC;
    flags & !(both | KEVO_WRITE_NO_WAIT | allowed) == 0 && flags & both != both
}

/// A key as a call sees it, and the value, if it is a put.
type Seen<'a> = (Option<&'a [u8]>, Option<Option<&'a [u8]>>);

impl Database {
    pub fn db(&self) -> Db {
        self.open.as_ref().map_or(Db::NULL, |open| open.db)
    }

    /// What the open database has.
    pub fn map(&self) -> Option<&Map> {
        self.open.as_ref().map(|open| &open.map)
    }

    /// Takes in what a transaction wrote, whose last operation has the number `sequence`, if that is known.
    pub fn committed(&mut self, writes: &BTreeMap<Vec<u8>, Option<Vec<u8>>>, sequence: Option<u64>) {
        let Some(open) = &mut self.open else { return };
        for (key, value) in writes {
            open.apply(key, value.as_deref());
        }
        open.sequence = calls::db_last_sequence(open.db);
        assert!(writes.is_empty() || sequence.is_none_or(|sequence| sequence == open.sequence));
    }

    /// Closes and removes what is open.
    pub fn finish(&mut self) {
        if let Some(open) = self.open.take() {
            assert_eq!(calls::close_db(open.db), KEVO_OK);
            if let Some(transaction) = &mut self.transaction {
                transaction.close();
            }
            self.end_snapshot();
            assert_eq!(calls::destroy_db(Some(&open.path)), KEVO_OK);
        }
        self.end_snapshot();
    }

    /// It outlives its database, though not the files: one that is not open any more is opened again.
    fn end_snapshot(&mut self) {
        let Some((snapshot, map, _)) = self.snapshot.take() else { return };
        for (key, value) in &map {
            let key = Bytes::Of(key.clone().into());
            assert_eq!(calls::snapshot_get(Some(&snapshot), &key), (KEVO_OK, Some(value.clone())));
        }
    }
}

/// A checkpoint has all of it.
fn check_checkpoint(open: &Open) {
    let path = [open.path.as_bytes(), b"-copy"].concat();
    let path = CString::new(path).expect("no NUL");
    assert_eq!(calls::checkpoint_db(open.db, None), KEVO_E_INVALID_ARGUMENT);
    assert_eq!(calls::checkpoint_db(open.db, Some(&path)), KEVO_OK);
    assert_eq!(calls::checkpoint_db(open.db, Some(&path)), KEVO_E_EXISTS);
    let (code, db, _) = calls::open_db(Some(&path), None);
    assert_eq!((code, calls::db_last_sequence(db)), (KEVO_OK, open.sequence));
    let (KEVO_OK, Given::New(iterator)) = calls::db_iterator(db, None) else { panic!("no iterator") };
    assert_eq!(calls::all_of(&iterator).into_iter().collect::<Map>(), open.map);
    assert_eq!(calls::close_db(db), KEVO_OK);
    assert_eq!(calls::destroy_db(Some(&path)), KEVO_OK);
}

/// What is salvaged of a sound database is all of it.
fn check_salvaged(closed: &Open) {
    let into = [closed.path.as_bytes(), b"-salvaged"].concat();
    let into = CString::new(into).expect("no NUL");
    let (code, report) = calls::salvage_db(Some(&closed.path), Some(&into));
    assert_eq!(code, KEVO_OK);
    assert!(matches!(report, Given::New(_)));
    assert_eq!(calls::salvage_db(Some(&closed.path), Some(&into)).0, KEVO_E_EXISTS);
    let (code, db, _) = calls::open_db(Some(&into), None);
    assert_eq!((code, calls::db_last_sequence(db)), (KEVO_OK, closed.sequence));
    assert_eq!(calls::close_db(db), KEVO_OK);
    assert_eq!(calls::destroy_db(Some(&into)), KEVO_OK);
}

impl World<'_> {
    pub fn open_database(&mut self, step: Step) {
        if step.is_null(0) {
            let (code, _, _) = calls::open_db(None, None);
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            assert_eq!(calls::destroy_db(None), KEVO_E_INVALID_ARGUMENT);
            return;
        }
        if self.database.open.is_some() {
            return self.reopen_database(step);
        }
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("database");
        let path = CString::new(path.as_os_str().as_bytes()).expect("no NUL");
        let db = open(&path, step);
        let sequence = calls::db_last_sequence(db);
        self.database.open = Some(Open { db, path, map: Map::new(), sequence, _directory: directory });
    }

    fn reopen_database(&mut self, step: Step) {
        let Some(opened) = &mut self.database.open else { return };
        let (code, _, _) = calls::open_db(Some(&opened.path), None);
        assert_eq!(code, KEVO_E_LOCKED);
        assert_eq!(calls::salvage_db(Some(&opened.path), None).0, KEVO_E_INVALID_ARGUMENT);
        assert_eq!(calls::salvage_db(Some(&opened.path), Some(&opened.path)).0, KEVO_E_LOCKED);
        assert_eq!(calls::close_db(opened.db), KEVO_OK);
        if step.other.is_multiple_of(8) {
            check_salvaged(opened);
        }
        if let Some(transaction) = &mut self.database.transaction {
            transaction.close();
        }
        opened.db = open(&opened.path, step);
        assert_eq!(calls::db_last_sequence(opened.db), opened.sequence);
    }

    pub fn close_database(&mut self, _: Step) {
        if self.database.open.is_none() {
            assert_eq!(calls::close_db(Db::NULL), KEVO_E_INVALID_ARGUMENT);
        }
        self.database.finish();
    }

    pub fn database_put(&mut self, step: Step) {
        let (key, value, flags) = (step.key(), step.value(), u32::from(step.other) % 18);
        let code = calls::db_put(self.database.db(), &key, &value, flags);
        self.wrote(code, flags, &[(key.seen(), Some(value.seen()))]);
    }

    pub fn database_delete(&mut self, step: Step) {
        let (key, flags) = (step.key(), u32::from(step.other) % 18);
        let code = calls::db_delete(self.database.db(), &key, flags);
        self.wrote(code, flags, &[(key.seen(), None)]);
    }

    /// Takes in what was written, if it was.
    fn wrote(&mut self, code: c_int, flags: u32, operations: &[Seen<'_>]) {
        let is_right = operations.iter().all(|(key, value)| key.is_some() && *value != Some(None));
        let Some(open) = self.database.open.as_mut().filter(|_| is_right && is_in_order(flags, 0)) else {
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            return;
        };
        if code == KEVO_E_BUSY && flags & KEVO_WRITE_NO_WAIT != 0 {
            return;
        }
        assert_eq!(code, KEVO_OK);
        for &(key, value) in operations {
            let key = key.unwrap_or_default();
            open.apply(key, value.flatten());
            open.sequence += 1;
            if let Some(transaction) = &mut self.database.transaction {
                transaction.see_others_write(key);
            }
        }
        assert_eq!(calls::db_last_sequence(open.db), open.sequence);
    }

    pub fn change_batch(&mut self, step: Step) {
        let database = &mut self.database;
        if database.batch.is_none() || step.number().is_multiple_of(16) {
            database.batch = calls::new_batch();
            database.operations.clear();
        }
        let (key, value) = (step.key(), step.value());
        let batch = database.batch.as_ref().filter(|_| !step.is_null(2));
        let operation = match step.number() % 5 {
            0 | 1 => (calls::batch_put(batch, &key, &value), value.seen().map(|value| Some(value.to_vec()))),
            2 | 3 => (calls::batch_delete(batch, &key), Some(None)),
            _ => {
                let code = calls::batch_append(batch, batch);
                assert_eq!(code, if batch.is_some() { KEVO_OK } else { KEVO_E_INVALID_ARGUMENT });
                if batch.is_some() {
                    database.operations.extend_from_within(..);
                    database.operations.truncate(1000);
                }
                if batch.is_some() && calls::batch_count(batch) > 1000 {
                    calls::clear_batch(batch);
                    database.operations.clear();
                }
                return;
            }
        };
        match (operation, key.seen(), batch) {
            ((code, Some(value)), Some(key), Some(_)) => {
                assert_eq!(code, KEVO_OK);
                database.operations.push((key.to_vec(), value));
            }
            ((code, _), _, _) => assert_eq!(code, KEVO_E_INVALID_ARGUMENT),
        }
        assert_eq!(calls::batch_count(batch), if batch.is_some() { database.operations.len() } else { 0 });
        let index = usize::from(step.other);
        let (code, entry) = calls::batch_entry(batch, index);
        match database.operations.get(index).filter(|_| batch.is_some()) {
            Some(expected) => assert_eq!((code, entry.as_ref()), (KEVO_OK, Some(expected))),
            None => assert_eq!(code, KEVO_E_INVALID_ARGUMENT),
        }
    }

    pub fn write_batch(&mut self, step: Step) {
        let batch = self.database.batch.as_ref().filter(|_| !step.is_null(2));
        let (mut sequence, flags) = (77_777, u32::from(step.other) % 18);
        let code = calls::db_write(self.database.db(), batch, flags, (!step.is_null(3)).then_some(&mut sequence));
        let operations = std::mem::take(&mut self.database.operations);
        if batch.is_none() {
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
        } else {
            let written: Vec<_> =
                operations.iter().map(|(key, value)| (Some(key.as_slice()), value.as_deref().map(Some))).collect();
            self.wrote(code, flags, &written);
            let last = self.database.open.as_ref().map_or(0, |open| open.sequence);
            assert!(code != KEVO_OK || step.is_null(3) || sequence == last);
        }
        self.database.operations = operations;
    }

    pub fn database_delete_range(&mut self, step: Step) {
        let (begin, end, flags) = (step.key(), step.value(), u32::from(step.other) % 18);
        let mut count = 77_777;
        let code =
            calls::db_delete_range(self.database.db(), &begin, &end, flags, (!step.is_null(3)).then_some(&mut count));
        let is_right = !step.is_null(3) && is_in_order(flags, KEVO_WRITE_IN_PIECES);
        let range_of = begin.seen().zip(end_of(&end)).filter(|_| is_right);
        let Some((open, (begin, end))) = self.database.open.as_mut().zip(range_of) else {
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            return;
        };
        if code == KEVO_E_BUSY && flags & KEVO_WRITE_NO_WAIT != 0 {
            return;
        }
        let gone = range(&open.map, begin, end);
        assert_eq!((code, count), (KEVO_OK, gone.len() as u64));
        for key in &gone {
            open.map.remove(key);
            if let Some(transaction) = &mut self.database.transaction {
                transaction.see_others_write(key);
            }
        }
        open.sequence += gone.len() as u64;
        assert_eq!(calls::db_last_sequence(open.db), open.sequence);
    }

    pub fn database_get(&mut self, step: Step) {
        let key = step.key();
        let snapshot = self.database.snapshot.as_ref().filter(|_| step.number().is_multiple_of(2));
        let (code, value) = calls::db_get(self.database.db(), snapshot.map(|(snapshot, _, _)| snapshot), &key);
        let Some((open, key)) = self.database.open.as_ref().zip(key.seen()) else {
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            return;
        };
        let expected = snapshot.map_or(&open.map, |(_, map, _)| map).get(key);
        assert_eq!(value.as_ref(), expected);
        assert!(if expected.is_some() { code == KEVO_OK } else { matches!(code, KEVO_NOT_FOUND | KEVO_DELETED) });
    }

    pub fn database_snapshot(&mut self, _: Step) {
        let (code, snapshot) = calls::db_snapshot(self.database.db());
        match (&self.database.open, snapshot) {
            (Some(open), Given::New(snapshot)) => {
                assert_eq!((code, calls::snapshot_sequence(Some(&snapshot))), (KEVO_OK, open.sequence));
                self.database.snapshot = Some((snapshot, open.map.clone(), open.sequence));
            }
            (None, Given::Null) => assert_eq!(code, KEVO_E_INVALID_ARGUMENT),
            (_, given) => panic!("a snapshot is {given:?}"),
        }
    }

    pub fn read_snapshot(&mut self, step: Step) {
        let key = step.key();
        let Some((snapshot, map, sequence)) = &self.database.snapshot else {
            assert_eq!(calls::snapshot_get(None, &key).0, KEVO_E_INVALID_ARGUMENT);
            assert!(matches!(calls::snapshot_iterator(None), (KEVO_E_INVALID_ARGUMENT, Given::Null)));
            assert_eq!(calls::snapshot_sequence(None), 0);
            return;
        };
        assert_eq!(calls::snapshot_sequence(Some(snapshot)), *sequence);
        let (code, value) = calls::snapshot_get(Some(snapshot), &key);
        match key.seen() {
            Some(key) => assert_eq!(value.as_ref(), map.get(key)),
            None => assert_eq!(code, KEVO_E_INVALID_ARGUMENT),
        }
        let (KEVO_OK, Given::New(iterator)) = calls::snapshot_iterator(Some(snapshot)) else { panic!("no iterator") };
        assert_eq!(calls::all_of(&iterator).into_iter().collect::<Map>(), *map);
        assert_eq!(calls::refresh(Some(&iterator)), KEVO_E_INVALID_ARGUMENT);
    }

    /// A feed gives every number from some on, up to the last.
    pub fn feed_database(&mut self, step: Step) {
        assert_eq!(calls::log_cursor_next(None).0, KEVO_E_INVALID_ARGUMENT);
        assert_eq!(calls::wake_log_cursor(None), KEVO_E_INVALID_ARGUMENT);
        let Some(open) = &self.database.open else {
            assert!(matches!(calls::log_cursor(None, 0), (KEVO_E_INVALID_ARGUMENT, Given::Null)));
            assert!(matches!(calls::log_cursor_at(None, None, 0), (KEVO_E_INVALID_ARGUMENT, Given::Null)));
            return;
        };
        let wal = CString::new([open.path.as_bytes(), b"/wal"].concat()).expect("no NUL");
        let after = open.sequence.saturating_sub(u64::from(step.other));
        let (KEVO_OK, Given::New(cursor)) = calls::log_cursor(Some(&wal), after) else { return };
        let (mut expected, mut last) = (after, None);
        while let (KEVO_OK, Some((sequence, path, offset))) = calls::log_cursor_next(Some(&cursor)) {
            expected += 1;
            assert_eq!(sequence, expected);
            last = Some((path, offset));
        }
        assert_eq!(expected, open.sequence);
        assert_eq!(calls::wake_log_cursor(Some(&cursor)), KEVO_OK);
        if let Some((path, offset)) = last {
            let (KEVO_OK, Given::New(cursor)) = calls::log_cursor_at(Some(&wal), Some(&path), offset) else {
                panic!("no cursor")
            };
            assert_eq!(calls::log_cursor_next(Some(&cursor)).0, KEVO_END);
        }
    }

    pub fn scan_database(&mut self, step: Step) {
        assert_eq!(calls::refresh(None), KEVO_E_INVALID_ARGUMENT);
        let (code, iterator) = calls::db_iterator(self.database.db(), None);
        let (Some(open), Given::New(iterator)) = (&mut self.database.open, iterator) else {
            assert_eq!(code, KEVO_E_INVALID_ARGUMENT);
            return;
        };
        let before = open.map.clone();
        let added = vec![step.other];
        let key = Bytes::Of(added.clone().into());
        assert_eq!(calls::db_put(open.db, &key, &key, 0), KEVO_OK);
        open.apply(&added, Some(&added));
        open.sequence += 1;
        if let Some(transaction) = &mut self.database.transaction {
            transaction.see_others_write(&added);
        }
        assert_eq!(calls::all_of(&iterator).into_iter().collect::<Map>(), before);
        assert_eq!(calls::refresh(Some(&iterator)), KEVO_OK);
        assert_eq!(calls::all_of(&iterator).into_iter().collect::<Map>(), open.map);
    }

    pub fn maintain_database(&mut self, step: Step) {
        let (db, begin, end) = (self.database.db(), step.key(), step.value());
        let codes = calls::maintain_db(db, &begin, &end);
        let is_open = self.database.open.is_some();
        for (index, code) in codes.into_iter().enumerate() {
            let has_range = matches!(index, 4 | 5);
            let is_right = is_open && !(has_range && (begin.seen().is_none() || end_of(&end).is_none()));
            assert_eq!(code, if is_right { KEVO_OK } else { KEVO_E_INVALID_ARGUMENT }, "{index}");
        }
        match &self.database.open {
            Some(open) if step.number().is_multiple_of(8) => check_checkpoint(open),
            Some(_) => {}
            None => assert_eq!(calls::checkpoint_db(db, None), KEVO_E_INVALID_ARGUMENT),
        }
        let (code, [_, entries]) = calls::db_tables(db);
        let least = self.database.open.as_ref().map_or(0, |open| open.map.len() as u64);
        assert_eq!(code, if is_open { KEVO_OK } else { KEVO_E_INVALID_ARGUMENT });
        // All that was written was flushed.
        assert!(entries >= least);
        assert_eq!(calls::db_stats(db).iter().any(|&number| number > 0), is_open);
        for capacity in [1, 100, 1 << 14] {
            let (code, length) = calls::db_stat_text(db, capacity);
            assert_eq!((code == 0, length > 1000), (is_open && capacity > 1000, is_open));
        }
    }
}

/// Opens a database with options that the step chooses.
fn open(path: &CString, step: Step) -> Db {
    let options = calls::new_db_options();
    let number = step.choose(&[0, 1, 300, 5000]);
    let codes = calls::set_db_options(options.as_ref(), number);
    for (index, code) in codes.into_iter().enumerate() {
        let is_refused = number == 0 && (7..13).contains(&index);
        assert_eq!(code, if is_refused { KEVO_E_INVALID_ARGUMENT } else { KEVO_OK }, "{index}");
    }
    assert_eq!(calls::set_db_options(None, number), [KEVO_E_INVALID_ARGUMENT; 16]);
    assert_eq!(calls::remove_db_logger(options.as_ref()), KEVO_OK);
    let recovery = calls::Options::new();
    assert_eq!(calls::set_db_recovery(options.as_ref(), recovery.as_ref()), KEVO_OK);
    assert_eq!(calls::set_db_recovery(options.as_ref(), None), KEVO_E_INVALID_ARGUMENT);
    let (code, db, report) = calls::open_db(Some(path), options.as_ref());
    assert_eq!(code, KEVO_OK);
    assert!(matches!(report, Given::New(_)));
    db
}
