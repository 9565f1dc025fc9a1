use super::{RecoveredLog, Selection, SortedEntries, gallop};
use crate::log::position::Position;
use crate::order::{Order, Point};
use crate::recovered::index::item::Item;
use crate::recovered::testing::{Version, recovered, sorted};
use proptest::prelude::*;
use std::ops::Range;

const ORDERS: [Order; 2] = [Order::Log, Order::Sequence];

/// Recovers these versions into memtables that end at these numbers, and compares the result with a simple sort.
fn check_memtables(versions: &[Version], ends: &[usize], threads: usize) {
    for order in ORDERS {
        let (recovered, positions) = recovered(versions, order, ends, threads);
        let starts = [&[0], ends].concat();
        let by_memtable: Vec<Vec<usize>> =
            starts.windows(2).map(|pair| sorted_in(versions, pair[0]..pair[1], order)).collect();
        // A version in a later memtable is newer.
        let mut all: Vec<usize> = by_memtable.iter().rev().flatten().copied().collect();
        all.sort_by(|&a, &b| versions[a].0.cmp(&versions[b].0));
        Check { recovered: &recovered, versions, positions: &positions, selection: Selection::All }.run(&all);
        for (memtable, own) in by_memtable.iter().enumerate() {
            Check { recovered: &recovered, versions, positions: &positions, selection: Selection::Memtable(memtable) }
                .run(own);
        }
    }
}

fn sorted_in(versions: &[Version], range: Range<usize>, order: Order) -> Vec<usize> {
    sorted(&versions[range.clone()], order).into_iter().map(|number| range.start + number).collect()
}

fn check(versions: &[Version]) {
    check_memtables(versions, &[versions.len()], 1);
    check_memtables(versions, &[versions.len() / 3, versions.len()], 3);
}

struct Check<'a> {
    recovered: &'a RecoveredLog,
    versions: &'a [Version],
    positions: &'a [Position],
    selection: Selection,
}

impl<'a> Check<'a> {
    fn sorted(&self) -> SortedEntries<'a> {
        self.recovered.sorted(self.selection).unwrap()
    }

    /// `expected` are the numbers of the versions in the expected order.
    fn run(&self, expected: &[usize]) {
        assert_eq!(self.sorted().len(), expected.len());
        for (position, &number) in expected.iter().enumerate() {
            let item = self.sorted().item(position);
            assert_eq!(
                (item.position(), item.key(&self.recovered.bytes)),
                (self.positions[number], &*self.versions[number].0)
            );
            let point = Point { key: &self.versions[number].0, rank: self.recovered.rank(&item) };
            assert_eq!(self.sorted().lower_bound(point), position);
            let after = Point { rank: point.rank.next(), ..point };
            assert_eq!(self.sorted().lower_bound(after), position + 1);
        }
        for key in expected.iter().map(|&number| &self.versions[number].0) {
            neighbours(key).iter().chain([key]).for_each(|key| self.check_key(expected, key));
        }
    }

    fn check_key(&self, expected: &[usize], key: &[u8]) {
        let start = expected.partition_point(|&number| *self.versions[number].0 < *key);
        let end = expected.partition_point(|&number| *self.versions[number].0 <= *key);
        assert_eq!(self.sorted().lower_bound(Point::before(key)), start, "before {key:?}");
        assert_eq!(self.sorted().lower_bound(Point::after(key)), end, "after {key:?}");
        for max_sequence in (0..10).chain([u64::MAX]) {
            let seen = expected[start..end].iter().find(|&&number| self.versions[number].1 <= max_sequence);
            let found = match self.selection {
                Selection::All => self.recovered.newest(key, max_sequence),
                Selection::Memtable(memtable) => self.recovered.newest_of_memtable(memtable, key, max_sequence),
            };
            assert_eq!(
                found.unwrap().map(Item::position),
                seen.map(|&number| self.positions[number]),
                "{key:?} up to {max_sequence}"
            );
        }
    }
}

/// Keys close to `key`, before it and after it.
fn neighbours(key: &[u8]) -> Vec<Vec<u8>> {
    let mut neighbours = vec![[key, &[0]].concat(), [key, &[255]].concat(), vec![255; 9], Vec::new()];
    if let Some((last, start)) = key.split_last() {
        neighbours.extend([start.to_vec(), [start, &[last.wrapping_add(1)]].concat()]);
        neighbours.push([start, &[last.wrapping_sub(1), 255]].concat());
    }
    neighbours
}

fn numbered(keys: impl IntoIterator<Item = Vec<u8>>) -> Vec<Version> {
    keys.into_iter().enumerate().map(|(number, key)| (key, (number * 7 % 10) as u64)).collect()
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop::sample::select(vec![0, 1, b'a', 255]);
    let start = prop::sample::select(vec![&b""[..], b"shared", b"shared\0\0\0", b"a longer part that is shared"]);
    (start, prop::collection::vec(byte, 0..12)).prop_map(|(start, end)| [start, &end].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn memtables_are_maps_from_keys_to_their_versions(
        shared in prop::collection::vec(any::<u8>(), 0..20),
        versions in prop::collection::vec((key(), 0_u64..9), 0..200),
        ascending in any::<bool>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        threads in 1_usize..4,
    ) {
        let mut versions: Vec<Version> =
            versions.into_iter().map(|(key, sequence)| ([&shared[..], &key].concat(), sequence)).collect();
        if ascending {
            versions.sort_by_key(|version| version.1);
        }
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(versions.len() + 1)).collect();
        ends.push(versions.len());
        ends.sort_unstable();
        check_memtables(&versions, &ends, threads);
    }
}

#[test]
fn an_empty_log_has_no_entries_before_or_after_a_key() {
    check(&[]);
    let (recovered, _) = recovered(&[], Order::Log, &[0], 1);
    for key in [&b""[..], b"a"] {
        let bounds = [Point::before(key), Point::after(key)]
            .map(|point| recovered.sorted(Selection::All).unwrap().lower_bound(point));
        assert_eq!((bounds, recovered.newest(key, u64::MAX).unwrap()), ([0, 0], None));
    }
}

#[test]
fn a_memtable_may_have_one_key() {
    check(&numbered([Vec::new()]));
    check(&numbered([b"key".to_vec()]));
}

#[test]
fn a_key_with_no_version_up_to_max_sequence_is_not_found() {
    for sequences in [[5, 3], [3, 5]] {
        check(&sequences.map(|sequence| (b"key".to_vec(), sequence)));
    }
}

#[test]
fn zeros_at_the_end_of_a_key_make_it_another_key() {
    check(&numbered((0..40).rev().map(|len| vec![0; len])));
    check(&numbered((0..40).map(|len| [b"key".to_vec(), vec![0; len]].concat())));
}

#[test]
fn keys_may_begin_with_many_equal_bytes() {
    check(&numbered((0..300_u32).map(|i| [&[7; 1000], &i.wrapping_mul(0x9e37_79b9).to_be_bytes()[..]].concat())));
}

/// Enough keys for several segments.
const MANY: u64 = 9000;

fn segment_count(versions: &[Version]) -> usize {
    recovered(versions, Order::Log, &[versions.len()], 2).0.index().unwrap().segment_count()
}

#[test]
fn keys_that_are_spread_evenly_are_one_segment() {
    let scattered = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let bytes = numbered((0..MANY).map(|i| scattered(i).to_be_bytes().to_vec()));
    let text = numbered((0..MANY).map(|i| format!("key {:016}", scattered(i) / 10000).into_bytes()));
    let longer = numbered((0..MANY).map(|i| [scattered(i).to_be_bytes(), [7; 8]].concat()));
    let in_turn = numbered((0..MANY).map(|i| format!("{i:016}").into_bytes()));
    for versions in [bytes, text, longer, in_turn] {
        assert_eq!(segment_count(&versions), 1);
        check(&versions);
    }
}

#[test]
fn keys_that_are_not_spread_evenly_are_several_segments() {
    let ends = numbered((0..MANY).map(|i| (if i % 2 == 0 { i } else { u64::MAX - i }).to_be_bytes().to_vec()));
    let families = numbered((0..MANY).map(|i| format!("{}:{i:06}", ["order", "user"][i as usize % 2]).into_bytes()));
    // A sample has at most one key of each group.
    let groups = |i: u64| format!("{:06}{:04}", (i / 18).wrapping_mul(7919) % 500 * 2000, i % 18).into_bytes();
    for versions in [ends, families, numbered((0..MANY).map(groups))] {
        assert!(segment_count(&versions) > 1);
        check(&versions);
    }
}

#[test]
fn a_key_is_found_by_its_prefix_alone_only_if_the_prefix_has_the_whole_key() {
    let start = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let keys = |i: u64| (0..4).map(move |zeros| [&start(i)[..6], &[0; 3][..zeros]].concat());
    check(&numbered((0..MANY / 4).flat_map(keys)));
}

#[test]
fn segments_may_have_different_common_prefixes() {
    let group = |start: &'static str| (0..3000).map(move |i| format!("{start}{:04}", i * 1103 % 3000).into_bytes());
    check(&numbered(group("shared/a/").chain(group("shared/a/b/")).chain(group("sha")).chain(group("shared/a/"))));
}

#[test]
fn keys_that_were_not_sampled_may_be_far_outside() {
    let outside = [vec![], vec![0], vec![b'k'], vec![b'k', 0, 200], vec![255; 30]];
    let inside = (0..MANY).map(|i| [&b"kk"[..], &i.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()].concat());
    let mut keys: Vec<Vec<u8>> = inside.collect();
    for (number, key) in outside.into_iter().enumerate() {
        keys.insert(1700 * number + 77, key);
    }
    check(&numbered(keys));
}

#[test]
fn most_versions_may_be_of_one_key() {
    let key = |i: u64| if i % 10 == 3 { i.to_be_bytes().to_vec() } else { b"often".to_vec() };
    let versions = numbered((0..MANY / 3).map(key));
    check_memtables(&versions[..500], &[100, 300, 500], 2);
    let (recovered, _) = recovered(&versions, Order::Log, &[versions.len()], 2);
    assert_eq!(recovered.sorted(Selection::All).unwrap().len(), versions.len());
    assert_eq!(
        recovered.newest(b"often", u64::MAX).unwrap().map(|item| item.sequence),
        versions.last().map(|last| last.1)
    );
}

#[test]
fn galloping_stops_where_a_linear_search_would() {
    let (recovered, _) = recovered(&numbered((0..100).map(|i| vec![i])), Order::Log, &[100], 1);
    let items: Vec<_> = (0..100).map(|number| recovered.sorted(Selection::All).unwrap().item(number)).collect();
    for len in 0..=items.len() {
        for holds in 0..=len {
            let end = items.get(holds).map(Item::position);
            assert_eq!(gallop(&items[..len], |item| end.is_none_or(|end| item.position() < end)), holds);
        }
    }
}
