//! A database on a disk that fails: at each call of short histories, once or from then on. Errors name a file, reads go
//! on, nothing that was acknowledged is lost, and resume or a new opening brings writes back.

use crate::support::database::{self, PATH, Random, within};
use crate::support::database_history::{Act, Told, acts, make, named_file};
use crate::support::disk::{TwinDisk, coins};
use kevo::Error;
use kevo::db::{CompactionStyle, Database, DbOptions, SyncMode, WriteOptions};
use kevo::disk::Disk;
use rustix::io::Errno;
use std::path::Path;

/// Whatever takes longer hangs.
const SECONDS: u64 = 120;

#[derive(Clone, Copy, Debug)]
struct Fault {
    call: usize,
    errno: Errno,
    /// All later calls fail, too, until somebody repairs the disk.
    stays: bool,
    /// Writes are made possible again by a new opening, and not by a resume.
    reopens: bool,
}

impl Fault {
    fn begin(self, disk: &TwinDisk) {
        if self.stays {
            disk.fail_from(self.call, self.errno);
        } else {
            disk.fail_once(self.call, self.errno);
        }
    }

    /// Panics if an error does not say what has failed.
    fn check(self, error: &Error) {
        let named = named_file(error);
        let is_named = named.is_some_and(|(_, errno)| errno == Some(self.errno.raw_os_error()));
        // A compaction is given up when the database is closed.
        assert!(is_named || matches!(error, Error::Cancelled), "{error} {error:?}");
    }
}

/// A history with a fault in it.
struct Run {
    disk: TwinDisk,
    options: DbOptions,
    fault: Fault,
    database: Option<Database>,
    told: Told,
}

impl Run {
    fn make(&mut self, acts: &[Act]) {
        self.fault.begin(&self.disk);
        match database::open(&self.disk, &self.options) {
            Ok(database) => self.database = Some(database),
            Err(error) => self.recover(&error),
        }
        for act in acts {
            let made = make(act, &self.disk, &self.options, &mut self.database, &mut self.told);
            if let Err(error) = made {
                self.recover(&error);
            }
        }
        self.disk.heal();
        if self.fault.reopens {
            self.reopen();
        }
        if let Some(Err(error)) = self.database.take().map(|database| database.close()) {
            // A failure that nobody has seen: nothing was written since.
            self.fault.check(&error);
        }
        self.check_without_versions();
        self.reopen();
        self.check_durable();
    }

    /// What a change that failed has left is not taken for one that was made.
    fn check_without_versions(&self) {
        let left = self.disk.crash(|| true);
        left.remove(&Path::new(PATH).join("VERSIONS")).unwrap();
        let opened = database::open(&left, &self.options).unwrap_or_else(|error| panic!("VERSIONS lost: {error}"));
        let found = database::contents(&opened).unwrap_or_else(|error| panic!("{error}"));
        let (found, now) = (database::shown_map(&found), database::shown_map(self.told.now()));
        assert!(found == now, "without VERSIONS there is {found} and not {now}");
    }

    /// Something has failed.
    fn recover(&mut self, error: &Error) {
        self.fault.check(error);
        self.check_reads();
        if let Some(database) = &self.database
            && !self.fault.reopens
        {
            let is_durable =
                self.options.sync == SyncMode::Always || database.status().is_err_and(|error| is_poisoned(&error));
            if let Err(error) = database.resume() {
                self.fault.check(&error);
            }
            self.disk.heal();
            self.database.as_ref().expect("it is open").resume().unwrap_or_else(|error| panic!("resume: {error}"));
            // What failed is gone.
            self.told.goes_on_from(self.told.acknowledged);
            if is_durable {
                self.check_durable();
            }
        } else {
            self.disk.heal();
            self.reopen();
        }
        let database = self.database.as_ref().expect("it is open");
        database.status().unwrap_or_else(|error| panic!("it still fails: {error}"));
        let found = database::contents(database).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(self.told.find(&found, self.told.acknowledged), self.told.acknowledged);
        self.disk.heal();
    }

    /// Reads find all that was acknowledged, or say what failed.
    fn check_reads(&self) {
        let Some(database) = &self.database else { return };
        match database::contents(database) {
            Ok(found) => drop(self.told.find(&found, self.told.acknowledged)),
            Err(error) => self.fault.check(&error),
        }
        if !self.fault.stays {
            let found = database::contents(database).unwrap_or_else(|error| panic!("reads do not go on: {error}"));
            self.told.find(&found, self.told.acknowledged);
        }
    }

    fn reopen(&mut self) {
        if let Some(Err(error)) = self.database.take().map(|database| database.close()) {
            self.fault.check(&error);
        }
        let (opened, report) = database::open_reporting(&self.disk, &self.options);
        let opened = opened.unwrap_or_else(|error| panic!("it does not open: {error} {report:?}"));
        let found = database::contents(&opened).unwrap_or_else(|error| panic!("{error}"));
        self.told.goes_on_from(self.told.find(&found, self.told.acknowledged));
        self.database = Some(opened);
    }

    /// What was acknowledged and made durable again survives a cut, although the disk has lost what it could not sync.
    fn check_durable(&self) {
        for left in [self.disk.crash(|| false), self.disk.crash(coins(self.fault.call as u64))] {
            let (opened, report) = database::open_reporting(&left, &self.options);
            let opened = opened.unwrap_or_else(|error| panic!("after a cut: {error} {report:?}"));
            let found = database::contents(&opened).unwrap_or_else(|error| panic!("{error}"));
            let (found, now) = (database::shown_map(&found), database::shown_map(self.told.now()));
            assert!(found == now, "after a cut there is {found} and not {now}");
        }
    }
}

fn is_poisoned(error: &Error) -> bool {
    matches!(error, Error::Failed(_))
}

fn check_fault(acts: &[Act], options: &DbOptions, fault: Fault) {
    let (acts, options) = (acts.to_vec(), options.clone());
    let shown = format!("{}, {fault:?}: {acts:?}", database::shown_options(&options));
    let checked = within(SECONDS, move || {
        Run { disk: database::new_disk(), options, fault, database: None, told: Told::default() }.make(&acts);
    });
    checked.unwrap_or_else(|what| panic!("{what}\n{shown}"));
}

/// Fails each call in turn.
fn check_each_call(seed: u64, options: &DbOptions, stays: bool) {
    let acts = acts(seed, 6);
    let calls = {
        let (disk, mut told) = (database::new_disk(), Told::default());
        let mut database = Some(database::open(&disk, options).unwrap());
        for act in &acts {
            make(act, &disk, options, &mut database, &mut told).unwrap();
        }
        disk.take_calls().len()
    };
    assert!(calls > 100, "{calls}");
    for call in 1..=calls {
        let errno = if call % 2 == 0 { Errno::IO } else { Errno::NOSPC };
        let reopens = (call / 2) % 2 == 0;
        check_fault(&acts, options, Fault { call, errno, stays, reopens });
        check_fault(&acts, options, Fault { call, errno, stays, reopens: !reopens });
    }
}

fn check_seed(seed: u64, faults: u64) {
    let mut random = Random::new(seed);
    let syncs = [SyncMode::Always, SyncMode::None, SyncMode::Bytes(300)];
    let (options, count) = (database::random_options(&mut random, &syncs), 10 + random.below(60) as usize);
    let acts = acts(seed, count);
    for _ in 0..faults {
        let call = 1 + random.below(40 * count as u64) as usize;
        let errno = random.of(&[Errno::IO, Errno::NOSPC, Errno::MFILE, Errno::DQUOT]);
        let fault = Fault { call, errno, stays: random.one_in(2), reopens: random.one_in(2) };
        check_fault(&acts, &options, fault);
    }
}

#[test]
fn longer_histories_survive_faults() {
    (0..15).for_each(|seed| check_seed(seed, 8));
}

/// A caller sees a failure and resumes while a flush fails of the same cause: that failure is resumed after, too.
#[test]
fn a_resume_waits_for_a_flush_that_fails() {
    let options = DbOptions {
        memtable_size: Some(3_000),
        max_memtables: Some(2),
        compaction_threads: 1,
        table_size: 1,
        ..options(SyncMode::None, CompactionStyle::None)
    };
    let acts = acts(1_795_679_601, 56);
    for nth in 0..300 {
        check_fault(&acts, &options, Fault { call: 1060 + nth % 30, errno: Errno::MFILE, stays: true, reopens: false });
    }
}

#[test]
#[ignore = "for .ci/engine"]
fn any_number_of_histories_survive_faults() {
    database::for_any_time(|seed| check_seed(seed, 10));
}

fn options(sync: SyncMode, compaction: CompactionStyle) -> DbOptions {
    DbOptions { compaction, ..database::small(sync) }
}

#[test]
fn one_call_fails() {
    check_each_call(11, &options(SyncMode::Always, CompactionStyle::Tiered), false);
}

#[test]
fn one_call_fails_without_syncs() {
    check_each_call(12, &options(SyncMode::None, CompactionStyle::Leveled), false);
}

#[test]
fn one_call_fails_while_the_log_is_mapped() {
    check_each_call(15, &DbOptions { log_mapped: true, ..options(SyncMode::None, CompactionStyle::None) }, false);
}

#[test]
fn all_calls_fail_from_one_on() {
    check_each_call(13, &options(SyncMode::Always, CompactionStyle::Leveled), true);
}

#[test]
fn all_calls_fail_from_one_on_without_syncs() {
    check_each_call(14, &options(SyncMode::None, CompactionStyle::Tiered), true);
}

#[test]
fn short_and_interrupted_reads_and_writes_change_nothing() {
    for (seed, at_most) in (20..24).zip([1, 7, 100, 5000]) {
        let (disk, mut told) = (database::new_disk(), Told::default());
        disk.hesitate(at_most);
        let options = options(SyncMode::Always, CompactionStyle::Tiered);
        let mut database = Some(database::open(&disk, &options).unwrap());
        for act in acts(seed, 20) {
            make(&act, &disk, &options, &mut database, &mut told).unwrap_or_else(|error| panic!("{act:?}: {error}"));
        }
        assert!(&database::contents(&database.unwrap()).unwrap() == told.now());
    }
}

/// Tables of a flush whose edit failed must not count when VERSIONS is rebuilt: what they hold may be deleted since.
#[test]
fn what_a_failed_edit_would_have_added_does_not_come_back() {
    let options = options(SyncMode::Always, CompactionStyle::None);
    let put = |disk: &TwinDisk| {
        let database = database::open(disk, &options).unwrap();
        database.put(b"a", b"1", WriteOptions::default()).unwrap();
        disk.take_calls();
        database
    };
    let sound = database::new_disk();
    put(&sound).flush().unwrap();
    // The file still has the name under which it was made.
    let edit =
        sound.take_calls().iter().position(|call| call.name == "append" && call.path.starts_with("/db/VERSIONS.tmp"));
    let disk = database::new_disk();
    let database = put(&disk);
    disk.fail_once(edit.unwrap() + 1, Errno::IO);
    let (failed, _) = named_file(&database.flush().unwrap_err()).unwrap();
    assert!(failed.ends_with("VERSIONS"), "{failed:?}");
    disk.heal();
    database.resume().unwrap();
    database.delete(b"a", WriteOptions::default()).unwrap();
    database.put(b"b", b"2", WriteOptions::default()).unwrap();
    database.compact(b"", None).unwrap();
    database.close().unwrap();
    disk.remove(&Path::new(PATH).join("VERSIONS")).unwrap();
    let database = database::open(&disk, &options).unwrap();
    assert_eq!(database.get(b"a").unwrap(), None);
    assert_eq!(database.get(b"b").unwrap().unwrap(), b"2");
}

/// A database with tables, with logs, and with logs that were set aside; whatever fails, none of them is passed over.
#[test]
fn a_failure_during_an_opening_hides_nothing() {
    let options = DbOptions { memtable_size: Some(2_000), ..options(SyncMode::None, CompactionStyle::None) };
    let (disk, mut told) = (database::new_disk(), Told::default());
    let mut database = Some(database::open(&disk, &options).unwrap());
    let mut acts = acts(31, 12);
    acts.truncate(acts.len() - 2);
    for act in &acts {
        make(act, &disk, &options, &mut database, &mut told).unwrap();
    }
    database.as_ref().unwrap().put(b"set aside", b"1", WriteOptions::default()).unwrap();
    let killed = disk.crash(|| true);
    let mut expected = told.now().clone();
    expected.insert(b"set aside".to_vec(), b"1".to_vec());
    killed.add_directory("/db/wal/backup_20240229_010203");
    for name in killed.names("/db/wal").unwrap().iter().filter(|name| !name.starts_with("backup_")) {
        let (from, to) = (Path::new("/db/wal").join(name), Path::new("/db/wal/backup_20240229_010203").join(name));
        killed.rename(&from, &to).unwrap();
    }
    for call in 1.. {
        let disk = killed.crash(|| true);
        let fault = Fault { call, errno: Errno::IO, stays: false, reopens: true };
        fault.begin(&disk);
        let opened = database::open(&disk, &options);
        let is_over = disk.take_calls().len() < call;
        match opened {
            Err(error) => fault.check(&error),
            Ok(database) => match database::contents(&database) {
                Ok(found) => assert!(found == expected, "call {call}: {}", database::shown_map(&found)),
                Err(error) => fault.check(&error),
            },
        }
        disk.heal();
        let found = database::contents(&database::open(&disk, &options).unwrap()).unwrap();
        assert!(found == expected, "call {call}, opened again: {}", database::shown_map(&found));
        if is_over {
            assert!(call > 50, "{call}");
            return;
        }
    }
}

/// The first cause, until it is resumed.
#[test]
fn after_a_failure_writes_fail_and_reads_go_on() {
    let disk = database::new_disk();
    let options = options(SyncMode::Always, CompactionStyle::None);
    let database = database::open(&disk, &options).unwrap();
    database.put(b"a", b"1", WriteOptions::default()).unwrap();
    disk.fail_from(1, Errno::IO);
    let first = database.put(b"a", b"2", WriteOptions::default()).unwrap_err();
    assert!(matches!(&first, Error::Io { .. }), "{first}");
    for _ in 0..3 {
        let later = database.delete(b"a", WriteOptions::default()).unwrap_err();
        assert!(matches!(&later, Error::Failed(cause) if cause.to_string() == first.to_string()), "{later}");
        assert!(is_poisoned(&database.flush().unwrap_err()) && is_poisoned(&database.sync().unwrap_err()));
        assert_eq!(database.get(b"a").unwrap().unwrap(), b"1");
    }
    disk.heal();
    assert!(is_poisoned(&database.put(b"a", b"3", WriteOptions::default()).unwrap_err()));
    database.resume().unwrap();
    assert_eq!(database.get(b"a").unwrap().unwrap(), b"1");
    database.put(b"a", b"4", WriteOptions::default()).unwrap();
    database.resume().unwrap();
    assert_eq!(database.get(b"a").unwrap().unwrap(), b"4");
}
