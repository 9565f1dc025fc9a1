//! Power cuts: a database on a disk that loses any part of what was not synced, cut at every call of short histories,
//! of openings after that, and at random calls of longer histories.

use std::time::{Duration, Instant};

use crate::support::database::{self, Contents, Random, within};
use crate::support::database_history::{Act, Told, acts, make};
use crate::support::disk::{TwinDisk, coins};
use kevo::db::{CompactionStyle, Database, DbOptions, SyncMode, WriteOptions};
use rustix::io::Errno;

/// Whatever takes longer hangs.
const SECONDS: u64 = 120;

fn options(sync: SyncMode, compaction: CompactionStyle) -> DbOptions {
    DbOptions { compaction, ..database::small(sync) }
}

/// Makes a history on a disk that loses its power at call `call`, and gives what was told until then.
fn cut(acts: &[Act], options: &DbOptions, call: usize) -> (TwinDisk, Told) {
    let (disk, mut told) = (database::new_disk(), Told::default());
    // From this call on nothing happens any more.
    disk.fail_from(call, Errno::IO);
    let mut database = database::open(&disk, options).ok();
    if database.is_some() {
        let _ = acts.iter().try_for_each(|act| make(act, &disk, options, &mut database, &mut told));
    }
    drop(database);
    (disk, told)
}

/// How many calls a history takes, about: threads in the background make it more or less.
fn calls(acts: &[Act], options: &DbOptions) -> usize {
    let (disk, mut told) = (database::new_disk(), Told::default());
    let mut database = Some(database::open(&disk, options).unwrap());
    for act in acts {
        make(act, &disk, options, &mut database, &mut told).unwrap();
    }
    database.unwrap().close().unwrap();
    disk.take_calls().len()
}

/// Opens what a crash has left, which has to be the state number `first` or a later one. Gives the database, and which
/// state it is.
fn opened(left: &TwinDisk, options: &DbOptions, told: &Told, first: usize) -> (Database, usize) {
    let (opened, report) = database::open_reporting(left, options);
    let opened = opened.unwrap_or_else(|error| panic!("{error}; {report:?}"));
    let found = database::contents(&opened).unwrap_or_else(|error| panic!("{error}"));
    let state = told.find(&found, first);
    (opened, state)
}

/// Everything that has to be true of what a crash has left. `first` is the earliest state that may be there.
fn check(left: &TwinDisk, options: &DbOptions, told: &Told, first: usize, random: &mut Random) {
    check_nested(left, options, told, first, random);
    let (database, state) = opened(left, options, told, first);
    // What was opened is on disk.
    let again = left.crash(coins(random.next()));
    let (second, _) = opened(&again, options, &Told { states: vec![told.states[state].clone()], ..Told::default() }, 0);
    drop(second);
    // It goes on.
    let mut expected: Contents = told.states[state].clone();
    for number in 0..12_u8 {
        let (key, value) = ([b'z', number % 3], [number; 70]);
        database.put(&key, &value, WriteOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        expected.insert(key.to_vec(), value.to_vec());
    }
    database.compact(b"", None).unwrap_or_else(|error| panic!("{error}"));
    database.close().unwrap_or_else(|error| panic!("{error}"));
    let told = Told { states: vec![expected], ..Told::default() };
    opened(&left.crash(|| false), options, &told, 0).0.close().unwrap_or_else(|error| panic!("{error}"));
}

/// The power goes off again while it is opened.
fn check_nested(left: &TwinDisk, options: &DbOptions, told: &Told, first: usize, random: &mut Random) {
    let disk = left.crash(|| true);
    disk.fail_from(1 + random.below(70) as usize, Errno::IO);
    drop(database::open(&disk, options));
    let left = disk.crash(coins(random.next()));
    drop(opened(&left, options, told, first));
}

/// Cuts a history at a call, and looks at several of the disks that this may leave.
fn check_cut(acts: &[Act], options: &DbOptions, call: usize, seed: u64, crashes: u64) {
    let (acts, options) = (acts.to_vec(), options.clone());
    let shown = format!("{}, cut at call {call}: {acts:?}", database::shown_options(&options));
    let checked = within(SECONDS, move || {
        let mut random = Random::new(seed);
        let (disk, told) = cut(&acts, &options, call);
        // A process that is killed loses nothing that the system has.
        let killed = if options.sync == SyncMode::Buffered { told.synced } else { told.acknowledged };
        check(&disk.crash(|| true), &options, &told, killed, &mut random);
        check(&disk.crash(|| false), &options, &told, told.synced, &mut random);
        for _ in 0..crashes {
            check(&disk.crash(coins(random.next())), &options, &told, told.synced, &mut random);
        }
    });
    checked.unwrap_or_else(|what| panic!("{what}\n{shown}"));
}

fn check_each_call(seed: u64, options: &DbOptions) {
    let acts = acts(seed, 6);
    for call in 1..=calls(&acts, options) {
        check_cut(&acts, options, call, seed + call as u64, 1);
    }
}

#[test]
fn what_was_acknowledged_survives_a_cut_at_any_call() {
    check_each_call(1, &options(SyncMode::Always, CompactionStyle::Tiered));
}

#[test]
fn what_was_synced_survives_a_cut_at_any_call() {
    check_each_call(2, &options(SyncMode::None, CompactionStyle::Leveled));
}

#[test]
fn what_was_acknowledged_in_a_mapped_log_survives_a_cut_at_any_call() {
    check_each_call(3, &DbOptions { log_mapped: true, ..options(SyncMode::Always, CompactionStyle::None) });
}

fn check_seed(seed: u64, cuts: u64) {
    let mut random = Random::new(seed);
    let syncs = [SyncMode::Always, SyncMode::None, SyncMode::Bytes(300), SyncMode::Buffered];
    let (options, count) = (database::random_options(&mut random, &syncs), 10 + random.below(80) as usize);
    let acts = acts(seed, count);
    let calls = calls(&acts, &options) as u64;
    for _ in 0..cuts {
        check_cut(&acts, &options, 1 + random.below(calls) as usize, random.next(), 2);
    }
}

#[test]
fn longer_histories_survive_cuts() {
    (0..12).for_each(|seed| check_seed(seed, 4));
}

#[test]
#[ignore = "for .ci/engine"]
fn any_number_of_histories_survive_cuts() {
    database::for_any_time(|seed| check_seed(seed, 10));
}

#[test]
fn a_buffered_write_survives_a_kill_soon() {
    let disk = database::new_disk();
    let options = options(SyncMode::Buffered, CompactionStyle::Tiered);
    let database = database::open(&disk, &options).unwrap();
    database.put(b"a", b"1", WriteOptions::default()).unwrap();
    let began = Instant::now();
    loop {
        let left = disk.crash(|| true);
        let found = database::open(&left, &options).unwrap().get(b"a").unwrap();
        if found.is_some() {
            break;
        }
        // 10 ms, and what the machine is late.
        assert!(began.elapsed() < Duration::from_secs(10));
    }
    drop(database);
}
