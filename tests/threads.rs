//! One writer and several readers on one list, while its tables turn immutable under them.

use kevo::{Iter, Lookup, MemtableList, Options, Scan, recover};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use tempfile::TempDir;

const WRITES: u64 = 30_000;

fn key(number: u64) -> [u8; 8] {
    // Spread over the tables' whole range, each key once.
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()
}

/// How many entries an iterator gives, which must be in order and say what was written.
fn count(iter: &mut Iter) -> u64 {
    let (mut count, mut last) = (0, None);
    let mut more = iter.first();
    while more {
        let entry = iter.entry().expect("an entry");
        assert_eq!(entry.key, key(entry.sequence));
        assert_eq!(entry.value, entry.sequence.to_le_bytes());
        assert!(last.is_none_or(|last: Vec<u8>| *last < *entry.key), "keys rise");
        last = Some(entry.key.to_vec());
        count += 1;
        more = iter.next();
    }
    count
}

/// What has begun to be written, and what has been written.
#[derive(Default)]
struct Progress {
    begun: AtomicU64,
    ended: AtomicU64,
    stop: AtomicBool,
}

fn write_all(list: &MemtableList, progress: &Progress) {
    for number in 0..WRITES {
        progress.begun.store(number + 1, Ordering::SeqCst);
        list.put(&key(number), &number.to_le_bytes(), number).expect("there is memory");
        progress.ended.store(number + 1, Ordering::SeqCst);
    }
    progress.stop.store(true, Ordering::SeqCst);
}

fn read_meanwhile(list: &MemtableList, progress: &Progress) {
    while !progress.stop.load(Ordering::SeqCst) {
        let ended = progress.ended.load(Ordering::SeqCst);
        if let Some(last) = ended.checked_sub(1) {
            for number in [last, last / 2, 0] {
                let Lookup::Found { value, sequence } = list.get(&key(number), u64::MAX) else {
                    panic!("write {number} of {ended} that have ended is not seen");
                };
                assert_eq!((*value).to_vec(), sequence.to_le_bytes());
            }
            assert!(list.max_sequence() >= last);
        }
        let mut iter = list.scan(&Scan::default());
        let begun = progress.begun.load(Ordering::SeqCst);
        let seen = count(&mut iter);
        assert!((ended..=begun).contains(&seen), "{seen} of {ended} ended and {begun} begun writes are seen");
        assert_eq!(count(&mut iter), seen, "an iterator sees the same at any time");
    }
}

#[test]
fn readers_see_every_write_that_ended_and_iterators_none_that_began_later() {
    let directory = TempDir::new().expect("a directory");
    let options = Options { memtable_size: 100_000, ..Options::default() };
    let list = recover(directory.path(), &options, None).0.expect("an empty directory is a log");
    let progress = Progress::default();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| read_meanwhile(&list, &progress));
        }
        write_all(&list, &progress);
    });
    assert!(list.count() > 5, "tables have turned immutable meanwhile");
    assert_eq!(count(&mut list.scan(&Scan::default())), WRITES);
}
