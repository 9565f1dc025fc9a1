//! Several ways to walk through an iterator. All give the same entries.

use kevo::{Entry, Iter, Op, Packed, Scan};
use std::mem::MaybeUninit;

use super::history::Version;

/// Everything that there is to see.
pub fn all_versions() -> Scan {
    Scan { all_versions: true, tombstones: true, ..Scan::default() }
}

/// The newest version of each key.
pub fn newest() -> Scan {
    Scan { tombstones: true, ..Scan::default() }
}

/// Everything that an iterator gives, walked in the way number `turn`.
pub fn walk(iter: &mut Iter, turn: usize) -> Vec<Version> {
    match turn % 5 {
        0 => forward(iter),
        1 => backward(iter),
        2 => by_seeking(iter),
        3 => in_batches(iter),
        _ => packed(iter),
    }
}

fn version(entry: &Entry<'_>) -> Version {
    let value = (entry.op == Op::Put).then(|| entry.value.to_vec());
    Version { key: entry.key.to_vec(), sequence: entry.sequence, value }
}

fn current(iter: &Iter) -> Version {
    version(&iter.entry().expect("it stands on an entry"))
}

fn forward(iter: &mut Iter) -> Vec<Version> {
    let mut seen = Vec::new();
    let mut more = iter.first().unwrap();
    while more {
        seen.push(current(iter));
        more = iter.next().unwrap();
    }
    seen
}

fn backward(iter: &mut Iter) -> Vec<Version> {
    let mut seen = Vec::new();
    let mut more = iter.last().unwrap();
    while more {
        seen.push(current(iter));
        more = iter.prev().unwrap();
    }
    seen.reverse();
    seen
}

/// Seeks each key from the end, which gives its last version, then from the start, and walks from its first version to
/// that last one.
fn by_seeking(iter: &mut Iter) -> Vec<Version> {
    let mut seen = Vec::new();
    let mut key = Vec::new();
    while iter.seek(&key).unwrap() {
        key = current(iter).key;
        assert!(iter.seek_for_prev(&key).unwrap());
        let last = current(iter);
        assert!(iter.seek(&key).unwrap());
        seen.push(current(iter));
        while *seen.last().expect("it has just been pushed") != last {
            assert!(iter.next().unwrap());
            seen.push(current(iter));
        }
        // The smallest key that is greater.
        key.push(0);
    }
    seen
}

fn in_batches(iter: &mut Iter) -> Vec<Version> {
    let mut seen = Vec::new();
    if iter.first().unwrap() {
        seen.push(current(iter));
        while iter.next_batch(7, |_, entry| seen.push(version(&entry))).unwrap() > 0 {}
    }
    seen
}

fn packed(iter: &mut Iter) -> Vec<Version> {
    let mut seen = Vec::new();
    if !iter.first().unwrap() {
        return seen;
    }
    seen.push(current(iter));
    let mut buffer = [MaybeUninit::uninit(); 4_000];
    loop {
        match iter.next_packed(&mut buffer).unwrap() {
            // The format of the buffer is tested elsewhere.
            Packed::Entries { count, .. } => {
                let last = current(iter);
                (1..count).for_each(|_| assert!(iter.prev().unwrap()));
                seen.push(current(iter));
                for _ in 1..count {
                    assert!(iter.next().unwrap());
                    seen.push(current(iter));
                }
                assert_eq!(seen.last(), Some(&last));
            }
            Packed::TooSmall(len) => panic!("an entry of {len} bytes"),
            Packed::End => return seen,
        }
    }
}
