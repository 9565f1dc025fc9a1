use super::Iter;
use crate::log::format::entry::Op;
use crate::log::testing::{delete, full, put};
use crate::{MemtableList, Options, Order, Scan, recover};
use proptest::prelude::*;
use std::fs;
use std::ops::Bound::{self, Excluded, Included, Unbounded};

/// A put, or a delete where there is no value.
pub(super) type Version = (Vec<u8>, u64, Option<Vec<u8>>);

fn list_of(recovered: &[Version], options: &Options) -> MemtableList {
    let directory = tempfile::tempdir().unwrap();
    let records = recovered.iter().map(|(key, sequence, value)| match value {
        Some(value) => full(put(*sequence, key, value)),
        None => full(delete(*sequence, key)),
    });
    fs::write(directory.path().join("1.wal"), records.collect::<Vec<_>>().concat()).unwrap();
    recover(directory.path(), options, None).0.unwrap()
}

fn write(list: &MemtableList, (key, sequence, value): &Version) {
    match value {
        Some(value) => list.put(key, value, *sequence).unwrap(),
        None => list.delete(key, *sequence).unwrap(),
    }
}

fn current(iter: &Iter) -> Option<Version> {
    iter.entry().map(version)
}

fn version(entry: crate::Entry<'_>) -> Version {
    (entry.key.to_vec(), entry.sequence, (entry.op == Op::Put).then(|| entry.value.to_vec()))
}

/// All entries from the next one to the last, but at most 1000, so that a loop fails and does not hang.
fn forward(iter: &mut Iter) -> Vec<Version> {
    std::iter::from_fn(|| iter.next().unwrap().then(|| current(iter).unwrap())).take(1000).collect()
}

// Single moves.

pub(super) fn sample() -> MemtableList {
    let list = list_of(
        &[
            (b"a".to_vec(), 1, Some(b"a1".to_vec())),
            (b"b".to_vec(), 2, Some(b"b2".to_vec())),
            (b"c".to_vec(), 3, Some(b"c3".to_vec())),
            (b"b".to_vec(), 4, None),
            (b"d".to_vec(), 5, Some(b"d5".to_vec())),
        ],
        &Options::default(),
    );
    write(&list, &(b"a".to_vec(), 6, Some(b"a6".to_vec())));
    list
}

/// The values that an iterator gives; a minus is a delete.
fn values(list: &MemtableList, scan: &Scan) -> String {
    let mut iter = list.scan(scan).unwrap();
    let value = |(.., value): Version| value.map_or("-".to_owned(), |value| String::from_utf8(value).unwrap());
    let forward = forward(&mut iter).into_iter().map(value).collect::<Vec<_>>();
    let mut backward =
        std::iter::from_fn(|| iter.prev().unwrap().then(|| value(current(&iter).unwrap()))).collect::<Vec<_>>();
    backward.reverse();
    assert_eq!(forward, backward);
    forward.join(" ")
}

#[test]
fn each_key_is_shown_once_with_its_newest_value() {
    assert_eq!(values(&sample(), &Scan::default()), "a6 c3 d5");
}

#[test]
fn tombstones_are_shown_if_the_scan_asks_for_them() {
    assert_eq!(values(&sample(), &Scan { tombstones: true, ..Scan::default() }), "a6 - c3 d5");
}

#[test]
fn all_versions_are_shown_newest_first() {
    assert_eq!(values(&sample(), &Scan { all_versions: true, ..Scan::default() }), "a6 a1 b2 c3 d5");
    assert_eq!(
        values(&sample(), &Scan { all_versions: true, tombstones: true, ..Scan::default() }),
        "a6 a1 - b2 c3 d5"
    );
}

#[test]
fn versions_above_max_sequence_are_not_seen() {
    let shown = |max_sequence| values(&sample(), &Scan { max_sequence, ..Scan::default() });
    assert_eq!([5, 4, 3, 1, 0].map(shown), ["a1 c3 d5", "a1 c3", "a1 b2 c3", "a1", ""]);
}

#[test]
fn a_range_is_cut_at_its_bounds() {
    let shown = |lower: Bound<&[u8]>, upper: Bound<&[u8]>| {
        let (lower, upper) = (lower.map(<[u8]>::to_vec), upper.map(<[u8]>::to_vec));
        values(&sample(), &Scan { lower, upper, ..Scan::default() })
    };
    assert_eq!(shown(Included(b"a"), Included(b"c")), "a6 c3");
    assert_eq!(shown(Excluded(b"a"), Excluded(b"d")), "c3");
    assert_eq!(shown(Included(b"bb"), Unbounded), "c3 d5");
    assert_eq!(shown(Unbounded, Excluded(b"a")), "");
    assert_eq!(shown(Included(b"d"), Included(b"a")), "");
}

#[test]
fn a_prefix_may_consist_of_the_highest_bytes() {
    let keys: [&[u8]; 6] = [b"\xfe", b"\xfe\xff", b"\xfe\xff\xff", b"\xff", b"\xff\xff", b"\xff\xff\0"];
    let list = list_of(&keys.map(|key| (key.to_vec(), 1, Some(vec![]))), &Options::default());
    let shown = |prefix: &[u8]| forward(&mut list.scan(&Scan { prefix: prefix.to_vec(), ..Scan::default() }).unwrap());
    let with = |prefix: &[u8]| keys.iter().filter(|key| key.starts_with(prefix)).count();
    for prefix in [&b""[..], b"\xfe", b"\xfe\xff", b"\xff", b"\xff\xff", b"\xff\xff\xff", b"\xfd"] {
        assert_eq!(shown(prefix).len(), with(prefix), "{prefix:?}");
    }
}

#[test]
fn an_iterator_starts_before_the_first_entry() {
    let list = sample();
    assert!(list.scan(&Scan::default()).unwrap().entry().is_none());
    assert!(!list.scan(&Scan::default()).unwrap().prev().unwrap());
    let mut iter = list.scan(&Scan::default()).unwrap();
    assert!(iter.next().unwrap());
    assert_eq!(iter.entry().unwrap().key, b"a");
}

#[test]
fn what_is_written_after_it_was_made_is_not_seen() {
    let list = sample();
    let scan = Scan { all_versions: true, tombstones: true, ..Scan::default() };
    let mut iter = list.scan(&scan).unwrap();
    let before = forward(&mut list.scan(&scan).unwrap());
    for key in [&b""[..], b"a", b"b", b"bb", b"z"] {
        write(&list, &(key.to_vec(), 7, Some(b"later".to_vec())));
        write(&list, &(key.to_vec(), 8, None));
    }
    assert_eq!(forward(&mut iter), before);
    assert_eq!(forward(&mut list.scan(&scan).unwrap()).len(), before.len() + 10);
}

#[test]
fn an_iterator_outlives_its_list() {
    let mut iter = sample().scan(&Scan::default()).unwrap();
    assert_eq!(forward(&mut iter).len(), 3);
}

// Random walks.

#[derive(Clone, Debug)]
pub(super) enum Move {
    First,
    Last,
    Seek(Vec<u8>),
    SeekForPrev(Vec<u8>),
    Next,
    Prev,
    Peek,
    NextBatch(usize),
    /// A write, which the iterator must not see.
    Write(Version),
}

/// The expected iterator. `at` is the number of the entry that it is on, from 1; 0 is before the first.
pub(super) struct Walk<'a> {
    pub(super) shown: &'a [Version],
    pub(super) at: usize,
}

impl Walk<'_> {
    fn current(&self) -> Option<&Version> {
        self.shown.get(self.at.checked_sub(1)?)
    }

    fn go(&mut self, at: usize) -> bool {
        self.at = at.min(self.shown.len() + 1);
        self.current().is_some()
    }

    /// Makes all moves, and then walks through all entries.
    pub(super) fn follow(mut self, moves: &[Move], iter: &mut Iter, list: &MemtableList) {
        for next in moves {
            self.check(next, iter, list);
        }
        iter.first().unwrap();
        let all: Vec<_> = current(iter).into_iter().chain(forward(iter)).collect();
        assert_eq!(all, self.shown);
    }

    /// Makes one move, and checks that `iter` gives the same.
    fn check(&mut self, next: &Move, iter: &mut Iter, list: &MemtableList) {
        let count_before = |key: &[u8]| self.shown.partition_point(|version| version.0.as_slice() < key);
        match next {
            Move::First => assert_eq!(iter.first().unwrap(), self.go(1)),
            Move::Last => assert_eq!(iter.last().unwrap(), self.go(self.shown.len())),
            Move::Next => assert_eq!(iter.next().unwrap(), self.go(self.at + 1)),
            Move::Prev => assert_eq!(iter.prev().unwrap(), self.go(self.at.saturating_sub(1))),
            Move::Seek(key) => assert_eq!(iter.seek(key).unwrap(), self.go(count_before(key) + 1)),
            Move::SeekForPrev(key) => {
                let next_key = [key.as_slice(), b"\0"].concat();
                assert_eq!(iter.seek_for_prev(key).unwrap(), self.go(count_before(&next_key)));
            }
            Move::Peek => assert_eq!(iter.peek().unwrap().map(version).as_ref(), self.shown.get(self.at)),
            Move::NextBatch(most) => {
                let batch: Vec<_> = self.shown.iter().skip(self.at).take(*most).cloned().collect();
                let mut taken = Vec::new();
                let count = iter
                    .next_batch(*most, |index, entry| {
                        assert_eq!(index, taken.len());
                        taken.push(version(entry));
                    })
                    .unwrap();
                assert_eq!((count, taken), (batch.len(), batch));
                self.go(if count == 0 && *most > 0 { usize::MAX } else { self.at + count });
            }
            Move::Write(version) => write(list, version),
        }
        assert_eq!(current(iter).as_ref(), self.current());
    }
}

/// What a scan shows of these versions. They are in the order in which they were written, each with the number of its
/// memtable.
pub(super) fn shown(versions: &[(usize, Version)], order: Order, scan: &Scan) -> Vec<Version> {
    let mut sorted: Vec<_> = versions.iter().cloned().enumerate().collect();
    sorted.sort_by(|(write_a, (memtable_a, a)), (write_b, (memtable_b, b))| {
        let newest_first = match order {
            Order::Log => write_b.cmp(write_a),
            Order::Sequence => (memtable_b, b.1, write_b).cmp(&(memtable_a, a.1, write_a)),
        };
        a.0.cmp(&b.0).then(newest_first)
    });
    let mut sorted: Vec<Version> = sorted.into_iter().map(|(_, (_, version))| version).collect();
    sorted.retain(|version| version.1 <= scan.max_sequence);
    if !scan.all_versions {
        sorted.dedup_by(|b, a| a.0 == b.0);
    }
    sorted.retain(|(key, _, value)| {
        let above = match &scan.lower {
            Included(lower) => key >= lower,
            Excluded(lower) => key > lower,
            Unbounded => true,
        };
        let below = match &scan.upper {
            Included(upper) => key <= upper,
            Excluded(upper) => key < upper,
            Unbounded => true,
        };
        above && below && key.starts_with(&scan.prefix) && (scan.tombstones || value.is_some())
    });
    sorted
}

/// `versions`, each with the number of its memtable.
fn in_memtables(versions: &[Version], list: &MemtableList) -> Vec<(usize, Version)> {
    let memtables = (0..list.count())
        .flat_map(|memtable| std::iter::repeat_n(memtable, list.memtable(memtable).unwrap().entry_count() as usize));
    let in_memtables: Vec<_> = memtables.zip(versions.iter().cloned()).collect();
    assert_eq!(in_memtables.len(), versions.len());
    in_memtables
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::collection::vec(prop::sample::select(vec![0, 1, b'a', 255]), 0..4),
        1 => prop::collection::vec(Just(b'a'), 7..10),
    ]
}

fn any_version(key: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Version> {
    let sequence = prop_oneof![9 => 0_u64..8, 1 => Just(u64::MAX)];
    (key, sequence, prop::option::weighted(0.7, prop::collection::vec(any::<u8>(), 0..3)))
}

/// Either many keys, or many versions of a few keys.
pub(super) fn versions(most: usize) -> impl Strategy<Value = Vec<Version>> {
    let few = prop::sample::select(vec![b"a".to_vec(), b"aa".to_vec()]);
    prop_oneof![prop::collection::vec(any_version(key()), 0..most), prop::collection::vec(any_version(few), 0..most),]
}

fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
    prop_oneof![2 => Just(Unbounded), 1 => key().prop_map(Included), 1 => key().prop_map(Excluded)]
}

pub(super) fn scan() -> impl Strategy<Value = Scan> {
    let prefix = prop_oneof![3 => Just(Vec::new()), 1 => key()];
    let max_sequence = prop_oneof![1 => Just(u64::MAX), 1 => 0_u64..9];
    (bound(), bound(), prefix, max_sequence, any::<bool>(), any::<bool>()).prop_map(
        |(lower, upper, prefix, max_sequence, all_versions, tombstones)| Scan {
            lower,
            upper,
            prefix,
            max_sequence,
            all_versions,
            tombstones,
        },
    )
}

pub(super) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let next = prop_oneof![
        1 => Just(Move::First),
        1 => Just(Move::Last),
        2 => key().prop_map(Move::Seek),
        2 => key().prop_map(Move::SeekForPrev),
        6 => Just(Move::Next),
        6 => Just(Move::Prev),
        2 => Just(Move::Peek),
        2 => prop_oneof![0_usize..5, 60..70_usize].prop_map(Move::NextBatch),
        2 => any_version(key()).prop_map(Move::Write),
    ];
    prop::collection::vec(next, 0..60)
}

fn order() -> impl Strategy<Value = Order> {
    prop::sample::select(vec![Order::Log, Order::Sequence])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn an_iterator_walks_as_through_an_array_of_what_the_scan_shows(
        recovered in versions(100),
        written in versions(150),
        memtable_size in prop_oneof![1_u64..2000, Just(1 << 20)],
        order in order(),
        scans in prop::collection::vec(scan(), 4),
        moves in moves(),
    ) {
        let options = Options { memtable_size, order, max_memtables: 1000, ..Options::default() };
        let list = list_of(&recovered, &options);
        for version in &written {
            write(&list, version);
        }
        let mut versions = [recovered, written].concat();
        for scan in &scans {
            check_walks(&list, &mut versions, order, scan, &moves);
        }
    }
}

/// Walks through the list and then through its memtables. Versions that are written meanwhile are added to `versions`.
fn check_walks(list: &MemtableList, versions: &mut Vec<Version>, order: Order, scan: &Scan, moves: &[Move]) {
    let shown_by_list = shown(&in_memtables(versions, list), order, scan);
    Walk { shown: &shown_by_list, at: 0 }.follow(moves, &mut list.scan(scan).unwrap(), list);

    let (writes, reads): (Vec<Move>, Vec<Move>) =
        moves.iter().cloned().partition(|next| matches!(next, Move::Write(_)));
    versions.extend(
        writes.into_iter().filter_map(|next| if let Move::Write(version) = next { Some(version) } else { None }),
    );
    let in_memtables = in_memtables(versions, list);
    for memtable in 0..list.count().min(4) {
        let own: Vec<_> = in_memtables.iter().filter(|(number, _)| *number == memtable).cloned().collect();
        let shown_by_memtable = shown(&own, order, scan);
        Walk { shown: &shown_by_memtable, at: 0 }.follow(
            &reads,
            &mut list.memtable(memtable).unwrap().scan(scan).unwrap(),
            list,
        );
    }
}
