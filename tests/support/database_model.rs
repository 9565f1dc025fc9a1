//! Random histories of a database, and what has to be seen in them: an ordered map is changed along with it, and copies
//! of the map are what snapshots and iterators have to show, however long they are kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Bound;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kevo::db::{Batch, CompactionStyle, Database, DbOptions, Snapshot, SyncMode, WriteOptions};
use kevo::{Error, Iter, Op, Scan};

use super::database::{self, Random, within};
use super::disk::TwinDisk;

/// A history that takes longer hangs.
const SECONDS: u64 = 120;

/// Shortening a history ends after this.
const SHORTENING: Duration = Duration::from_secs(60);

/// Which of the keys; [`key_bytes`] has them.
type Key = usize;

/// Bytes that are those of no other value.
#[derive(Clone, Copy, Debug)]
struct Value {
    number: u32,
    len: usize,
}

#[derive(Clone, Debug)]
enum Step {
    Put { key: Key, value: Value, sync: bool, no_wait: bool },
    Delete(Key),
    Batch(Vec<(Key, Option<Value>)>),
    DeleteRange(Key, Option<Key>),
    Get(Key),
    Scan(Range),
    Snapshot,
    LookAtSnapshot(usize),
    ReleaseSnapshot(usize),
    Iterator(Range),
    MoveIterator(usize, Vec<Move>),
    ReleaseIterator(usize),
    Flush,
    Compact(Key, Option<Key>),
    Sync,
    Reopen(Setting),
    OpenForReading(Setting),
}

#[derive(Clone, Debug)]
struct Range {
    lower: Bound<Key>,
    upper: Bound<Key>,
    prefix: Option<Key>,
    tombstones: bool,
}

#[derive(Clone, Copy, Debug)]
enum Move {
    First,
    Last,
    Next,
    Prev,
    Seek(Key),
    SeekForPrev(Key),
    Batch(usize),
}

#[derive(Clone, Debug)]
struct Setting {
    memtable_size: u64,
    max_memtables: usize,
    sync: SyncMode,
    log_size: u64,
    table_size: u64,
    block_size: usize,
    cache_size: u64,
    filter_bits: u32,
    compaction: CompactionStyle,
    compaction_threads: usize,
    max_open_files: usize,
}

/// A history, and the options that it begins with.
#[derive(Clone)]
pub struct History {
    setting: Setting,
    steps: Vec<Step>,
}

/// A key that histories are about. There are few, so that operations meet.
fn key_bytes(key: Key) -> Vec<u8> {
    match key {
        0 => Vec::new(),
        1 => b"\0".to_vec(),
        // That of the marks in a log.
        2 => b"\0libkevo".to_vec(),
        3 => vec![0xFF; 3],
        // Kevo's blocks have room for the first of these.
        4 => vec![b'k'; 65_535],
        5 => vec![b'k'; 65_536],
        6 => [vec![b'k'; 65_536], b"x".to_vec()].concat(),
        7 => vec![b'm'; 70_000],
        _ => {
            // Of a, b and c: many are prefixes of others.
            let mut number = key - 7;
            let mut bytes = Vec::new();
            while number > 0 {
                bytes.push(b'a' + (number % 3) as u8);
                number /= 3;
            }
            bytes
        }
    }
}

/// How many keys there are.
const KEYS: u64 = 80;

fn value_bytes(value: Value) -> Arc<[u8]> {
    value.number.to_le_bytes().into_iter().cycle().take(value.len).collect()
}

/// Makes histories.
struct Maker {
    random: Random,
    values: u32,
}

impl History {
    /// The history of a seed, of so many steps.
    pub fn random(seed: u64, steps: usize) -> Self {
        let mut maker = Maker { random: Random::new(seed), values: 0 };
        let setting = maker.setting();
        Self { setting, steps: (0..steps).map(|_| maker.step()).collect() }
    }

    /// Makes the history on a new disk; the error says what is not as it has to be.
    pub fn check(&self) -> Result<(), String> {
        let history = self.clone();
        within(SECONDS, move || {
            let mut run = Run::new(&history.setting);
            for (number, step) in history.steps.iter().enumerate() {
                run.make(step).unwrap_or_else(|error| panic!("step {number}, {step:?}: {error}"));
            }
            run.end();
        })
    }

    /// A history that fails as well, from which no step can be taken away so that it still does (if there was time to
    /// find it), and what it fails with.
    pub fn shortest(self) -> (Self, String) {
        let mut what = String::new();
        // Threads run in the background, so one attempt says little.
        let mut fails = |steps: &[Step]| {
            let history = Self { setting: self.setting.clone(), steps: steps.to_vec() };
            let failure = (0..5).find_map(|_| history.check().err());
            let fails = failure.is_some();
            what = failure.unwrap_or(std::mem::take(&mut what));
            fails
        };
        let (mut steps, began) = (self.steps.clone(), Instant::now());
        let mut size = steps.len();
        while size > 0 {
            let mut start = 0;
            while start < steps.len() && began.elapsed() < SHORTENING {
                let end = (start + size).min(steps.len());
                let rest = [&steps[..start], &steps[end..]].concat();
                if fails(&rest) {
                    steps = rest;
                } else {
                    start = end;
                }
            }
            size /= 2;
        }
        (Self { steps, ..self }, what)
    }

    pub fn shown(&self) -> String {
        let mut shown = format!("{:?}\n", self.setting);
        for step in &self.steps {
            let _ = writeln!(shown, "    {step:?}");
        }
        shown
    }
}

/// Makes the history of a seed. One that fails is shown as short as it can be.
pub fn check_seed(seed: u64, steps: usize) {
    let history = History::random(seed, steps);
    if let Err(what) = history.check() {
        let (shortest, again) = history.shortest();
        panic!("seed {seed}, {steps} steps: {what}\nThe shortest history, which gives {again}:\n{}", shortest.shown());
    }
}

impl Maker {
    fn setting(&mut self) -> Setting {
        let random = &mut self.random;
        Setting {
            memtable_size: random.of(&[1, 2_000, 32_768, 32_768, 1 << 20]),
            max_memtables: random.of(&[1, 2, 4]),
            sync: random.of(&[SyncMode::None, SyncMode::Bytes(5_000), SyncMode::Always, SyncMode::Buffered]),
            log_size: random.of(&[1_000, 20_000, 64 << 20]),
            table_size: random.of(&[1, 4_096, 1 << 20]),
            block_size: random.of(&[1, 256, 4_096]),
            cache_size: random.of(&[0, 5_000, 1 << 20]),
            filter_bits: random.of(&[0, 10]),
            compaction: random.of(&[CompactionStyle::Tiered, CompactionStyle::Leveled, CompactionStyle::None]),
            compaction_threads: random.of(&[1, 2]),
            max_open_files: random.of(&[1, 2, 3, 1000]),
        }
    }

    fn key(&mut self) -> Key {
        let end = if self.random.one_in(8) { 8 } else { KEYS };
        self.random.below(end) as Key
    }

    fn value(&mut self) -> Value {
        self.values += 1;
        let random = &mut self.random;
        let len = match random.below(100) {
            0..10 => 0,
            10..60 => random.below(20),
            60..90 => random.below(600),
            90..97 => random.below(6_000),
            97..99 => 32_700 + random.below(100),
            _ => 33_000 + random.below(80_000),
        };
        Value { number: self.values, len: len as usize }
    }

    fn end(&mut self) -> Option<Key> {
        if self.random.one_in(3) { None } else { Some(self.key()) }
    }

    fn bound(&mut self) -> Bound<Key> {
        let key = self.key();
        match self.random.below(3) {
            0 => Bound::Unbounded,
            1 => Bound::Included(key),
            _ => Bound::Excluded(key),
        }
    }

    fn range(&mut self) -> Range {
        let prefix = if self.random.one_in(3) { Some(self.key()) } else { None };
        Range { lower: self.bound(), upper: self.bound(), prefix, tombstones: self.random.one_in(4) }
    }

    fn moves(&mut self) -> Vec<Move> {
        (0..=self.random.below(8))
            .map(|_| {
                let key = self.key();
                match self.random.below(9) {
                    0 => Move::First,
                    1 => Move::Last,
                    2 | 3 => Move::Next,
                    4 | 5 => Move::Prev,
                    6 => Move::Seek(key),
                    7 => Move::SeekForPrev(key),
                    _ => Move::Batch(self.random.below(6) as usize),
                }
            })
            .collect()
    }

    fn step(&mut self) -> Step {
        let (key, which) = (self.key(), self.random.below(8) as usize);
        match self.random.below(100) {
            0..30 => {
                let (value, sync, no_wait) = (self.value(), self.random.one_in(10), self.random.one_in(10));
                Step::Put { key, value, sync, no_wait }
            }
            30..40 => Step::Delete(key),
            40..48 => {
                let count = self.random.below(12);
                let operation = |_| (self.key(), if self.random.one_in(4) { None } else { Some(self.value()) });
                Step::Batch((0..count).map(operation).collect())
            }
            48..50 => Step::DeleteRange(key, self.end()),
            50..60 => Step::Get(key),
            60..66 => Step::Scan(self.range()),
            66..69 => Step::Snapshot,
            69..73 => Step::LookAtSnapshot(which),
            73..75 => Step::ReleaseSnapshot(which),
            75..78 => Step::Iterator(self.range()),
            78..84 => Step::MoveIterator(which, self.moves()),
            84..86 => Step::ReleaseIterator(which),
            86..91 => Step::Flush,
            91..94 => Step::Compact(if self.random.one_in(2) { 0 } else { key }, self.end()),
            94..96 => Step::Sync,
            96..99 => Step::Reopen(self.setting()),
            _ => Step::OpenForReading(self.setting()),
        }
    }
}

impl Setting {
    fn options(&self, read_only: bool) -> DbOptions {
        DbOptions {
            read_only,
            memtable_size: Some(self.memtable_size),
            max_memtables: Some(self.max_memtables),
            sync: self.sync,
            log_size: self.log_size,
            table_size: self.table_size,
            block_size: self.block_size,
            cache_size: self.cache_size,
            filter_bits: self.filter_bits,
            compaction: self.compaction,
            compaction_threads: self.compaction_threads,
            max_open_files: self.max_open_files,
            ..DbOptions::default()
        }
    }
}

impl Range {
    fn scan(&self) -> Scan {
        Scan {
            lower: self.lower.map(key_bytes),
            upper: self.upper.map(key_bytes),
            prefix: self.prefix.map(key_bytes).unwrap_or_default(),
            tombstones: self.tombstones,
            ..Scan::default()
        }
    }

    /// What it has of `state`, ascending.
    fn of(&self, state: &State) -> Vec<Entry> {
        use std::ops::RangeBounds;
        let scan = self.scan();
        let bounds = (scan.lower, scan.upper);
        let is_in = |key: &Vec<u8>| bounds.contains(key) && key.starts_with(&scan.prefix);
        state
            .iter()
            .filter(|(key, _)| is_in(key))
            .map(|(key, (sequence, value))| Entry::new(key, *sequence, value))
            .collect()
    }
}

/// Of each key that is there the sequence number of its put and its value.
type State = BTreeMap<Vec<u8>, (u64, Arc<[u8]>)>;

#[derive(Clone, PartialEq, Eq)]
struct Entry {
    key: Vec<u8>,
    sequence: u64,
    value: Arc<[u8]>,
}

impl Entry {
    fn new(key: &[u8], sequence: u64, value: &[u8]) -> Self {
        Self { key: key.to_vec(), sequence, value: value.into() }
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", database::shown([(&self.key, &self.value)]), self.sequence)
    }
}

/// A database, and what has to be in it.
struct Run {
    disk: TwinDisk,
    /// Nothing while it is opened.
    database: Option<Database>,
    setting: Setting,
    now: State,
    /// The sequence number that was given last.
    last: u64,
    snapshots: Vec<Kept<(Snapshot, State)>>,
    iterators: Vec<Kept<Walk>>,
}

/// What is kept of a database, and whether that was closed and opened again since: files that it needs may be gone.
struct Kept<T> {
    it: T,
    is_of_old: bool,
}

/// An iterator and the entries that it has to show.
struct Walk {
    iterator: Iter,
    entries: Vec<Entry>,
    /// The number of the entry that it is on, counted from 1; 0 is before the first.
    place: usize,
}

impl Run {
    fn new(setting: &Setting) -> Self {
        let disk = database::new_disk();
        let opened = database::open(&disk, &setting.options(false)).unwrap_or_else(|error| panic!("{error}"));
        Self {
            disk,
            database: Some(opened),
            setting: setting.clone(),
            now: State::new(),
            last: 0,
            snapshots: Vec::new(),
            iterators: Vec::new(),
        }
    }

    fn database(&self) -> &Database {
        self.database.as_ref().expect("it is open")
    }

    fn make(&mut self, step: &Step) -> Result<(), Error> {
        let plain = WriteOptions::default();
        match step {
            Step::Put { key, value, sync, no_wait } => {
                let (key, value) = (key_bytes(*key), value_bytes(*value));
                let options = WriteOptions { sync: sync.then_some(true), no_wait: *no_wait };
                match self.database().put(&key, &value, options) {
                    Err(Error::Busy(_)) if *no_wait => {}
                    written => self.wrote(written?, [(key, Some(value))]),
                }
            }
            Step::Delete(key) => {
                let key = key_bytes(*key);
                self.wrote(self.database().delete(&key, plain)?, [(key, None)]);
            }
            Step::Batch(operations) => {
                let operations = operations.iter().map(|(key, value)| (key_bytes(*key), value.map(value_bytes)));
                let operations: Vec<_> = operations.collect();
                let mut batch = Batch::new();
                for (key, value) in &operations {
                    match value {
                        Some(value) => batch.put(key, value)?,
                        None => batch.delete(key)?,
                    }
                }
                self.wrote(self.database().write(&batch, plain)?, operations);
            }
            Step::DeleteRange(begin, end) => {
                let (begin, end) = (key_bytes(*begin), end.map(key_bytes));
                let is_in = |key: &&Vec<u8>| **key >= begin && end.as_ref().is_none_or(|end| *key < end);
                let gone: Vec<_> = self.now.keys().filter(is_in).map(|key| (key.clone(), None)).collect();
                let count = self.database().delete_range(&begin, end.as_deref(), plain)?;
                assert_eq!(count, gone.len() as u64, "how many it deletes");
                self.wrote(self.last + count, gone);
            }
            Step::Get(key) => self.check_get(&key_bytes(*key))?,
            Step::Scan(range) => {
                let mut walk = self.walk(range)?;
                walk.check_all(range.tombstones, &self.now)?;
            }
            Step::Snapshot => {
                let it = (self.database().snapshot()?, self.now.clone());
                assert_eq!(it.0.sequence(), self.last);
                self.snapshots.push(Kept { it, is_of_old: false });
            }
            Step::LookAtSnapshot(which) => {
                if let Some(kept) = nth(&mut self.snapshots, *which) {
                    kept.look(|it| check_snapshot(it))?;
                }
            }
            Step::ReleaseSnapshot(which) => release(&mut self.snapshots, *which),
            Step::Iterator(range) => {
                let walk = self.walk(&Range { tombstones: false, ..range.clone() })?;
                self.iterators.push(Kept { it: walk, is_of_old: false });
            }
            Step::MoveIterator(which, moves) => {
                if let Some(kept) = nth(&mut self.iterators, *which) {
                    kept.look(|walk| moves.iter().try_for_each(|next| walk.make(*next)))?;
                }
            }
            Step::ReleaseIterator(which) => release(&mut self.iterators, *which),
            Step::Flush => {
                self.database().flush()?;
                self.check_contents()?;
            }
            Step::Compact(begin, end) => {
                let end = end.map(key_bytes);
                self.database().compact(&key_bytes(*begin), end.as_deref())?;
                if *begin == 0 && end.is_none() {
                    self.check_no_tombstones()?;
                }
                self.check_contents()?;
            }
            Step::Sync => self.database().sync()?,
            Step::Reopen(setting) => {
                self.setting = setting.clone();
                self.reopen()?;
            }
            Step::OpenForReading(setting) => {
                self.close()?;
                let opened = database::open(&self.disk, &setting.options(true))?;
                self.database = Some(opened);
                self.check_contents()?;
                assert!(matches!(self.database().put(b"a", b"b", plain), Err(Error::ReadOnly)));
                self.reopen()?;
            }
        }
        Ok(())
    }

    /// Takes in what was written, and that its last sequence number is `last`.
    fn wrote(&mut self, last: u64, operations: impl IntoIterator<Item = (Vec<u8>, Option<Arc<[u8]>>)>) {
        for (key, value) in operations {
            self.last += 1;
            match value {
                Some(value) => drop(self.now.insert(key, (self.last, value))),
                None => drop(self.now.remove(&key)),
            }
        }
        assert_eq!(last, self.last, "the sequence number of the last operation");
    }

    fn check_get(&self, key: &[u8]) -> Result<(), Error> {
        let (found, expected) = (self.database().get(key)?, self.now.get(key).map(|(_, value)| value));
        assert!(found.as_deref() == expected.map(|value| &**value), "a get finds {:?}", found.map(|found| found.len()));
        Ok(())
    }

    fn walk(&self, range: &Range) -> Result<Walk, Error> {
        Ok(Walk { iterator: self.database().iterator(&range.scan())?, entries: range.of(&self.now), place: 0 })
    }

    fn check_contents(&self) -> Result<(), Error> {
        check_snapshot(&(self.database().snapshot()?, self.now.clone()))
    }

    fn check_no_tombstones(&self) -> Result<(), Error> {
        let mut entries = self.database().iterator(&Scan { tombstones: true, ..Scan::default() })?;
        while entries.next()? {
            let entry = entries.entry().expect("it is on one");
            assert!(entry.op == Op::Put, "a compaction of all has left a tombstone");
        }
        Ok(())
    }

    /// Closes it. What is kept stays readable.
    fn close(&mut self) -> Result<(), Error> {
        self.database.take().map_or(Ok(()), |database| database.close())?;
        self.snapshots.iter_mut().try_for_each(|kept| kept.look(|it| check_snapshot(it)))?;
        self.iterators.iter_mut().try_for_each(|kept| kept.look(|walk| walk.make(Move::Next)))?;
        self.snapshots.iter_mut().for_each(|kept| kept.is_of_old = true);
        self.iterators.iter_mut().for_each(|kept| kept.is_of_old = true);
        Ok(())
    }

    fn reopen(&mut self) -> Result<(), Error> {
        self.close()?;
        let (opened, report) = database::open_reporting(&self.disk, &self.setting.options(false));
        assert!(report.damage.is_empty(), "{report:?}");
        self.database = Some(opened?);
        self.check_contents()
    }

    fn end(mut self) {
        let ended = self.check_contents().and_then(|()| self.reopen()).and_then(|()| self.close());
        ended.unwrap_or_else(|error| panic!("at the end: {error}"));
    }
}

fn check_snapshot((snapshot, state): &(Snapshot, State)) -> Result<(), Error> {
    let found = database::contents_of(snapshot)?;
    let expected = state.iter().map(|(key, (_, value))| (key.clone(), value.to_vec())).collect();
    assert!(found == expected, "there is {}\nand not {}", database::shown_map(&found), database::shown_map(&expected));
    for key in 0..KEYS as Key {
        let key = key_bytes(key);
        assert_eq!(snapshot.get_copy(&key)?.is_some(), expected.contains_key(&key), "a get of {key:?}");
    }
    Ok(())
}

impl<T> Kept<T> {
    /// Looks at it. If it is of a database that was opened again since, an error is as good.
    fn look(&mut self, look: impl FnOnce(&mut T) -> Result<(), Error>) -> Result<(), Error> {
        look(&mut self.it).or_else(|error| if self.is_of_old { Ok(()) } else { Err(error) })
    }
}

fn nth<T>(kept: &mut [T], which: usize) -> Option<&mut T> {
    let len = kept.len();
    kept.get_mut(which % len.max(1))
}

fn release<T>(kept: &mut Vec<T>, which: usize) {
    if !kept.is_empty() {
        kept.swap_remove(which % kept.len());
    }
}

impl Walk {
    fn make(&mut self, next: Move) -> Result<(), Error> {
        let (end, place) = (self.entries.len() + 1, self.place);
        let count = |is_below: &dyn Fn(&[u8]) -> bool| self.entries.iter().filter(|entry| is_below(&entry.key)).count();
        let (is_on, place) = match next {
            Move::First => (self.iterator.first()?, 1),
            Move::Last => (self.iterator.last()?, end - 1),
            Move::Next => (self.iterator.next()?, end.min(place + 1)),
            Move::Prev => (self.iterator.prev()?, place.saturating_sub(1)),
            Move::Seek(key) => {
                let key = key_bytes(key);
                (self.iterator.seek(&key)?, 1 + count(&|other| other < key.as_slice()))
            }
            Move::SeekForPrev(key) => {
                let key = key_bytes(key);
                (self.iterator.seek_for_prev(&key)?, count(&|other| other <= key.as_slice()))
            }
            Move::Batch(most) => return self.make_batch(most),
        };
        self.place = place;
        assert_eq!(is_on, self.expected().is_some(), "{next:?}: whether it is on an entry");
        self.check_entry(&format!("{next:?}"));
        Ok(())
    }

    fn make_batch(&mut self, most: usize) -> Result<(), Error> {
        let mut given = Vec::new();
        let count = self.iterator.next_batch(most, |number, entry| {
            assert_eq!(number, given.len());
            given.push(Entry::new(entry.key, entry.sequence, entry.value));
        })?;
        assert_eq!(count, given.len());
        let ahead = self.entries.get(self.place..).unwrap_or(&[]);
        assert!(count <= most && (count > 0 || most == 0 || ahead.is_empty()), "{count} of {most}");
        assert_eq!(given, ahead[..count], "a batch of {most}");
        self.place = if count == 0 && most > 0 { self.entries.len() + 1 } else { self.place + count };
        self.check_entry("batch");
        Ok(())
    }

    fn expected(&self) -> Option<&Entry> {
        self.place.checked_sub(1).and_then(|at| self.entries.get(at))
    }

    fn check_entry(&self, what: &str) {
        let entry = self.iterator.entry().map(|entry| Entry::new(entry.key, entry.sequence, entry.value));
        assert_eq!(entry.as_ref(), self.expected(), "{what}");
    }

    /// Compares all, in both directions. Tombstones may be given for keys that are not there.
    fn check_all(&mut self, tombstones: bool, now: &State) -> Result<(), Error> {
        for step in [Iter::next, Iter::prev] {
            let mut found = Vec::new();
            while step(&mut self.iterator)? {
                let entry = self.iterator.entry().expect("it is on one");
                if entry.op == Op::Put {
                    found.push(Entry::new(entry.key, entry.sequence, entry.value));
                } else {
                    assert!(tombstones && !now.contains_key(entry.key), "a tombstone of {:?}", entry.key);
                }
            }
            assert_eq!(found, self.entries);
            self.entries.reverse();
        }
        Ok(())
    }
}
