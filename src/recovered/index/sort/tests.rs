use super::Sorter;
use crate::key::prefix;
use crate::log::format::entry::{Entry, Op};
use crate::order::Order;
use crate::recovered::boundaries::Boundaries;
use crate::recovered::index::item::Item;
use crate::recovered::testing::{Version, gather, sorted};
use proptest::prelude::*;

/// Sorts versions whose keys share the first `skipped` bytes, and checks their order.
fn check(versions: &[Version], skipped: usize) {
    for order in [Order::Log, Order::Sequence] {
        let (log, _, positions) = gather(versions);
        let item = |((key, sequence), position): (&Version, _)| {
            let entry = Entry { op: Op::Put, sequence: *sequence, key, value: b"value" };
            Item::new(prefix(key, skipped), position, &entry)
        };
        let mut items: Vec<Item> = versions.iter().zip(positions).map(item).collect();
        let expected: Vec<Item> = sorted(versions, order).into_iter().map(|number| items[number]).collect();
        let boundaries = Boundaries::new(order, vec![log.end()]);
        Sorter { log: &log, boundaries: &boundaries }.sort(&mut items, skipped);
        assert_eq!(items, expected, "{order:?}");
    }
}

/// Versions of these keys. Their sequence numbers neither ascend nor descend.
fn numbered(keys: impl IntoIterator<Item = Vec<u8>>) -> Vec<Version> {
    keys.into_iter().enumerate().map(|(i, key)| (key, (i * 7919 % 101) as u64)).collect()
}

#[test]
fn nothing_and_one_key_are_sorted() {
    check(&[], 0);
    check(&numbered([b"key".to_vec()]), 1);
}

#[test]
fn versions_of_a_key_are_sorted_newest_first_however_many_there_are() {
    check(&numbered(vec![b"key".to_vec(); 20_000]), 0);
    check(&numbered(vec![Vec::new(); 100]), 0);
    check(&numbered(vec![b"a key of more than eight bytes".to_vec(); 20_000]), 5);
}

#[test]
fn a_key_comes_before_longer_keys_that_begin_with_it() {
    for zeros in [0, 7, 8, 9, 100] {
        let key = |len: usize| [vec![b'a'; zeros], vec![0; len]].concat();
        check(&numbered((0..50).rev().map(key)), 0);
        check(&numbered((0..200).map(|i| key(i * 37 % 50))), zeros.min(5));
    }
}

#[test]
fn each_key_may_begin_with_the_one_before() {
    check(&numbered((0..3000).map(|i| vec![b'a'; i * 1103 % 3000])), 0);
    check(&numbered((0..3000).map(|i| vec![b'a'; i * 1103 % 1500])), 0);
}

#[test]
fn keys_may_differ_at_more_offsets_than_are_fetched() {
    // At each multiple of eight bytes, a key with ten versions ends, and another one with ten versions differs from the
    // rest.
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
