//! The log as a feed: every acknowledged write once, in its order, batches whole, while it is written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::database::{self, Random, within};
use crate::support::disk::TwinDisk;
use kevo::db::{Batch, Database, DbOptions, SyncMode, WriteOptions};
use kevo::disk::Disk;
use kevo::feed::Feed;
use kevo::{Error, Op};
use rustix::io::Errno;
use tempfile::TempDir;

const WAL: &str = "/db/wal";
/// Whatever takes longer hangs.
const SECONDS: u64 = 120;

/// Keys and what they get; nothing is a delete.
type Operations = Vec<(Vec<u8>, Option<Vec<u8>>)>;
/// What was written: a batch of operations, the first with this sequence number.
type Written = (u64, Operations);
/// An entry: its number, key and value, and whether it ends a batch.
type Entry = (u64, Vec<u8>, Option<Vec<u8>>, bool);
/// The same, and from where a feed goes on.
type Given = (u64, Vec<u8>, Option<Vec<u8>>, bool, (PathBuf, u64));

fn open(disk: &TwinDisk, after: u64) -> Result<Feed, Error> {
    Feed::open_on(Arc::new(disk.clone()), Path::new(WAL), after)
}

fn open_at(disk: &TwinDisk, place: &(PathBuf, u64)) -> Result<Feed, Error> {
    Feed::open_at_on(Arc::new(disk.clone()), Path::new(WAL), &place.0, place.1)
}

fn next(feed: &mut Feed, timeout: Duration) -> Result<Option<Given>, Error> {
    Ok(feed.next(timeout)?.map(|fed| {
        let value = (fed.entry.op == Op::Put).then(|| fed.entry.value.to_vec());
        let place = (fed.path.to_owned(), fed.offset);
        (fed.entry.sequence, fed.entry.key.to_vec(), value, fed.last_of_batch, place)
    }))
}

fn all(feed: &mut Feed) -> Vec<Given> {
    let mut all = Vec::new();
    while let Some(given) = next(feed, Duration::ZERO).unwrap_or_else(|error| panic!("{error}")) {
        all.push(given);
    }
    all
}

/// What a feed gives of what was written after a number.
fn expected(written: &[Written], after: u64) -> Vec<Entry> {
    let entries = written.iter().flat_map(|(first, operations)| {
        let count = operations.len();
        operations
            .iter()
            .enumerate()
            .map(move |(index, (key, value))| (first + index as u64, key.clone(), value.clone(), index + 1 == count))
    });
    entries.filter(|(sequence, ..)| *sequence > after).collect()
}

fn without_place(given: &[Given]) -> Vec<Entry> {
    given.iter().map(|(sequence, key, value, last, _)| (*sequence, key.clone(), value.clone(), *last)).collect()
}

/// Some of them are kept back by a mapped log, or a buffer, for a moment.
fn wait_for(feed: &mut Feed, count: usize) -> Vec<Given> {
    let mut given = Vec::new();
    while given.len() < count {
        match next(feed, Duration::from_secs(20)).unwrap_or_else(|error| panic!("{error}")) {
            Some(entry) => given.push(entry),
            None => panic!("{} of {count} entries", given.len()),
        }
    }
    given.extend(all(feed));
    given
}

fn random_batch(random: &mut Random) -> Operations {
    let count = if random.one_in(2) { 1 } else { 1 + random.below(12) };
    let operation = |random: &mut Random| {
        let key = format!("key {}", random.below(50)).into_bytes();
        let len = if random.one_in(40) { 70_000 } else { random.below(60) };
        let value = (!random.one_in(4)).then(|| vec![random.below(256) as u8; len as usize]);
        (key, value)
    };
    (0..count).map(|_| operation(random)).collect()
}

fn write(database: &Database, operations: &[(Vec<u8>, Option<Vec<u8>>)]) -> u64 {
    let mut batch = Batch::new();
    for (key, value) in operations {
        match value {
            Some(value) => batch.put(key, value).unwrap(),
            None => batch.delete(key).unwrap(),
        }
    }
    let last = database.write(&batch, WriteOptions::default()).unwrap();
    last + 1 - operations.len() as u64
}

/// A history with rotations, flushes and reopenings, followed by one feed, and looked at by others from any place.
fn check(seed: u64) {
    let mut random = Random::new(seed);
    let syncs = [SyncMode::None, SyncMode::Always, SyncMode::Buffered];
    let options = DbOptions { log_retention: 1 << 30, ..database::random_options(&mut random, &syncs) };
    let mut disk = database::new_disk();
    let mut open_database = database::open(&disk, &options).unwrap();
    let mut follower = open(&disk, 0).unwrap();
    let (mut written, mut followed): (Vec<Written>, Vec<Given>) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        match random.below(12) {
            0 => open_database.flush().unwrap(),
            1 => open_database.compact(b"", None).unwrap(),
            2 => {
                open_database.close().unwrap();
                let log_mapped = random.one_in(2);
                open_database = database::open(&disk, &DbOptions { log_mapped, ..options.clone() }).unwrap();
            }
            3 => {
                let count: usize = written.iter().map(|(_, operations)| operations.len()).sum();
                followed.extend(wait_for(&mut follower, count - followed.len()));
            }
            // The process is killed: all that it has written is there.
            4 if options.sync != SyncMode::Buffered => {
                disk = disk.crash(|| true);
                open_database = database::open(&disk, &options).unwrap();
                // Batches came whole, so it goes on after the last one.
                follower = followed.last().map_or_else(|| open(&disk, 0), |last| open_at(&disk, &last.4)).unwrap();
            }
            _ => {
                let operations = random_batch(&mut random);
                written.push((write(&open_database, &operations), operations));
            }
        }
    }
    let wanted = expected(&written, 0);
    followed.extend(wait_for(&mut follower, wanted.len() - followed.len()));
    assert_eq!(without_place(&followed), wanted, "seed {seed}");
    open_database.close().unwrap();
    assert!(all(&mut follower).is_empty());

    for _ in 0..5 {
        let at = random.below(followed.len() as u64) as usize;
        let after = followed[at].0;
        assert_eq!(without_place(&all(&mut open(&disk, after).unwrap())), expected(&written, after), "seed {seed}");
        // In the middle of a batch the whole batch comes again.
        let ends = followed[..=at].iter().rev().find(|given| given.3).map_or(0, |given| given.0);
        let again = all(&mut open_at(&disk, &followed[at].4).unwrap());
        assert_eq!(without_place(&again), expected(&written, ends), "seed {seed}");
        let places: Vec<_> = again.iter().map(|given| &given.4).collect();
        let before: Vec<_> = followed[followed.len() - again.len()..].iter().map(|given| &given.4.1).collect();
        assert_eq!(places.iter().map(|place| &place.1).collect::<Vec<_>>(), before);
    }
}

fn check_seed(seed: u64) {
    within(SECONDS, move || check(seed)).unwrap_or_else(|what| panic!("{what}\nseed {seed}"));
}

#[test]
fn every_write_comes_once_in_its_order_and_batches_are_whole() {
    (1..40).for_each(check_seed);
}

#[test]
#[ignore = "for .ci/engine"]
fn every_write_comes_once_for_longer() {
    database::for_any_time(check_seed);
}

/// A power cut can bring back a log that was taken in, and room that was allocated for more behind its end.
#[test]
fn a_log_with_room_behind_its_end_stays_in_the_feed() {
    let disk = database::new_disk();
    let options = DbOptions { log_retention: 1 << 30, ..database::small(SyncMode::Always) };
    let open_database = database::open(&disk, &options).unwrap();
    let operations = vec![(b"key".to_vec(), Some(b"value".to_vec()))];
    let written = vec![(write(&open_database, &operations), operations)];
    let [name] = &disk.names(Path::new(WAL)).unwrap()[..] else { panic!("several logs") };
    let bytes = disk.bytes(Path::new(WAL).join(name)).unwrap();
    open_database.flush().unwrap();
    let left = disk.crash(|| true);
    left.remove(&Path::new(WAL).join("kept").join(name)).unwrap();
    left.add_file(Path::new(WAL).join(name), &[&bytes[..], &[0; 10_000]].concat());
    let (opened, report) = Database::open_on(Arc::new(left.clone()), Path::new("/db"), &options, None);
    opened.unwrap().close().unwrap();
    assert!(report.damage.is_empty(), "{report:?}");
    assert_eq!(without_place(&all(&mut open(&left, 0).unwrap())), expected(&written, 0));
}

/// One thread writes as fast as it can, on a real disk; another one follows.
#[test]
fn a_feed_follows_a_writer() {
    for log_mapped in [false, true] {
        let directory = TempDir::new().unwrap();
        let options =
            DbOptions { log_size: 100_000, log_mapped, log_retention: 1 << 30, ..database::small(SyncMode::None) };
        let options = DbOptions { memtable_size: Some(100_000), ..options };
        let (opened, _) = Database::open(directory.path(), &options, None);
        let (writer, is_over) = (opened.unwrap(), AtomicBool::new(false));
        let mut feed = Feed::open(&directory.path().join("wal"), 0).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..4_000_u64 {
                    let mut batch = Batch::new();
                    for part in 0..=(number % 3) {
                        batch.put(format!("{number}-{part}").as_bytes(), &[number as u8; 30]).unwrap();
                    }
                    writer.write(&batch, WriteOptions::default()).unwrap();
                }
                is_over.store(true, Ordering::SeqCst);
            });
            let (mut expected_next, mut number, mut part) = (1, 0_u64, 0_u64);
            while number < 4_000 {
                let (sequence, key, _, last, _) = next(&mut feed, Duration::from_secs(60)).unwrap().expect("more");
                assert_eq!((sequence, key), (expected_next, format!("{number}-{part}").into_bytes()));
                assert_eq!(last, part == number % 3);
                (number, part) = if last { (number + 1, 0) } else { (number, part + 1) };
                expected_next += 1;
            }
        });
        assert!(is_over.load(Ordering::SeqCst));
        assert!(next(&mut feed, Duration::ZERO).unwrap().is_none());
    }
}

#[test]
fn a_log_that_is_gone_is_an_error_that_says_so() {
    let disk = database::new_disk();
    let options = DbOptions { log_retention: 0, ..database::small(SyncMode::None) };
    let database = database::open(&disk, &options).unwrap();
    let mut behind = open(&disk, 0).unwrap();
    let first = write(&database, &[(b"a".to_vec(), None)]);
    let place = all(&mut open(&disk, 0).unwrap()).pop().unwrap().4;
    database.flush().unwrap();
    write(&database, &[(b"b".to_vec(), None)]);
    database.flush().unwrap();
    let last = write(&database, &[(b"c".to_vec(), None)]);
    // It has the first log open, and meets the gap after it.
    assert_eq!(next(&mut behind, Duration::ZERO).unwrap().unwrap().0, first);
    for failed in [open(&disk, 0).err(), open(&disk, first).err(), next(&mut behind, Duration::ZERO).err()] {
        let failed = failed.expect("an error").to_string();
        assert!(failed.contains("gone") && failed.contains(&format!("begins with number {last}:")), "{failed}");
    }
    assert!(open_at(&disk, &place).unwrap_err().to_string().contains("gone"));
    let given = all(&mut open(&disk, last - 1).unwrap());
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].0, last);
    let too_far = (given[0].4.0.clone(), given[0].4.1 + 1000);
    assert!(matches!(open_at(&disk, &too_far), Err(Error::InvalidArgument(_))));
    assert!(matches!(Feed::open(Path::new("/missing/wal"), 0), Err(Error::Io { .. })));
}

/// What failed is gone after the resume, and so is its log, for who comes later. Who has followed goes on.
#[test]
fn what_failed_is_not_given_after_the_resume() {
    for number in 1..4 {
        let disk = database::new_disk();
        let options = DbOptions { log_retention: 1 << 20, ..database::small(SyncMode::Always) };
        let database = database::open(&disk, &options).unwrap();
        let mut follower = open(&disk, 0).unwrap();
        let first = write(&database, &[(b"a".to_vec(), None)]);
        assert_eq!(all(&mut follower).len(), 1);
        disk.fail_once(number, Errno::IO);
        let failed = database.put(b"failed", b"", WriteOptions::default());
        disk.heal();
        database.resume().unwrap();
        write(&database, &[(b"b".to_vec(), None)]);
        let keys = |given: Vec<Given>| given.into_iter().map(|given| given.1).collect::<Vec<_>>();
        if failed.is_err() {
            assert!(open(&disk, 0).unwrap_err().to_string().contains("gone"));
            assert_eq!(keys(all(&mut open(&disk, first).unwrap())), [b"b"], "{number}");
        }
        assert_eq!(keys(all(&mut follower)).last().unwrap(), b"b", "{number}");
    }
}

/// Places that are none are refused, and nothing of what a value has is taken for an entry.
#[test]
fn only_where_an_entry_ends_a_feed_goes_on() {
    let disk = database::new_disk();
    let database = database::open(&disk, &database::small(SyncMode::None)).unwrap();
    write(&database, &[(b"a".to_vec(), Some(vec![7; 60])), (b"b".to_vec(), None)]);
    write(&database, &[(b"c".to_vec(), None)]);
    let given = all(&mut open(&disk, 0).unwrap());
    let (path, end) = given[2].4.clone();
    let mut right = 0;
    for offset in 0..=end + 5 {
        match open_at(&disk, &(path.clone(), offset)) {
            Ok(mut feed) => {
                right += 1;
                assert!(matches!(all(&mut feed).len(), 0 | 1 | 3), "{offset}");
            }
            Err(Error::InvalidArgument(_)) => assert!(given.iter().all(|given| given.4.1 != offset), "{offset}"),
            Err(error) => panic!("{offset}: {error}"),
        }
    }
    assert!((3..8).contains(&right), "{right}");
}

/// The clock was set back: a new log comes after those that are kept all the same.
#[test]
fn a_new_log_comes_after_those_that_are_kept() {
    let disk = database::new_disk();
    let options = DbOptions { log_retention: 1 << 20, ..database::small(SyncMode::None) };
    let database = database::open(&disk, &options).unwrap();
    write(&database, &[(b"a".to_vec(), None)]);
    database.flush().unwrap();
    database.close().unwrap();
    drop(database);
    disk.add_file("/db/wal/kept/08000000000000000000.wal", b"");
    let database = database::open(&disk, &options).unwrap();
    let mut follower = open(&disk, 0).unwrap();
    write(&database, &[(b"b".to_vec(), None)]);
    let keys: Vec<_> = all(&mut follower).into_iter().map(|given| given.1).collect();
    assert_eq!(keys, [b"a", b"b"]);
}

/// A name that leads nowhere is an error, not a search without an end.
#[test]
fn a_log_that_cannot_be_opened_is_an_error() {
    let directory = TempDir::new().unwrap();
    std::os::unix::fs::symlink("nowhere", directory.path().join("00000000000000000001.wal")).unwrap();
    assert!(matches!(Feed::open(directory.path(), 0), Err(Error::Io { .. })));
}

#[test]
fn a_feed_that_waits_is_woken() {
    let disk = database::new_disk();
    let _database = database::open(&disk, &database::small(SyncMode::None)).unwrap();
    let mut feed = open(&disk, 0).unwrap();
    let waker = Arc::clone(feed.waker());
    let waiting = thread::spawn(move || {
        let cancelled = next(&mut feed, Duration::from_secs(100));
        (matches!(cancelled, Err(Error::Cancelled)), feed)
    });
    thread::sleep(Duration::from_millis(30));
    waker.wake();
    let (was_cancelled, mut feed) = waiting.join().unwrap();
    assert!(was_cancelled);
    assert!(next(&mut feed, Duration::from_millis(2)).unwrap().is_none());
    // The next one that would wait is cancelled.
    waker.wake();
    assert!(next(&mut feed, Duration::ZERO).unwrap().is_none());
    assert!(matches!(next(&mut feed, Duration::from_secs(100)), Err(Error::Cancelled)));
}

/// Of the logs of Kevo it gives what a recovery gives, in the order of the log; damage is an error after what is before
/// it.
#[test]
fn logs_of_kevo_come_as_a_recovery_reads_them() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let in_all = |directory: &str, wal: &'static str| {
        let entries = fs::read_dir(tests.join(directory)).unwrap();
        entries.map(move |entry| entry.unwrap().path().join(wal))
    };
    let (mut sound, mut damaged) = (0, 0);
    for wal in in_all("fixtures", "wal").chain(in_all("databases", "db/wal")) {
        if !wal.is_dir() {
            continue;
        }
        let (recovered, report) = kevo::recover(&wal, &kevo::Options::default(), None);
        let mut feed = Feed::open(&wal, 0).unwrap_or_else(|error| panic!("{}: {error}", wal.display()));
        let mut count = 0;
        let ended = loop {
            match feed.next(Duration::ZERO) {
                Ok(Some(_)) => count += 1,
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        match (recovered, ended) {
            (Ok(_), None) => {
                sound += 1;
                assert_eq!(count, report.entries_applied, "{}", wal.display());
            }
            (Err(_), Some(Error::Corrupt { .. })) => damaged += 1,
            (Ok(_), Some(error)) => panic!("{}: {error}", wal.display()),
            (Err(error), None) => panic!("{}: {error} is not met", wal.display()),
            (Err(expected), Some(error)) => panic!("{}: {error} instead of {expected}", wal.display()),
        }
    }
    assert!(sound > 60 && damaged > 3, "{sound} {damaged}");
}

/// The log of a few writes, in a disk that has nothing else, and what a feed gives of it.
fn small_log(batches: &[Operations]) -> (PathBuf, Vec<u8>, Vec<Entry>) {
    let disk = database::new_disk();
    let database =
        database::open(&disk, &DbOptions { log_size: 1 << 20, ..database::small(SyncMode::Always) }).unwrap();
    for batch in batches {
        write(&database, batch);
    }
    let given = without_place(&all(&mut open(&disk, 0).unwrap()));
    let [name] = &disk.names(WAL).unwrap()[..] else { panic!("several logs") };
    let path = Path::new(WAL).join(name);
    let bytes = disk.bytes(&path).unwrap();
    (path, bytes, given)
}

/// A feed of a log with these bytes gives a beginning of what was written, and then an error or no more; batches whole.
fn check_bytes(path: &Path, bytes: &[u8], written: &[Entry], what: &dyn std::fmt::Debug) {
    let disk = TwinDisk::new();
    disk.add_directory("/db");
    disk.add_directory(WAL);
    disk.add_file(path, bytes);
    let Ok(mut feed) = open(&disk, 0) else { return };
    let mut given = Vec::new();
    while let Ok(Some((sequence, key, value, last, _))) = next(&mut feed, Duration::ZERO) {
        given.push((sequence, key, value, last));
        assert!(given.len() <= written.len() && *given == written[..given.len()], "{what:?}: {:?}", given.last());
    }
}

#[test]
fn no_flipped_bit_and_no_cut_gives_what_was_not_written() {
    let mut random = Random::new(11);
    let batches: Vec<_> = (0..12).map(|_| random_batch(&mut random)).filter(|batch| batch.len() < 5).collect();
    let batches: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            batch.into_iter().filter(|(_, value)| value.as_ref().is_none_or(|value| value.len() < 100)).collect()
        })
        .filter(|batch: &Vec<_>| !batch.is_empty())
        .collect();
    let (path, bytes, written) = small_log(&batches);
    assert!(written.len() > 8, "{}", written.len());
    for at in 0..bytes.len() {
        check_bytes(&path, &bytes[..at], &written, &("cut", at));
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            check_bytes(&path, &flipped, &written, &("flipped", at, bit));
        }
    }
}

#[test]
fn a_log_of_any_bytes_is_an_error_or_nothing() {
    let mut random = Random::new(12);
    let name = Path::new(WAL).join("00000000000000000001.wal");
    for _ in 0..500 {
        let len = random.below(300);
        let bytes: Vec<u8> = (0..len).map(|_| if random.one_in(2) { 0 } else { random.next() as u8 }).collect();
        check_bytes(&name, &bytes, &[], &bytes);
    }
}
