//! Many threads use one list: each sees what was written before, and nothing that it uses is freed too early.

use kevo::{Error, MemtableHandle, MemtableList, Options, Order, Report, recover};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

#[path = "threads/history.rs"]
mod history;
#[path = "threads/progress.rs"]
mod progress;
#[path = "threads/reader.rs"]
mod reader;
mod support;
#[path = "threads/walk.rs"]
mod walk;

use history::{History, LOGGED, Version, found};
use progress::Progress;
use reader::Reader;
use support::model::LogFile;
use support::wal_dir::WalDir;
use walk::{all_versions, walk};

const WRITES: usize = 800;
const MEMTABLE_SIZE: u64 = 3_000;
const READERS: usize = 3;

fn options(order: Order, memtable_size: u64) -> Options {
    Options { order, memtable_size, max_memtables: usize::MAX, ..Options::default() }
}

/// A list that is recovered from the log of the history.
fn recovered(history: &History, options: &Options) -> MemtableList {
    let directory = WalDir::with(&[LogFile { name: "0.wal".into(), bytes: history.log() }]);
    recover(directory.path(), options, None).0.expect("an intact log")
}

fn write(list: &MemtableList, write: &Version) {
    let written = match &write.value {
        Some(value) => list.put(&write.key, value, write.sequence),
        None => list.delete(&write.key, write.sequence),
    };
    written.expect("there is memory");
}

/// Writes as [`write`] does, but to one table; fails if the table is immutable.
fn write_to_table(table: &MemtableHandle, write: &Version) -> Result<(), Error> {
    match &write.value {
        Some(value) => table.put(&write.key, value, write.sequence),
        None => table.delete(&write.key, write.sequence),
    }
}

fn readers_beside_one_writer(order: Order) {
    let history = History::new(order, WRITES, MEMTABLE_SIZE);
    let list = recovered(&history, &options(order, MEMTABLE_SIZE));
    let progress = Progress::after(LOGGED);
    let newest = Mutex::default();
    thread::scope(|scope| {
        for number in 0..READERS {
            let mut reader = Reader::new(&list, &history, &progress, &newest);
            let progress = &progress;
            scope.spawn(move || progress.watch(|turn| reader.read(turn + number)));
        }
        progress.during(&history.writes()[LOGGED..], |next| write(&list, next));
    });
    assert_eq!(list.count(), history.table_count());
    assert!(list.count() > 5, "tables have turned immutable meanwhile");
    for number in 0..list.count() {
        let table = list.memtable(number).expect("it is one of so many");
        assert_eq!((table.entry_count(), table.approximate_size()), history.totals(WRITES, number));
    }
    assert_eq!(list.max_sequence(), history.max_sequence(WRITES));
}

#[test]
fn readers_see_what_was_written_in_the_order_of_the_log() {
    readers_beside_one_writer(Order::Log);
}

#[test]
fn readers_see_what_was_written_in_the_order_of_sequence_numbers() {
    readers_beside_one_writer(Order::Sequence);
}

/// Makes the last table immutable. Returns it with its entry count and size at that moment.
fn seal_last(list: &MemtableList) -> (MemtableHandle, u64, u64) {
    let table = list.memtable(list.count() - 1).expect("there is a table");
    table.set_immutable();
    assert!(matches!(table.put(b"late", b"", 0), Err(Error::Immutable)));
    let (entries, size) = (table.entry_count(), table.approximate_size());
    (table, entries, size)
}

#[test]
fn a_table_that_another_thread_makes_immutable_takes_no_more_writes() {
    let history = History::new(Order::Log, WRITES, u64::MAX);
    let list = recovered(&history, &options(Order::Log, u64::MAX));
    let progress = Progress::after(LOGGED);
    let newest = Mutex::default();
    let sealed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut reader = Reader::new(&list, &history, &progress, &newest);
                progress.watch(|turn| {
                    if turn.is_multiple_of(6) {
                        sealed.lock().expect("nobody panics with it").push(seal_last(&list));
                    }
                    reader.look_up(turn);
                    reader.make_iterators(turn);
                    reader.walk_again(turn);
                });
            });
        }
        let mut last = list.memtable(0);
        progress.during(&history.writes()[LOGGED..], |next| {
            // Rarely, so that the table is made immutable while the handle is held.
            if next.number().is_multiple_of(8) {
                last = list.memtable(list.count() - 1);
            }
            let last = last.as_ref().expect("there is a table");
            if next.number().is_multiple_of(2) || write_to_table(last, next).is_err() {
                write(&list, next);
            }
        });
    });
    for (table, entries, size) in sealed.into_inner().expect("nobody has panicked with it") {
        assert!(table.is_immutable());
        assert_eq!((table.entry_count(), table.approximate_size()), (entries, size));
        assert_eq!(walk(&mut table.scan(&all_versions()).unwrap(), 0).len() as u64, entries);
    }
    assert!(list.count() > 1, "tables have turned immutable meanwhile");
    let tables = (0..list.count()).map(|number| list.memtable(number).expect("it is one of so many"));
    assert_eq!(tables.map(|table| table.entry_count()).sum::<u64>(), WRITES as u64);
    assert!(walk(&mut list.scan(&all_versions()).unwrap(), 1).iter().eq(history.versions(WRITES, None)));
}

const WRITERS: usize = 3;
const WRITES_EACH: usize = 400;

/// How many writes of each writer are among these versions. They must be the first ones of that writer.
fn counts_in(versions: &[Version]) -> [usize; WRITERS] {
    let mut numbers = [const { Vec::new() }; WRITERS];
    for version in versions {
        numbers[version.writer()].push(version.number());
    }
    numbers.map(|mut numbers| {
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(0..numbers.len()), "a write is seen without one before it");
        numbers.len()
    })
}

fn each<T>(progress: &[Progress; WRITERS], of: impl Fn(&Progress) -> T) -> [T; WRITERS] {
    std::array::from_fn(|writer| of(&progress[writer]))
}

fn all_at_most(low: &[usize; WRITERS], high: &[usize; WRITERS]) -> bool {
    low.iter().zip(high).all(|(low, high)| low <= high)
}

/// What a scan saw: how many writes of each writer, and their versions.
type Seen = ([usize; WRITERS], Vec<Version>);

/// What a thread has found by lookups of one key after another, in order.
type Found = Vec<Version>;

fn write_beside_others(list: &MemtableList, writer: usize, progress: &Progress) -> Found {
    let mut seen = Vec::new();
    progress.during(0..WRITES_EACH, |number| {
        let next = Version::written(writer as u64, number);
        write(list, &next);
        let then = found(&next.key, &list.get(&next.key, u64::MAX).unwrap());
        seen.push(next);
        seen.extend(then);
    });
    seen
}

/// Returns all scans, each as the numbers of writes that it saw, and everything that lookups found.
fn read_beside_writers(list: &MemtableList, progress: &[Progress; WRITERS], reader: usize) -> (Vec<Seen>, Found) {
    let (mut scans, mut seen) = (Vec::new(), Vec::new());
    progress[reader % WRITERS].watch(|turn| {
        let ended = each(progress, Progress::ended);
        let mut iter = list.scan(&all_versions()).unwrap();
        let begun = each(progress, Progress::begun);
        let versions = walk(&mut iter, turn);
        let counts = counts_in(&versions);
        assert!(all_at_most(&ended, &counts) && all_at_most(&counts, &begun), "{ended:?} {counts:?} {begun:?}");
        for version in versions.iter().step_by(50) {
            seen.extend(found(&version.key, &list.get(&version.key, u64::MAX).unwrap()));
        }
        assert_eq!(walk(&mut iter, turn + 1), versions);
        scans.push((counts, versions));
    });
    (scans, seen)
}

#[test]
fn writers_take_turns_and_every_reader_sees_the_same_turns() {
    let directory = WalDir::new();
    let list = recover(directory.path(), &options(Order::Log, MEMTABLE_SIZE), None).0.expect("an empty log");
    let progress: [Progress; WRITERS] = Default::default();
    let (mut scans, mut lookups) = (Vec::new(), Vec::new());
    thread::scope(|scope| {
        let (list, progress) = (&list, &progress);
        let readers = [0, 1, 2].map(|reader| scope.spawn(move || read_beside_writers(list, progress, reader)));
        let writers = std::array::from_fn::<_, WRITERS, _>(|writer| {
            scope.spawn(move || write_beside_others(list, writer, &progress[writer]))
        });
        lookups.extend(writers.map(|writer| writer.join().expect("it has not failed")));
        for reader in readers {
            let (seen, found) = reader.join().expect("it has not failed");
            scans.extend(seen);
            lookups.push(found);
        }
    });
    let all = walk(&mut list.scan(&all_versions()).unwrap(), 0);
    assert_eq!(counts_in(&all), [WRITES_EACH; WRITERS]);
    check_scans(scans, &all);
    for found in &lookups {
        check_lookups(found, &all);
    }
}

/// All scans saw the same order of writes, and each saw a prefix of it.
fn check_scans(mut scans: Vec<Seen>, all: &[Version]) {
    scans.sort_by_key(|(counts, _)| counts.iter().sum::<usize>());
    for pair in scans.windows(2) {
        assert!(all_at_most(&pair[0].0, &pair[1].0), "{:?} and {:?} cannot both be", pair[0].0, pair[1].0);
    }
    for (counts, versions) in scans {
        let seen = all.iter().filter(|version| version.number() < counts[version.writer()]);
        assert!(seen.eq(&versions), "a scan saw versions in another order");
    }
}

/// The versions of a key that one thread found never became older.
fn check_lookups(found: &[Version], all: &[Version]) {
    let ages: BTreeMap<u64, usize> = all.iter().enumerate().map(|(age, version)| (version.sequence, age)).collect();
    let mut least = BTreeMap::new();
    for version in found {
        let age = ages[&version.sequence];
        assert!(least.insert(&version.key, age).is_none_or(|before| age <= before), "an older version was found later");
    }
}

#[test]
fn tables_and_iterators_outlive_the_list_in_other_threads() {
    let history = History::new(Order::Log, LOGGED + 300, 2_000);
    let last = history.writes().len();
    for round in 0..20 {
        let list = recovered(&history, &options(Order::Log, 2_000));
        history.writes()[LOGGED..].iter().for_each(|next| write(&list, next));
        let expected: Vec<Version> = history.versions(last, None).cloned().collect();
        thread::scope(|scope| {
            for turn in 0..4 {
                let expected = &expected;
                let history = &history;
                let mut iter = list.scan(&all_versions()).unwrap();
                let table = list.memtable((round + turn) % list.count()).expect("it is one of so many");
                let number = (round + turn) % list.count();
                scope.spawn(move || {
                    assert_eq!(walk(&mut iter, turn), *expected);
                    drop(iter);
                    let of_table = walk(&mut table.scan(&all_versions()).unwrap(), turn + 1);
                    assert!(of_table.iter().eq(history.versions(last, Some(number))));
                });
            }
            let clone = list.clone();
            scope.spawn(move || drop(clone));
            drop(list);
        });
    }
}

/// The outcome of a recovery, in a form that can be compared.
fn outcome(directory: &Path, options: &Options) -> (Result<Vec<Version>, String>, Report) {
    let (list, report) = recover(directory, options, None);
    let versions = list.map(|list| {
        let mut seen = Vec::new();
        let mut iter = list.scan(&all_versions()).unwrap();
        while iter.next().unwrap() {
            let entry = iter.entry().expect("it stands on an entry");
            let value = (entry.op == kevo::Op::Put).then(|| entry.value.to_vec());
            seen.push(Version { key: entry.key.to_vec(), sequence: entry.sequence, value });
        }
        seen
    });
    (versions.map_err(|error| error.to_string()), report)
}

#[test]
fn directories_are_recovered_by_several_threads_at_once() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let names = ["many-keys", "frag-1m", "multi-file", "dmg-flip-chain-middle", "many-keys", "dmg-torn-mid-last"];
    let directories = names.map(|name| fixtures.join(name).join("wal"));
    let options = Options { threads: 3, ..Options::default() };
    let alone = directories.each_ref().map(|directory| outcome(directory, &options));
    thread::scope(|scope| {
        // Two threads begin with the first directory and two with the second: some recover the same directory at the
        // same time, others different ones.
        for first in 0..4 {
            let (directories, options, alone) = (&directories, &options, &alone);
            scope.spawn(move || {
                for turn in 0..directories.len() {
                    let number = (turn + first / 2) % directories.len();
                    let (versions, report) = outcome(&directories[number], options);
                    assert!(versions == alone[number].0, "{} is not the same", names[number]);
                    assert_eq!(format!("{report:?}"), format!("{:?}", alone[number].1));
                }
            });
        }
    });
}
