//! Random steps on a memtable, compared with what a list of all operations says.

use super::super::{LogMemtable, Operation, Writer};
use super::{newest, version};
use crate::log::testing::{chain, delete, full, merge, put};
use crate::log_memtable::cursor::SortedSource;
use crate::scan::Scan;
use crate::version::source::Source;
use crate::view::iterator::Iter;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Key, sequence number and value; no value is a delete.
pub(super) type Version = (Vec<u8>, u64, Option<Vec<u8>>);

/// All operations, in their order. Their numbers begin with 1.
#[derive(Debug, Default)]
pub(super) struct History(Vec<Version>);

impl History {
    pub(super) fn add(&mut self, key: &[u8], value: Option<&[u8]>) -> u64 {
        let sequence = self.0.len() as u64 + 1;
        self.0.push((key.to_vec(), sequence, value.map(<[u8]>::to_vec)));
        sequence
    }

    pub(super) fn versions(&self) -> &[Version] {
        &self.0
    }

    fn end(&self) -> u64 {
        self.0.len() as u64 + 1
    }

    /// By key, the newest of a key first.
    pub(super) fn sorted(&self, end: u64) -> Vec<Version> {
        let mut sorted = self.0[..end as usize - 1].to_vec();
        sorted.sort_by_key(|(key, sequence, _)| (key.clone(), Reverse(*sequence)));
        sorted
    }

    /// The newest of each key.
    pub(super) fn newest(&self, end: u64) -> BTreeMap<Vec<u8>, Version> {
        self.0[..end as usize - 1].iter().map(|version| (version.0.clone(), version.clone())).collect()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Write(Write),
    Batch(Vec<Write>, u8),
    Raw(u8),
    Sort,
    Merge,
    Take,
}

/// A key and the length of its value; no length is a delete.
type Write = (Vec<u8>, Option<usize>);

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(select(vec![0, 1, b'a', 255]), 0..4),
        vec(select(vec![b'a', b'b']), 0..3).prop_map(|end| [&b"a common prefix "[..], &end].concat()),
        vec(select(vec![0, 255]), 8..20),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    let length = prop_oneof![10 => 0..40_usize, 1 => 32_700..32_800_usize, 1 => 65_000..70_000_usize];
    (key(), prop_oneof![1 => Just(None), 4 => length.prop_map(Some)])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => write().prop_map(Step::Write),
        2 => (vec(write(), 0..12), 0..40_u8).prop_map(|(writes, mark)| Step::Batch(writes, mark)),
        1 => any::<u8>().prop_map(Step::Raw),
        2 => Just(Step::Sort),
        1 => Just(Step::Merge),
        2 => Just(Step::Take),
    ];
    vec(step, 0..80)
}

/// A memtable, and what should be in it.
struct Twin {
    memtable: Arc<LogMemtable>,
    writer: Writer,
    history: History,
    /// What should be written to the file, and what was taken.
    log: Vec<u8>,
    taken: Vec<u8>,
}

fn value(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + seed) as u8).collect()
}

/// The records of the last version.
fn records((key, sequence, value): &Version) -> Vec<u8> {
    let payload = match value {
        Some(value) => put(*sequence, key, value),
        None => delete(*sequence, key),
    };
    if payload.len() <= 32768 { full(payload) } else { chain(&payload).concat() }
}

/// The first 7 bytes of each record.
fn headers(mut records: &[u8]) -> Vec<u8> {
    let mut headers = Vec::new();
    while let Some(header) = records.first_chunk::<7>() {
        headers.extend(header);
        records = &records[7 + usize::from(u16::from_le_bytes([header[4], header[5]]))..];
    }
    headers
}

impl Twin {
    fn new(size_hint: u64) -> Self {
        let (memtable, writer) = LogMemtable::new(1, size_hint).unwrap();
        Self { memtable, writer, history: History::default(), log: Vec::new(), taken: Vec::new() }
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Write((key, length)) => {
                let sequence = self.add(key, *length);
                let (key, _, value) = self.history.versions().last().unwrap();
                let written = match value {
                    Some(value) => self.writer.put(key, value),
                    None => self.writer.delete(key),
                };
                assert_eq!(written.unwrap(), sequence);
                self.log.extend(records(self.history.versions().last().unwrap()));
            }
            Step::Batch(writes, mark) => self.batch(writes, *mark),
            Step::Raw(byte) => {
                let record = full(merge(0, [*byte], "mark"));
                self.writer.append_raw(&record).unwrap();
                self.log.extend(record);
            }
            Step::Sort => drop(self.memtable.sorted(self.history.end() / 2 + 1).unwrap()),
            Step::Merge => drop(self.memtable.newest_of_each_key(self.history.end()).unwrap()),
            Step::Take => self.take(),
        }
    }

    fn add(&mut self, key: &[u8], length: Option<usize>) -> u64 {
        let value = length.map(|length| value(length, self.history.versions().len()));
        self.history.add(key, value.as_deref())
    }

    fn batch(&mut self, writes: &[Write], mark: u8) {
        let first = self.history.versions().len();
        for (key, length) in writes {
            self.add(key, *length);
        }
        let versions = &self.history.versions()[first..];
        let operations = versions.iter().map(|(key, _, value)| match value {
            Some(value) => Operation::Put { key, value },
            None => Operation::Delete { key },
        });
        let batch_records = versions.iter().flat_map(records).collect::<Vec<_>>();
        let mark_record = full(merge(0, "m", vec![mark; usize::from(mark)]));
        let numbers = self.writer.batch(mark_record.len(), operations, |bytes, summary| {
            assert_eq!((summary.count, summary.len), (writes.len() as u64, batch_records.len() as u64));
            assert_eq!(summary.checksum, crc32fast::hash(&headers(&batch_records)));
            bytes.copy_from_slice(&mark_record);
        });
        assert_eq!(numbers.unwrap(), first as u64 + 1..self.history.end());
        self.log.extend(mark_record);
        self.log.extend(batch_records);
    }

    fn take(&mut self) {
        assert_eq!(self.writer.unwritten_len(), (self.log.len() - self.taken.len()) as u64);
        let mut unwritten = self.writer.take_unwritten();
        assert_eq!(unwritten.len(), (self.log.len() - self.taken.len()) as u64);
        assert_eq!(unwritten.is_empty(), self.log.len() == self.taken.len());
        unwritten
            .for_each_piece(|piece| {
                assert!(!piece.is_empty());
                self.taken.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
        assert!(self.taken == self.log, "other bytes than the records of what was appended");
    }

    fn check(&mut self) {
        self.take();
        let size: usize =
            self.history.versions().iter().map(|(k, _, v)| k.len() + v.iter().flatten().count() + 16).sum();
        assert_eq!((self.memtable.approximate_size(), self.memtable.log_len()), (size as u64, self.log.len() as u64));
        assert_eq!(self.memtable.len(), self.history.versions().len());
        // The ends come in such an order that the runs of one have versions that another must not see.
        let end = self.history.end();
        for end in [end / 2 + 1, end, 1, end / 3 + 1] {
            self.check_lookups(end);
            self.check_order(end);
            self.check_scans(end);
        }
    }

    fn check_lookups(&self, end: u64) {
        let newest_versions = self.history.newest(end);
        for (key, ..) in self.history.versions() {
            assert_eq!(newest(&self.memtable, key, end).as_ref(), newest_versions.get(key), "{key:?} below {end}");
        }
        assert_eq!(newest(&self.memtable, b"never seen", end), None);
    }

    fn check_order(&self, end: u64) {
        let newest_versions: Vec<_> = self.memtable.newest_of_each_key(end).unwrap().map(version).collect();
        assert!(newest_versions.iter().eq(self.history.newest(end).values()), "{newest_versions:?}");
    }

    fn check_scans(&self, end: u64) {
        let all = Scan { all_versions: true, tombstones: true, ..Scan::default() };
        let sorted = self.history.sorted(end);
        let mut iter = scan(&self.memtable, end, &all);
        assert_eq!(forward(&mut iter), sorted, "forward");
        assert_eq!(backward(&mut iter), sorted, "backward");
        assert_eq!(in_batches(&mut scan(&self.memtable, end, &all)), sorted, "in batches");

        let newest_values: Vec<_> =
            self.history.newest(end).into_values().filter(|version| version.2.is_some()).collect();
        let mut iter = scan(&self.memtable, end, &Scan::default());
        assert_eq!(forward(&mut iter), newest_values, "the newest, forward");
        assert_eq!(backward(&mut iter), newest_values, "the newest, backward");
        assert_eq!(
            in_batches(&mut scan(&self.memtable, end, &Scan::default())),
            newest_values,
            "the newest, in batches"
        );

        for (key, ..) in self.history.versions().iter().step_by(5) {
            assert_eq!(iter.seek(key).unwrap(), newest_values.iter().any(|version| version.0 >= *key), "{key:?}");
            let next = newest_values.iter().find(|version| version.0 >= *key);
            assert_eq!(iter.entry().map(version).as_ref(), next, "{key:?}");
            iter.seek_for_prev(key).unwrap();
            let previous = newest_values.iter().rfind(|version| version.0 <= *key);
            assert_eq!(iter.entry().map(version).as_ref(), previous, "{key:?}");
        }
    }
}

/// A scan of what is below `end`.
pub(super) fn scan(memtable: &Arc<LogMemtable>, end: u64, scan: &Scan) -> Iter {
    let runs = memtable.sorted(end).unwrap();
    let sources = runs.iter().map(|run| Source::Sorted(SortedSource::new(memtable, run, 3, u64::MAX)));
    Iter::new(memtable.clone(), sources, end, scan).unwrap()
}

fn forward(iter: &mut Iter) -> Vec<Version> {
    let mut more = iter.first().unwrap();
    std::iter::from_fn(|| {
        let entry = more.then(|| version(iter.entry().unwrap()));
        more = more && iter.next().unwrap();
        entry
    })
    .collect()
}

/// What the iterator gives on its way back, in the order of the keys.
fn backward(iter: &mut Iter) -> Vec<Version> {
    let mut more = iter.last().unwrap();
    let mut versions = Vec::new();
    while more {
        versions.push(version(iter.entry().unwrap()));
        more = iter.prev().unwrap();
    }
    versions.reverse();
    versions
}

fn in_batches(iter: &mut Iter) -> Vec<Version> {
    let mut versions = Vec::new();
    while iter.next_batch(7, |_, entry| versions.push(version(entry))).unwrap() > 0 {}
    versions
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_memtable_holds_what_was_written(steps in steps(), size_hint in select(vec![0, 100_000, 64 << 20])) {
        let mut twin = Twin::new(size_hint);
        for step in &steps {
            twin.apply(step);
        }
        twin.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn so_do_memtables_of_few_keys(keys in vec(key(), 1..4), writes in vec((0..4_usize, 0..5_usize), 0..2000)) {
        let mut twin = Twin::new(1000);
        for (key, length) in writes {
            let step = Step::Write((keys[key % keys.len()].clone(), length.checked_sub(1)));
            twin.apply(&step);
            if length == 0 && key == 0 {
                twin.apply(&Step::Sort);
            }
        }
        twin.check();
    }
}
