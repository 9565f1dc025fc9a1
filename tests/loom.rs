//! Tries every order in which the steps of threads can follow each other, and every result that the memory orderings
//! allow. `.ci/loom` runs it.
#![cfg(loom)]

use kevo::log_memtable::LogMemtable;
use kevo::table::hash;
use kevo::{Error, Iter, Lookup, MemtableList, Options, Scan, recover};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use std::path::Path;

/// Checks a model. Each execution gets an empty list.
fn check(memtable_size: u64, model: impl Fn(MemtableList) + Send + Sync + 'static) {
    let directory = tempfile::TempDir::new().expect("a directory");
    let options = Options { memtable_size, threads: 1, ..Options::default() };
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.max_branches = 10_000;
    builder.check(move || model(empty(directory.path(), &options)));
}

fn empty(directory: &Path, options: &Options) -> MemtableList {
    recover(directory, options, None).0.expect("an empty log")
}

/// The sequence numbers of all versions, in the order of the keys; of one key, the newest first.
fn sequences(iter: &mut Iter) -> Vec<u64> {
    let mut seen = Vec::new();
    let mut more = iter.first().unwrap();
    while more {
        seen.extend(iter.entry().map(|entry| entry.sequence));
        more = iter.next().unwrap();
    }
    seen
}

fn all_versions() -> Scan {
    Scan { all_versions: true, tombstones: true, ..Scan::default() }
}

fn put(list: &MemtableList, key: &[u8], sequence: u64) {
    list.put(key, b"", sequence).expect("enough memory");
}

fn found(lookup: &Lookup<'_>) -> Option<u64> {
    match lookup {
        Lookup::Found { sequence, .. } => Some(*sequence),
        Lookup::Deleted { .. } | Lookup::NeverSeen => None,
    }
}

/// Starts a thread that makes the two writes, and counts those that have finished.
fn write_both(
    list: &MemtableList,
    ended: &Arc<AtomicUsize>,
    writes: [(&'static [u8], u64); 2],
) -> thread::JoinHandle<()> {
    let (list, ended) = (list.clone(), Arc::clone(ended));
    thread::spawn(move || {
        for (key, sequence) in writes {
            put(&list, key, sequence);
            ended.fetch_add(1, Ordering::Release);
        }
    })
}

/// One thread writes 1 and then 2, another one scans. The scan sees none, the first, or both. A second walk sees the
/// same.
fn scans_see_the_first_writes(memtable_size: u64) {
    check(memtable_size, |list| {
        let ended = Arc::new(AtomicUsize::new(0));
        let writer = write_both(&list, &ended, [(&[1], 1), (&[2], 2)]);
        let least = ended.load(Ordering::Acquire);
        let mut iter = list.scan(&all_versions()).unwrap();
        let seen = sequences(&mut iter);
        assert_eq!(seen, [1, 2][..seen.len()], "writes are seen in their order");
        assert!(seen.len() >= least, "a finished write is seen");
        assert_eq!(sequences(&mut iter), seen, "an iterator sees the same at any time");
        writer.join().expect("the thread has not panicked");
        assert_eq!(sequences(&mut iter), seen, "an iterator sees the same at any time");
        assert_eq!(sequences(&mut list.scan(&all_versions()).unwrap()), [1, 2]);
    });
}

#[test]
fn a_scan_sees_the_first_writes() {
    scans_see_the_first_writes(u64::MAX);
}

#[test]
fn a_scan_sees_the_first_writes_to_two_memtables() {
    scans_see_the_first_writes(1);
}

/// A version that one lookup has found is found by every later lookup with a maximum sequence number that allows it.
/// Finished writes are found.
fn lookups_find_it_again(memtable_size: u64) {
    check(memtable_size, |list| {
        let ended = Arc::new(AtomicUsize::new(0));
        let writer = write_both(&list, &ended, [(b"key", 2), (b"key", 1)]);
        let least = ended.load(Ordering::Acquire);
        let first = found(&list.get(b"key", u64::MAX).unwrap());
        assert!(first.is_some() || least == 0, "a finished write is found");
        assert!(first == Some(1) || least < 2, "the last write is found if it has finished");
        if let Some(first) = first {
            // Here 1 is newer than 2, because it is written later.
            for max_sequence in [first, u64::MAX] {
                let again = found(&list.get(b"key", max_sequence).unwrap());
                assert!(again.is_some(), "a version that was found is found again");
                assert!(again <= Some(first), "nothing older is found later");
            }
        }
        writer.join().expect("the thread has not panicked");
        assert_eq!(found(&list.get(b"key", u64::MAX).unwrap()), Some(1));
    });
}

#[test]
fn a_lookup_finds_what_an_earlier_one_found() {
    lookups_find_it_again(u64::MAX);
}

#[test]
fn a_lookup_finds_what_an_earlier_one_found_in_two_memtables() {
    lookups_find_it_again(1);
}

#[test]
fn a_scan_after_a_lookup_shows_what_the_lookup_found() {
    check(u64::MAX, |list| {
        let writer = thread::spawn({
            let list = list.clone();
            move || put(&list, b"key", 1)
        });
        if found(&list.get(b"key", u64::MAX).unwrap()).is_some() {
            assert_eq!(sequences(&mut list.scan(&all_versions()).unwrap()), [1]);
        }
        writer.join().expect("the thread has not panicked");
    });
}

#[test]
fn an_immutable_memtable_takes_no_more_writes() {
    check(u64::MAX, |list| {
        let memtable = list.memtable(0).expect("there is one memtable");
        let writer = thread::spawn({
            let (list, memtable) = (list.clone(), memtable.clone());
            move || {
                let written = memtable.put(b"a", b"", 1);
                put(&list, b"b", 2);
                written
            }
        });
        memtable.set_immutable();
        let (entries, versions) = (memtable.entry_count(), sequences(&mut memtable.scan(&all_versions()).unwrap()));
        assert_eq!(versions.len() as u64, entries);
        let written = writer.join().expect("the thread has not panicked");
        assert_eq!(memtable.entry_count(), entries, "the memtable has changed");
        assert_eq!(sequences(&mut memtable.scan(&all_versions()).unwrap()), versions, "the memtable has changed");
        assert!(memtable.is_immutable());
        match written {
            Ok(()) => assert_eq!(sequences(&mut list.scan(&all_versions()).unwrap()), [1, 2]),
            Err(Error::Immutable) => assert_eq!(sequences(&mut list.scan(&all_versions()).unwrap()), [2]),
            Err(error) => panic!("{error}"),
        }
    });
}

#[test]
fn two_writers_take_turns() {
    check(u64::MAX, |list| {
        let writer = thread::spawn({
            let list = list.clone();
            move || put(&list, b"key", 1)
        });
        put(&list, b"key", 2);
        assert!(found(&list.get(b"key", 2).unwrap()).is_some(), "a thread finds what it has written");
        writer.join().expect("the thread has not panicked");
        let mut seen = sequences(&mut list.scan(&all_versions()).unwrap());
        let newest = found(&list.get(b"key", u64::MAX).unwrap());
        assert_eq!(newest, seen.first().copied());
        seen.sort_unstable();
        assert_eq!(seen, [1, 2], "no write is lost");
        assert_eq!(list.max_sequence(), 2);
    });
}

#[test]
fn two_writers_start_one_memtable_after_a_full_one() {
    check(30, |list| {
        put(&list, b"first with many bytes", 1);
        let writer = thread::spawn({
            let list = list.clone();
            move || put(&list, b"a", 2)
        });
        put(&list, b"b", 3);
        writer.join().expect("the thread has not panicked");
        assert_eq!(list.count(), 2);
        let mut seen = sequences(&mut list.scan(&all_versions()).unwrap());
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 3], "no write is lost");
    });
}

/// One thread puts into the database's memtable and publishes, another one asks. It finds just what is below the end
/// that it has seen, in lookups and in order, however often it asks.
#[test]
fn readers_of_a_log_memtable_see_what_is_below_their_end() {
    const WRITES: [&[u8]; 3] = [b"a", b"b", b"a"];
    /// The sequence number of the newest version below the end.
    fn expected(key: &[u8], end: u64) -> Option<u64> {
        (1..end).rfind(|sequence| WRITES[*sequence as usize - 1] == key)
    }
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.max_branches = 10_000;
    builder.check(|| {
        let (memtable, mut writer) = LogMemtable::new(1, 0).expect("enough memory");
        let writing = thread::spawn(move || {
            for key in WRITES {
                writer.put(key, b"").expect("enough memory");
                writer.memtable().publish(writer.next_sequence());
            }
        });
        let end = memtable.visible_end();
        let newest = |key: &[u8]| memtable.newest(key, hash(key), end).map(|entry| entry.sequence);
        for key in [&b"a"[..], b"b"] {
            assert_eq!(newest(key), expected(key, end), "below {end}");
        }
        let in_order: Vec<u64> = memtable.newest_of_each_key(end).unwrap().map(|entry| entry.sequence).collect();
        assert!(in_order.into_iter().eq([&b"a"[..], b"b"].into_iter().filter_map(|key| expected(key, end))));
        writing.join().expect("the thread has not panicked");
        assert_eq!(newest(b"a"), expected(b"a", end), "an end sees the same at any time");
        let entry = memtable.newest(b"a", hash(b"a"), memtable.visible_end());
        assert_eq!(entry.map(|entry| entry.sequence), Some(3));
    });
}
