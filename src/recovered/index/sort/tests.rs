use super::Sorter;
use crate::key::prefix;
use crate::log::format::entry::{Entry, Op};
use crate::order::Order;
use crate::recovered::boundaries::Boundaries;
use crate::recovered::index::item::Item;
use crate::recovered::testing::{Version, gather, sorted};
use proptest::prelude::*;

/// Sorts versions whose keys share so many bytes.
fn check(versions: &[Version], skipped: usize) {
    for order in [Order::Log, Order::Sequence] {
        let (log, _, positions) = gather(versions);
        let item = |((key, sequence), position): (&Version, _)| {
            let entry = Entry { op: Op::Put, sequence: *sequence, key, value: b"value" };
            Item::new(prefix(key, skipped), position, &entry)
        };
        let mut items: Vec<Item> = versions.iter().zip(positions).map(item).collect();
        let expected: Vec<Item> = sorted(versions, order).into_iter().map(|number| items[number]).collect();
        let memtables = Boundaries::new(order, vec![log.end()]);
        Sorter { log: &log, boundaries: &memtables }.sort(&mut items, skipped);
        assert_eq!(items, expected, "{order:?}");
    }
}
/// With numbers that neither rise nor fall.
fn numbered(keys: impl IntoIterator<Item = Vec<u8>>) -> Vec<Version> {
    keys.into_iter().enumerate().map(|(i, key)| (key, (i * 7919 % 101) as u64)).collect()
}

#[test]
fn nothing_and_one_key_are_sorted() {
    check(&[], 0);
    check(&numbered([b"key".to_vec()]), 1);
}

#[test]
fn versions_of_a_key_stand_newest_first_however_many_there_are() {
    check(&numbered(vec![b"key".to_vec(); 20_000]), 0);
    check(&numbered(vec![Vec::new(); 100]), 0);
    check(&numbered(vec![b"a key of more than eight bytes".to_vec(); 20_000]), 5);
}

#[test]
fn a_key_that_others_go_on_from_comes_first() {
    for zeros in [0, 7, 8, 9, 100] {
        let key = |len: usize| [vec![b'a'; zeros], vec![0; len]].concat();
        check(&numbered((0..50).rev().map(key)), 0);
        check(&numbered((0..200).map(|i| key(i * 37 % 50))), zeros.min(5));
    }
}

#[test]
fn keys_may_each_go_on_where_another_ends() {
    check(&numbered((0..3000).map(|i| vec![b'a'; i * 1103 % 3000])), 0);
    check(&numbered((0..3000).map(|i| vec![b'a'; i * 1103 % 1500])), 0);
}

#[test]
fn keys_may_part_in_more_places_than_are_fetched() {
    // At each eight bytes, ten versions of a key end and ten of another part from the rest.
    let keys = (0..100).flat_map(|steps| {
        let start = vec![b'a'; 8 * steps];
        [start.clone(), [start, vec![b'b'; 20]].concat()]
    });
    let versions: Vec<_> = keys.flat_map(|key| vec![key; 10]).collect();
    let mixed = (0..versions.len()).map(|i| versions[i * 1103 % versions.len()].clone());
    check(&numbered(mixed), 0);
}

#[test]
fn keys_may_share_much_more_than_a_prefix_holds() {
    let keys = (0..5000_u32).map(|i| {
        let end = (i % 1000).wrapping_mul(0x9e37_79b9).to_be_bytes();
        [&[b'x'; 100][..], &end[..2], &[b'y'; 30], &end].concat()
    });
    check(&numbered(keys), 50);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_keys_are_sorted(
        versions in prop::collection::vec((prop::collection::vec(0_u8..3, 0..20), 0_u64..9), 0..300),
    ) {
        check(&versions, 0);
    }
}
