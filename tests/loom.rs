//! Tries every order in which the steps of threads can follow each other, and all that the memory orderings leave open.
//! Run by `.ci/loom`.
#![cfg(loom)]

use kevo::{Error, Iter, Lookup, MemtableList, Options, Scan, recover};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use std::path::Path;

/// Checks a model, which gets an empty list.
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
    list.put(key, b"", sequence).expect("there is memory");
}

fn found(lookup: &Lookup<'_>) -> Option<u64> {
    match lookup {
        Lookup::Found { sequence, .. } => Some(*sequence),
        Lookup::Deleted { .. } | Lookup::NeverSeen => None,
    }
}

/// A thread that makes one write after the other, and counts those that have ended.
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

/// One thread writes 1 and then 2, another scans. It sees none, the first or both; a second walk shows the same.
fn scans_see_a_beginning(memtable_size: u64) {
    check(memtable_size, |list| {
        let ended = Arc::new(AtomicUsize::new(0));
        let writer = write_both(&list, &ended, [(&[1], 1), (&[2], 2)]);
        let least = ended.load(Ordering::Acquire);
        let mut iter = list.scan(&all_versions()).unwrap();
        let seen = sequences(&mut iter);
        assert_eq!(seen, [1, 2][..seen.len()], "what is seen is a beginning");
        assert!(seen.len() >= least, "what has ended is seen");
        assert_eq!(sequences(&mut iter), seen, "an iterator sees the same at any time");
        writer.join().expect("it has not failed");
        assert_eq!(sequences(&mut iter), seen, "an iterator sees the same at any time");
        assert_eq!(sequences(&mut list.scan(&all_versions()).unwrap()), [1, 2]);
    });
}

#[test]
fn a_scan_sees_a_beginning_of_what_is_written() {
    scans_see_a_beginning(u64::MAX);
}

#[test]
fn a_scan_sees_a_beginning_of_what_is_written_to_two_tables() {
    scans_see_a_beginning(1);
}

/// What one lookup has found, every later lookup finds, under any bound that allows it. Writes that have ended are
/// found.
fn lookups_find_it_again(memtable_size: u64) {
    check(memtable_size, |list| {
        let ended = Arc::new(AtomicUsize::new(0));
        let writer = write_both(&list, &ended, [(b"key", 2), (b"key", 1)]);
        let least = ended.load(Ordering::Acquire);
        let first = found(&list.get(b"key", u64::MAX).unwrap());
        assert!(first.is_some() || least == 0, "what has ended is found");
        assert!(first == Some(1) || least < 2, "what was written last is found");
        if let Some(first) = first {
            // Here 1 is newer than 2, because it is written later.
            for bound in [first, u64::MAX] {
                let again = found(&list.get(b"key", bound).unwrap());
                assert!(again.is_some(), "what was found is found again");
                assert!(again <= Some(first), "nothing older is found later");
            }
        }
        writer.join().expect("it has not failed");
        assert_eq!(found(&list.get(b"key", u64::MAX).unwrap()), Some(1));
    });
}

#[test]
fn a_lookup_finds_what_one_before_it_found() {
    lookups_find_it_again(u64::MAX);
}

#[test]
fn a_lookup_finds_what_one_before_it_found_in_two_tables() {
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
        writer.join().expect("it has not failed");
    });
}

#[test]
fn a_table_made_immutable_takes_no_more_writes() {
    check(u64::MAX, |list| {
        let table = list.memtable(0).expect("there is one table");
        let writer = thread::spawn({
            let (list, table) = (list.clone(), table.clone());
            move || {
                let written = table.put(b"a", b"", 1);
                put(&list, b"b", 2);
                written
            }
        });
        table.set_immutable();
        let (entries, versions) = (table.entry_count(), sequences(&mut table.scan(&all_versions()).unwrap()));
        assert_eq!(versions.len() as u64, entries);
        let written = writer.join().expect("it has not failed");
        assert_eq!(table.entry_count(), entries, "it has changed");
        assert_eq!(sequences(&mut table.scan(&all_versions()).unwrap()), versions, "it has changed");
        assert!(table.is_immutable());
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
        writer.join().expect("it has not failed");
        let mut seen = sequences(&mut list.scan(&all_versions()).unwrap());
        let newest = found(&list.get(b"key", u64::MAX).unwrap());
        assert_eq!(newest, seen.first().copied());
        seen.sort_unstable();
        assert_eq!(seen, [1, 2], "no write is lost");
        assert_eq!(list.max_sequence(), 2);
    });
}

#[test]
fn two_writers_start_one_table_after_a_full_one() {
    check(30, |list| {
        put(&list, b"first with many bytes", 1);
        let writer = thread::spawn({
            let list = list.clone();
            move || put(&list, b"a", 2)
        });
        put(&list, b"b", 3);
        writer.join().expect("it has not failed");
        assert_eq!(list.count(), 2);
        let mut seen = sequences(&mut list.scan(&all_versions()).unwrap());
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 3], "no write is lost");
    });
}
