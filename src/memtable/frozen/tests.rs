use super::{Frozen, Index};
use crate::memtable::filter::KeyHash;
use crate::memtable::gather::Gathered;
use crate::memtable::order::{Order, Point};
use crate::memtable::testing::{Version, gather, sorted};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const ORDERS: [Order; 2] = [Order::Log, Order::Sequence];

fn frozen(versions: &[Version], order: Order) -> Frozen {
    frozen_with(versions, order, true)
}

fn frozen_with(versions: &[Version], order: Order, with_filter: bool) -> Frozen {
    let (log, Gathered { mut refs, hashes, blocks, .. }) = gather(versions);
    let index = Index::sort(&log, order, &mut refs, &hashes, &blocks, with_filter, &mut Vec::new()).unwrap();
    let own = 0..refs.len();
    Frozen::new(log, order, 0, Arc::new(refs), own, index)
}

/// Holds a table of these versions against a map of them.
fn check(versions: &[Version]) {
    for order in ORDERS {
        let table = frozen(versions, order);
        let (_, gathered) = gather(versions);
        let mut map: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for number in sorted(versions, order) {
            map.entry(&versions[number].0).or_default().push(number);
        }
        assert_eq!(table.len(), versions.len());
        let mut index = 0;
        for (&key, numbers) in &map {
            check_key(&table, index, key, numbers.len());
            for (i, &number) in numbers.iter().enumerate() {
                let place = gathered.refs[number].place;
                assert_eq!((table.key(index + i), table.place(index + i)), (key, place));
                let point = Point { key, rank: table.rank_of(place) };
                assert_eq!(table.lower_bound(point), index + i);
                assert_eq!(table.lower_bound(Point { rank: point.rank.next(), ..point }), index + i + 1);
            }
            for bound in (0..10).chain([u64::MAX]) {
                let seen = numbers.iter().find(|&&number| versions[number].1 <= bound);
                assert_eq!(table.newest(key, bound), seen.map(|&number| gathered.refs[number].place), "bound {bound}");
            }
            assert!(table.may_contain(KeyHash::of(key)));
            index += numbers.len();
        }
        for absent in map.keys().flat_map(|key| neighbours(key)).filter(|key| !map.contains_key(key.as_slice())) {
            let in_front = map.range(..absent.as_slice()).map(|(_, numbers)| numbers.len()).sum();
            check_key(&table, in_front, &absent, 0);
            assert_eq!(table.newest(&absent, u64::MAX), None);
        }
    }
}

fn check_key(table: &Frozen, first: usize, key: &[u8], versions: usize) {
    assert_eq!(table.lower_bound(Point::before(key)), first, "before {key:?}");
    assert_eq!(table.lower_bound(Point::after(key)), first + versions, "after {key:?}");
}

/// Keys close by, in front of `key` and behind it.
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
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_table_is_a_map_from_keys_to_their_versions(
        shared in prop::collection::vec(any::<u8>(), 0..20),
        versions in prop::collection::vec((key(), 0_u64..9), 0..200),
        ascending in any::<bool>(),
    ) {
        let mut versions: Vec<Version> =
            versions.into_iter().map(|(key, sequence)| ([&shared[..], &key].concat(), sequence)).collect();
        if ascending {
            versions.sort_by_key(|version| version.1);
        }
        check(&versions);
    }
}

#[test]
fn an_empty_table_has_nothing_at_either_end() {
    check(&[]);
    for order in ORDERS {
        let table = frozen(&[], order);
        assert_eq!((table.lower_bound(Point::before(b"")), table.lower_bound(Point::after(b"a"))), (0, 0));
        assert_eq!(table.newest(b"", u64::MAX), None);
    }
}

#[test]
fn one_key_is_a_table() {
    check(&numbered([Vec::new()]));
    check(&numbered([b"key".to_vec()]));
}

#[test]
fn a_key_of_which_no_version_is_at_or_below_the_bound_is_not_found() {
    for sequences in [[5, 3], [3, 5]] {
        check(&sequences.map(|sequence| (b"key".to_vec(), sequence)));
    }
}

#[test]
fn zeros_at_the_end_of_a_key_count() {
    check(&numbered((0..40).rev().map(|len| vec![0; len])));
    check(&numbered((0..40).map(|len| [b"key".to_vec(), vec![0; len]].concat())));
}

#[test]
fn keys_may_be_the_same_for_long() {
    check(&numbered((0..300_u32).map(|i| [&[7; 1000], &i.wrapping_mul(0x9e37_79b9).to_be_bytes()[..]].concat())));
}

#[test]
fn keys_may_be_spread_evenly_or_all_at_the_ends() {
    check(&numbered((0..3000_u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes().to_vec())));
    check(&numbered((0..300_u64).map(|i| (if i % 2 == 0 { i } else { u64::MAX - i }).to_be_bytes().to_vec())));
}

#[test]
fn blocks_that_share_different_bytes_make_one_table() {
    let block = |start: &'static str| (0..2048).map(move |i| format!("{start}{:04}", i * 1103 % 2048).into_bytes());
    check(&numbered(block("shared/a/").chain(block("shared/a/b/")).chain(block("sha")).chain(block("shared/a/"))));
}

#[test]
fn a_key_in_front_of_or_behind_all_shared_bytes_is_found_absent() {
    let table = frozen(&numbered((0..10).map(|i| vec![b's', b'h', i])), Order::Log);
    for (key, expected) in [(&b""[..], 0), (b"s", 0), (b"sg", 0), (b"sg\xff", 0), (b"sh", 0), (b"si", 10), (b"t", 10)] {
        assert_eq!(table.lower_bound(Point::before(key)), expected);
        assert_eq!(table.lower_bound(Point::after(key)), expected);
    }
}

#[test]
fn a_filter_is_made_only_where_it_is_asked_for() {
    let versions = numbered((0..100).map(|i| vec![i]));
    let passes = |table: &Frozen| (0..=u8::MAX).filter(|&key| table.may_contain(KeyHash::of(&[key]))).count();
    assert_eq!(passes(&frozen_with(&versions, Order::Log, false)), 256);
    assert!((100..256).contains(&passes(&frozen_with(&versions, Order::Log, true))));
}

#[test]
fn a_table_sees_only_its_own_part_of_the_references() {
    let alone = frozen(&numbered((0..30).map(|i| vec![i / 3])), Order::Log);
    let around = [&alone.refs[..5], &alone.refs, &alone.refs[20..]].concat();
    let table = Frozen { refs: Arc::new(around), own: 5..35, ..alone };
    assert_eq!(table.len(), 30);
    for key in 0..10 {
        let first = 3 * usize::from(key);
        check_key(&table, first, &[key], 3);
        assert_eq!(table.newest(&[key], u64::MAX), Some(table.refs[5 + first].place));
    }
}
