//! Salvage: databases that were damaged in any way give all that is intact, in the right order, and nothing that was
//! never written; what they are salvaged from does not change, and the new database is there whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use crate::support::database::{self, Contents, PATH, Random, within};
use crate::support::database_case::{Case, cases, listing, shown};
use crate::support::disk::{TwinDisk, coins};
use kevo::db::{Batch, CompactionStyle, Database, DbOptions, SyncMode, WriteOptions};
use kevo::disk::{Directory, Disk, FileInfo, Locked, ReadFile, WriteFile};
use kevo::{Cause, DamageKind, Error, Options, Report, Scan};
use rustix::io::Errno;

/// Where the new database goes.
const INTO: &str = "/salvaged";
/// Whatever takes longer hangs.
const SECONDS: u64 = 300;
/// A block, a record or a batch of these tests is shorter, in bytes.
const REACH: usize = 700;

fn recovery() -> Options {
    Options { include_set_aside: true, threads: 1, ..Options::default() }
}

fn salvage(disk: &TwinDisk) -> (Result<(), Error>, Report) {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Database::salvage_on(&disk, Path::new(PATH), Path::new(INTO), &recovery(), None)
}

fn open_salvaged(disk: &TwinDisk) -> Result<Database, Error> {
    Database::open_on(Arc::new(disk.clone()), Path::new(INTO), &DbOptions::default(), None).0
}

// ---- Kevo's own ----

fn scanned(database: &Database) -> BTreeMap<String, String> {
    let mut entries = database.iterator(&Scan::default()).unwrap();
    let mut all = BTreeMap::new();
    while entries.next().unwrap() {
        let entry = entries.entry().unwrap();
        all.insert(shown(entry.key), shown(entry.value));
    }
    all
}

/// Salvages a copy, and gives what the new database holds, and whether something is in doubt.
fn salvaged(case: &Case) -> (BTreeMap<String, String>, bool) {
    let directory = case.copy();
    let (path, into) = (directory.path().join("db"), directory.path().join("new"));
    let before = listing(&path);
    let (made, report) = Database::salvage(&path, &into, &recovery(), None);
    made.unwrap_or_else(|error| panic!("{}: {error} {report:?}", case.name));
    assert!(listing(&path) == before, "{} has changed", case.name);
    let database = Database::open(&into, &DbOptions::default(), None).0;
    let database = database.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let all = scanned(&database);
    database.put(b"libkevo", b"was here", WriteOptions::default()).unwrap();
    database.close().unwrap();
    (all, report.damage.iter().any(|damage| damage.kind == DamageKind::Doubt))
}

#[test]
fn every_database_of_kevo_gives_the_truth() {
    for case in cases() {
        let (all, in_doubt) = salvaged(&case);
        for (key, value) in &case.truth {
            let is_known = !case.unknown.contains(key) && !case.maybe.contains(key) && !case.lost.contains(key);
            let must_be_right = case.is_derivable || !in_doubt;
            if is_known && must_be_right && case.name != "missing-table" {
                assert_eq!(all.get(key), value.as_ref(), "{}: key {key}", case.name);
            }
        }
        for (key, value) in &case.in_whole_blocks {
            assert_eq!(all.get(key), Some(value), "{}: key {key}", case.name);
        }
        for key in all.keys() {
            let lists = [&case.maybe, &case.unknown, &case.lost];
            let known = case.truth.contains_key(key) || lists.iter().any(|list| list.contains(key));
            assert!(known, "{}: {key} was never written", case.name);
        }
    }
}

// ---- ours, damaged by chance ----

/// What was written: every value of each key, the newest last; `None` is a delete.
type Written = BTreeMap<Vec<u8>, Vec<Option<Vec<u8>>>>;

/// A database, and what was written to it.
struct Made {
    disk: TwinDisk,
    written: Written,
}

fn key(random: &mut Random) -> Vec<u8> {
    format!("<key-{:03}>", random.below(60)).into_bytes()
}

/// A value that is written once, and can be found in a file.
fn value(key: &[u8], number: usize, random: &mut Random) -> Vec<u8> {
    let mut value = format!("[{}={number:05}]", String::from_utf8_lossy(key)).into_bytes();
    value.resize(value.len() + random.below(60) as usize, b'.');
    value
}

fn options(random: &mut Random) -> DbOptions {
    DbOptions {
        memtable_size: Some(random.of(&[1_500, 6_000, 100_000])),
        max_memtables: Some(2),
        log_size: random.of(&[1_000, 5_000, 1 << 20]),
        table_size: random.of(&[1_000, 3_000, 1 << 20]),
        block_size: random.of(&[150, 300]),
        compaction: random.of(&[CompactionStyle::Tiered, CompactionStyle::Leveled, CompactionStyle::None]),
        log_mapped: random.one_in(4),
        ..database::small(SyncMode::None)
    }
}

/// A history by chance. What it leaves was closed, or is what a process leaves that is killed.
fn made(random: &mut Random) -> Made {
    let options = options(random);
    let disk = database::new_disk();
    let mut database = database::open(&disk, &options).unwrap();
    let mut written = Written::new();
    for number in 0..60 + random.below(300) as usize {
        match random.below(40) {
            0 => database.flush().unwrap(),
            1 => database.compact(b"", None).unwrap(),
            2 => {
                database.close().unwrap();
                database = database::open(&disk, &options).unwrap();
            }
            3..=6 => {
                let mut batch = Batch::new();
                for part in 0..2 + random.below(2) as usize {
                    let key = key(random);
                    let value = value(&key, 1000 * (number + 1) + part, random);
                    batch.put(&key, &value).unwrap();
                    written.entry(key).or_default().push(Some(value));
                }
                database.write(&batch, WriteOptions::default()).unwrap();
            }
            7..=14 => {
                let key = key(random);
                database.delete(&key, WriteOptions::default()).unwrap();
                written.entry(key).or_default().push(None);
            }
            _ => {
                let key = key(random);
                let value = value(&key, number, random);
                database.put(&key, &value, WriteOptions::default()).unwrap();
                written.entry(key).or_default().push(Some(value));
            }
        }
    }
    let disk = if random.one_in(2) {
        database.close().unwrap();
        disk
    } else {
        let left = disk.crash(|| true);
        drop(database);
        left
    };
    Made { disk, written }
}

/// The files of a database but `LOCK`.
fn files(disk: &TwinDisk) -> Vec<PathBuf> {
    let directories = ["", "wal", "sst"].map(|name| Path::new(PATH).join(name));
    let paths = directories.iter().flat_map(|directory| {
        let names = disk.names(directory).unwrap_or_default();
        names.into_iter().map(move |name| directory.join(name))
    });
    paths.filter(|path| disk.bytes(path).is_some() && !path.ends_with("LOCK")).collect()
}

/// What became of a file: which of its bytes are not what they were.
#[derive(Clone, Debug)]
struct Harm {
    path: PathBuf,
    from: usize,
    to: usize,
}

/// Damages a file by chance.
fn harm(disk: &TwinDisk, random: &mut Random) -> Option<Harm> {
    let files = files(disk);
    if files.is_empty() {
        return None;
    }
    let path = files[random.below(files.len() as u64) as usize].clone();
    let mut bytes = disk.bytes(&path).unwrap();
    let length = bytes.len();
    disk.remove(&path).unwrap();
    if length == 0 || random.one_in(6) {
        return Some(Harm { path, from: 0, to: usize::MAX });
    }
    let from = random.below(length as u64) as usize;
    let to = match random.below(4) {
        0 => {
            bytes.truncate(from);
            usize::MAX
        }
        1 => {
            // A sector, as far as the file goes.
            let (from, to) = (from / 512 * 512, (from / 512 * 512 + 512).min(length));
            bytes[from..to].fill(0);
            disk.add_file(&path, &bytes);
            return Some(Harm { path, from, to });
        }
        2 => {
            let to = (from + 1 + random.below(200) as usize).min(length);
            bytes[from..to].iter_mut().for_each(|byte| *byte = random.next() as u8);
            to
        }
        _ => {
            bytes[from] ^= 1 << random.below(8);
            from + 1
        }
    };
    disk.add_file(&path, &bytes);
    Some(Harm { path, from, to })
}

/// Where `needle` stands in files of tables and logs, and whether all of what it stands in is certainly intact.
fn places(before: &BTreeMap<PathBuf, Vec<u8>>, harms: &[Harm], needle: &[u8]) -> Vec<bool> {
    let mut places = Vec::new();
    for (path, bytes) in before {
        for at in (0..bytes.len().saturating_sub(needle.len() - 1)).filter(|&at| bytes[at..].starts_with(needle)) {
            let is_near =
                |harm: &&Harm| harm.path == *path && harm.from < at + REACH && at < harm.to.saturating_add(REACH);
            places.push(!harms.iter().any(|harm| is_near(&harm)));
        }
    }
    places
}

fn contents_of_files(disk: &TwinDisk) -> BTreeMap<PathBuf, Vec<u8>> {
    files(disk).into_iter().map(|path| (path.clone(), disk.bytes(&path).unwrap())).collect()
}

fn check(found: &Contents, report: &Report, made: &Made, before: &BTreeMap<PathBuf, Vec<u8>>, harms: &[Harm]) {
    // What a table that was replaced holds may have been deleted by a tombstone that was dropped since.
    let may_come_back = report.damage.iter().any(|damage| damage.cause == Cause::ReplacedUsed);
    let data: BTreeMap<_, _> = before
        .iter()
        .filter(|(path, _)| path.parent() != Some(Path::new(PATH)))
        .map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for key in found.keys() {
        assert!(made.written.contains_key(key), "{} was never written", text(key));
    }
    for (key, values) in &made.written {
        let (found, newest) = (found.get(key), values.last().unwrap());
        if found == newest.as_ref() {
            continue;
        }
        let key_text = text(key);
        if let Some(found) = found {
            assert!(values.contains(&Some(found.clone())), "{key_text}: {} was never written", text(found));
        }
        if let Some(newest) = newest {
            let intact = places(&data, harms, newest).into_iter().any(|is_intact| is_intact);
            let found = found.map(|found| text(found));
            assert!(!intact, "{key_text}: {} is intact, and there is {found:?}", text(newest));
        } else {
            let all_intact = places(&data, harms, key).into_iter().all(|is_intact| is_intact);
            assert!(
                !all_intact || may_come_back,
                "{key_text}: deleted, and there is {:?}",
                found.map(|found| text(found))
            );
        }
    }
}

fn check_seed(seed: u64) {
    let checked = within(SECONDS, move || {
        let mut random = Random::new(seed);
        let made = made(&mut random);
        let before = contents_of_files(&made.disk);
        let harms: Vec<Harm> = (0..random.below(4)).filter_map(|_| harm(&made.disk, &mut random)).collect();
        let harms = if random.one_in(3) {
            let versions = Path::new(PATH).join("VERSIONS");
            let _ = made.disk.remove(&versions);
            harms.into_iter().chain([Harm { path: versions, from: 0, to: usize::MAX }]).collect()
        } else {
            harms
        };
        let damaged = contents_of_files(&made.disk);
        let (salvaged, report) = salvage(&made.disk);
        if let Err(error) = salvaged {
            let is_left = made.disk.names(PATH).is_some_and(|names| names.iter().any(|name| name != "LOCK"));
            assert!(!is_left, "{error}");
            return;
        }
        assert!(contents_of_files(&made.disk) == damaged, "the damaged database has changed");
        let database = open_salvaged(&made.disk).unwrap();
        let found = database::contents(&database).unwrap();
        let result = std::panic::catch_unwind(|| check(&found, &report, &made, &before, &harms));
        if let Err(panic) = result {
            eprintln!("{harms:?}\n{report:?}\n{:?}", before.keys());
            std::panic::resume_unwind(panic);
        }
        if harms.iter().all(|harm| harm.path.ends_with("MANIFEST")) {
            // What was being written when a process is killed ends in a torn tail.
            let is_torn = |damage: &kevo::Damage| damage.kind == DamageKind::TornTail;
            assert!(report.damage.iter().all(is_torn), "{report:?}");
        }
        database.put(b"more", b"value", WriteOptions::default()).unwrap();
        database.close().unwrap();
    });
    checked.unwrap_or_else(|what| panic!("{what}\nseed {seed}"));
}

#[test]
fn all_that_is_intact_is_there_and_nothing_else() {
    (1..=300).for_each(check_seed);
}

#[test]
#[ignore = "for .ci/engine"]
fn all_that_is_intact_is_there_for_longer() {
    database::for_any_time(check_seed);
}

// ---- what the device cannot read ----

/// A disk on which some bytes of one file cannot be read.
#[derive(Debug)]
struct BadSectors {
    disk: TwinDisk,
    path: PathBuf,
    bad: std::ops::Range<u64>,
}

#[derive(Debug)]
struct BadFile(Box<dyn ReadFile>, std::ops::Range<u64>);

impl ReadFile for BadFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset < self.1.end && self.1.start < offset + buffer.len() as u64 {
            return Err(io::Error::from_raw_os_error(Errno::IO.raw_os_error()));
        }
        self.0.read_at(buffer, offset)
    }

    fn info(&self) -> io::Result<FileInfo> {
        self.0.info()
    }
}

impl Disk for BadSectors {
    fn info(&self, path: &Path) -> io::Result<FileInfo> {
        self.disk.info(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        let file = self.disk.open(path)?;
        Ok(if path == self.path { Box::new(BadFile(file, self.bad.clone())) } else { file })
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        self.disk.create_new(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn list(&self, directory: &Path, each: &mut dyn FnMut(&OsStr) -> ControlFlow<()>) -> io::Result<()> {
        self.disk.list(directory, each)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.create_directory(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.remove_directory(path)
    }

    fn open_directory(&self, path: &Path) -> io::Result<Box<dyn Directory>> {
        self.disk.open_directory(path)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.disk.canonical(path)
    }

    fn set_owner(&self, path: &Path, user: u32, group: u32) -> io::Result<()> {
        self.disk.set_owner(path, user, group)
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.disk.set_mode(path, mode)
    }

    fn has_access_list(&self, directory: &Path) -> bool {
        self.disk.has_access_list(directory)
    }

    fn lock(&self, path: &Path) -> io::Result<Locked> {
        self.disk.lock(path)
    }
}

#[test]
fn what_the_device_cannot_read_is_damage() {
    for seed in 1..=20 {
        let mut random = Random::new(seed);
        let made = made(&mut random);
        let before = contents_of_files(&made.disk);
        for (path, bytes) in &before {
            let start = random.below(bytes.len() as u64 + 1) / 512 * 512;
            let bad = start..(start + 512).min(bytes.len() as u64);
            let harm = Harm { path: path.clone(), from: start as usize, to: bad.end as usize };
            let twin = made.disk.crash(|| true);
            let disk: Arc<dyn Disk> = Arc::new(BadSectors { disk: twin.clone(), path: path.clone(), bad });
            let (salvaged, report) = Database::salvage_on(&disk, Path::new(PATH), Path::new(INTO), &recovery(), None);
            salvaged.unwrap_or_else(|error| panic!("seed {seed}, {harm:?}: {error}; {report:?}"));
            let found = database::contents(&open_salvaged(&twin).unwrap()).unwrap();
            check(&found, &report, &made, &before, &[harm]);
        }
    }
}

// ---- what was replaced ----

/// A database of two tables that were merged into one after some keys were deleted, with the two under the names that
/// they have while somebody reads them.
fn with_replaced_tables() -> TwinDisk {
    let options = DbOptions { compaction: CompactionStyle::None, ..database::small(SyncMode::None) };
    let options = DbOptions { table_size: 1 << 20, memtable_size: Some(1 << 20), log_size: 1 << 20, ..options };
    let disk = database::new_disk();
    let database = database::open(&disk, &options).unwrap();
    let put = |range: std::ops::Range<u32>, value: &str| {
        for number in range {
            database.put(format!("{number:03}").as_bytes(), value.as_bytes(), WriteOptions::default()).unwrap();
        }
        database.flush().unwrap();
    };
    put(0..100, "old");
    put(50..150, "new");
    let sst = Path::new(PATH).join("sst");
    let replaced: Vec<_> = disk
        .names(&sst)
        .unwrap()
        .into_iter()
        .map(|name| (name.clone(), disk.bytes(sst.join(&name)).unwrap()))
        .collect();
    assert_eq!(replaced.len(), 2);
    for number in 120..150_u32 {
        database.delete(format!("{number:03}").as_bytes(), WriteOptions::default()).unwrap();
    }
    database.compact(b"", None).unwrap();
    database.close().unwrap();
    for (name, bytes) in replaced {
        disk.add_file(sst.join(format!(".{name}.replaced")), &bytes);
    }
    disk
}

fn the_table(disk: &TwinDisk) -> PathBuf {
    let sst = Path::new(PATH).join("sst");
    let mut names = disk.names(&sst).unwrap();
    names.retain(|name| name.starts_with('+'));
    assert_eq!(names.len(), 1);
    sst.join(&names[0])
}

#[test]
fn what_was_replaced_does_not_come_back() {
    let disk = with_replaced_tables();
    let (made, report) = salvage(&disk);
    made.unwrap();
    assert!(report.damage.is_empty(), "{report:?}");
    let found = database::contents(&open_salvaged(&disk).unwrap()).unwrap();
    let expected: Contents = (0..120_u32)
        .map(|number| {
            (format!("{number:03}").into_bytes(), if number < 50 { b"old".to_vec() } else { b"new".to_vec() })
        })
        .collect();
    assert!(found == expected, "{}", database::shown_map(&found));
}

#[test]
fn what_was_replaced_stands_in_for_what_is_damaged() {
    let disk = with_replaced_tables();
    let path = the_table(&disk);
    let mut bytes = disk.bytes(&path).unwrap();
    bytes[300..700].fill(0x55);
    disk.remove(&path).unwrap();
    disk.add_file(&path, &bytes);
    let (made, report) = salvage(&disk);
    made.unwrap();
    assert!(report.damage.iter().any(|damage| damage.kind == DamageKind::Doubt), "{report:?}");
    let found = database::contents(&open_salvaged(&disk).unwrap()).unwrap();
    for number in 0..120_u32 {
        let expected = if number < 50 { "old" } else { "new" };
        let value = found.get(format!("{number:03}").as_bytes()).map(Vec::as_slice);
        assert_eq!(value, Some(expected.as_bytes()), "{number}");
    }
    // What was deleted is behind no damage.
    assert_eq!(found.len(), 120, "{}", database::shown_map(&found));
}

// ---- a flush that VERSIONS does not know ----

/// What a process leaves that is killed in a flush, before `VERSIONS` names the table, and whose log is then damaged:
/// the table has this name, and this part of its bytes is written.
fn killed_in_a_flush(name: impl Fn(&str) -> String, length: impl Fn(usize) -> usize) -> TwinDisk {
    let options = DbOptions { table_size: 1 << 20, block_size: 300, ..database::small(SyncMode::None) };
    let options = DbOptions { memtable_size: Some(1 << 20), log_size: 1 << 20, ..options };
    let disk = database::new_disk();
    let database = database::open(&disk, &options).unwrap();
    for number in 0..100_u32 {
        database.put(format!("{number:03}").as_bytes(), b"value", WriteOptions::default()).unwrap();
    }
    database.delete(b"000", WriteOptions::default()).unwrap();
    let left = disk.crash(|| true);
    database.flush().unwrap();
    let table = the_table(&disk);
    let bytes = disk.bytes(&table).unwrap();
    let file_name = table.file_name().unwrap().to_str().unwrap();
    left.add_file(table.with_file_name(name(file_name)), &bytes[..length(bytes.len())]);
    let wal = Path::new(PATH).join("wal");
    let [log] = &left.names(&wal).unwrap()[..] else { panic!("several logs") };
    let log = wal.join(log);
    let mut bytes = left.bytes(&log).unwrap();
    bytes[1000..].fill(0x55);
    left.remove(&log).unwrap();
    left.add_file(&log, &bytes);
    left
}

fn check_killed_in_a_flush(disk: &TwinDisk, expected: std::ops::Range<usize>) {
    let (made, report) = salvage(disk);
    made.unwrap();
    let found = database::contents(&open_salvaged(disk).unwrap()).unwrap();
    assert!(report.damage.iter().any(|damage| damage.cause == Cause::ReplacedUsed), "{report:?}");
    for number in expected {
        assert_eq!(found.contains_key(format!("{number:03}").as_bytes()), number > 0, "{number}");
    }
}

#[test]
fn a_table_of_a_flush_stands_in_for_its_log() {
    check_killed_in_a_flush(&killed_in_a_flush(str::to_owned, |length| length), 0..100);
    check_killed_in_a_flush(&killed_in_a_flush(|name| format!(".{name}.tmp"), |length| length), 0..100);
}

#[test]
fn what_a_flush_had_written_stands_in_for_its_log() {
    let disk = killed_in_a_flush(|name| format!(".{name}.tmp"), |length| length / 2);
    check_killed_in_a_flush(&disk, 0..40);
}

/// A crash can leave room that was allocated for more after the end of a log.
#[test]
fn a_log_that_was_taken_in_stands_in_for_its_table_whatever_comes_after_it() {
    let options = DbOptions { compaction: CompactionStyle::None, block_size: 300, ..database::small(SyncMode::None) };
    let options = DbOptions { memtable_size: Some(1 << 20), log_size: 1 << 20, table_size: 1 << 20, ..options };
    let disk = database::new_disk();
    let database = database::open(&disk, &options).unwrap();
    for number in 0..100_u32 {
        database.put(format!("{number:03}").as_bytes(), b"value", WriteOptions::default()).unwrap();
    }
    let wal = Path::new(PATH).join("wal");
    let [name] = &disk.names(&wal).unwrap()[..] else { panic!("several logs") };
    let log = (wal.join(name), disk.bytes(wal.join(name)).unwrap());
    database.flush().unwrap();
    let left = disk.crash(|| true);
    left.add_file(&log.0, &[&log.1[..], &[0; 1000]].concat());
    let table = the_table(&left);
    let mut bytes = left.bytes(&table).unwrap();
    bytes[300..700].fill(0x55);
    left.remove(&table).unwrap();
    left.add_file(&table, &bytes);
    salvage(&left).0.unwrap();
    let found = database::contents(&open_salvaged(&left).unwrap()).unwrap();
    assert_eq!(found.len(), 100, "{}", database::shown_map(&found));
}

// ---- a compaction that was not finished, and VERSIONS is lost ----

/// What a process leaves that is killed in a compaction of three tables, when `VERSIONS` is lost: the oldest has `old`
/// of the keys below 100, the second `new` of the even ones, the third deletes key 0. Gives the path of the second one
/// as well.
fn killed_in_a_compaction() -> (TwinDisk, PathBuf) {
    let options = DbOptions { compaction: CompactionStyle::None, block_size: 300, ..database::small(SyncMode::None) };
    let options = DbOptions { memtable_size: Some(1 << 20), log_size: 1 << 20, table_size: 1 << 20, ..options };
    let disk = database::new_disk();
    let database = database::open(&disk, &options).unwrap();
    let put = |number: u32, value: &str| {
        database.put(format!("{number:03}").as_bytes(), value.as_bytes(), WriteOptions::default()).unwrap();
    };
    (0..100).for_each(|number| put(number, "old"));
    database.flush().unwrap();
    let oldest = the_table(&disk);
    (0..100).step_by(2).for_each(|number| put(number, "new"));
    database.flush().unwrap();
    let sst = Path::new(PATH).join("sst");
    let second = disk.names(&sst).unwrap().into_iter().map(|name| sst.join(name)).find(|path| *path != oldest).unwrap();
    database.delete(b"000", WriteOptions::default()).unwrap();
    database.flush().unwrap();
    let left = disk.crash(|| true);
    database.compact(b"", None).unwrap();
    let output = the_table(&disk);
    let bytes = disk.bytes(&output).unwrap();
    let hidden = format!(".{}.tmp", output.file_name().unwrap().to_str().unwrap());
    left.add_file(output.with_file_name(hidden), &bytes[..bytes.len() / 2]);
    left.remove(&Path::new(PATH).join("VERSIONS")).unwrap();
    (left, second)
}

fn check_killed_in_a_compaction(disk: &TwinDisk, newest: impl Fn(u32) -> &'static str, what_is_told: &[DamageKind]) {
    let (made, report) = salvage(disk);
    made.unwrap();
    let told: Vec<_> = report.damage.iter().map(|damage| damage.kind).collect();
    assert_eq!(told, what_is_told, "{report:?}");
    let found = database::contents(&open_salvaged(disk).unwrap()).unwrap();
    let expected: Contents =
        (1..100_u32).map(|number| (format!("{number:03}").into_bytes(), newest(number).as_bytes().to_vec())).collect();
    assert!(found == expected, "{}", database::shown_map(&found));
}

#[test]
fn a_compaction_that_was_not_finished_tells_nothing_new() {
    let (disk, _) = killed_in_a_compaction();
    let newest = |number: u32| if number.is_multiple_of(2) { "new" } else { "old" };
    check_killed_in_a_compaction(&disk, newest, &[DamageKind::Rebuilt]);
}

#[test]
fn what_a_compaction_had_written_stands_in_for_a_table_of_which_nothing_tells() {
    let (disk, second) = killed_in_a_compaction();
    disk.remove(&second).unwrap();
    let newest = |number: u32| if number < 62 && number.is_multiple_of(2) { "new" } else { "old" };
    check_killed_in_a_compaction(&disk, newest, &[DamageKind::Rebuilt, DamageKind::Doubt]);
}

// ---- logs that were taken in, where nothing says so any more ----

/// A table of which nobody can read what it says of itself.
fn without_properties(mut table: Vec<u8>) -> Vec<u8> {
    let writer = b"libkevo ";
    let at = table.windows(writer.len()).rposition(|window| window == writer).expect("properties");
    table[at] ^= 1;
    table
}

#[test]
fn an_old_log_of_ours_does_not_win_over_tables() {
    let options = DbOptions { compaction: CompactionStyle::None, ..database::small(SyncMode::None) };
    let options = DbOptions { memtable_size: Some(1 << 20), log_size: 1 << 20, ..options };
    let disk = database::new_disk();
    let database = database::open(&disk, &options).unwrap();
    database.put(b"key", b"old", WriteOptions::default()).unwrap();
    let wal = Path::new(PATH).join("wal");
    let [name] = &disk.names(&wal).unwrap()[..] else { panic!("several logs") };
    let log = (wal.join(name), disk.bytes(wal.join(name)).unwrap());
    database.flush().unwrap();
    database.put(b"key", b"new", WriteOptions::default()).unwrap();
    database.compact(b"", None).unwrap();
    database.close().unwrap();
    disk.remove(&Path::new(PATH).join("VERSIONS")).unwrap();
    disk.add_file(&log.0, &log.1);
    let path = the_table(&disk);
    let table = without_properties(disk.bytes(&path).unwrap());
    disk.remove(&path).unwrap();
    disk.add_file(&path, &table);
    salvage(&disk).0.unwrap();
    let found = database::contents(&open_salvaged(&disk).unwrap()).unwrap();
    assert_eq!(found.get(b"key".as_slice()).map(Vec::as_slice), Some(b"new".as_slice()));
}

#[test]
fn an_old_log_of_kevo_does_not_win_over_tables() {
    let case = cases().into_iter().find(|case| case.name == "set-aside-torn").expect("the case");
    let directory = case.copy();
    let (path, into) = (directory.path().join("db"), directory.path().join("new"));
    let database = Database::open(&path, &DbOptions::default(), None).0.unwrap();
    let mut keys = Vec::new();
    let mut entries = database.iterator(&Scan::default()).unwrap();
    while entries.next().unwrap() {
        keys.push(entries.entry().unwrap().key.to_vec());
    }
    drop(entries);
    for key in &keys {
        database.put(key, b"new", WriteOptions::default()).unwrap();
    }
    database.compact(b"", None).unwrap();
    database.close().unwrap();
    fs::remove_file(path.join("VERSIONS")).unwrap();
    let tables: Vec<_> = fs::read_dir(path.join("sst")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(tables.len(), 1);
    fs::write(&tables[0], without_properties(fs::read(&tables[0]).unwrap())).unwrap();
    Database::salvage(&path, &into, &recovery(), None).0.unwrap();
    let database = Database::open(&into, &DbOptions::default(), None).0.unwrap();
    assert!(!keys.is_empty());
    for key in &keys {
        assert_eq!(database.get(key).unwrap().as_deref(), Some(b"new".as_slice()), "{}", shown(key));
    }
}

// ---- whole or not there ----

#[test]
fn a_power_cut_leaves_all_of_it_or_nothing() {
    let mut random = Random::new(7);
    let made = made(&mut random);
    let _ = harm(&made.disk, &mut random);
    let source = contents_of_files(&made.disk);
    let whole = made.disk.crash(|| true);
    whole.take_calls();
    salvage(&whole).0.unwrap();
    let calls = whole.take_calls().len();
    let expected = database::contents(&open_salvaged(&whole).unwrap()).unwrap();
    let mut seen = BTreeSet::new();
    for call in 1..=calls + 1 {
        let disk = made.disk.crash(|| true);
        disk.fail_from(call, Errno::IO);
        let result = salvage(&disk).0;
        for seed in 0..4 {
            let left = disk.crash(coins(random.next() + seed));
            assert!(contents_of_files(&left) == source, "the source has changed");
            let is_there = left.names(INTO).is_some();
            seen.insert(is_there);
            assert!(result.is_err() || is_there, "it said that it was made");
            if is_there {
                let found = database::contents(&open_salvaged(&left).unwrap()).unwrap();
                assert!(found == expected, "call {call}: {}", database::shown_map(&found));
            }
        }
    }
    assert_eq!(seen.len(), 2);
}

#[test]
fn a_call_that_fails_leaves_nothing() {
    let mut random = Random::new(11);
    let made = made(&mut random);
    let whole = made.disk.crash(|| true);
    whole.take_calls();
    salvage(&whole).0.unwrap();
    let calls = whole.take_calls().len();
    let expected = database::contents(&open_salvaged(&whole).unwrap()).unwrap();
    let mut failures = 0;
    for call in 1..=calls {
        let disk = made.disk.crash(|| true);
        disk.fail_once(call, Errno::NOSPC);
        match salvage(&disk).0 {
            // Some calls need not succeed.
            Ok(()) => {
                let found = database::contents(&open_salvaged(&disk).unwrap()).unwrap();
                assert!(found == expected, "call {call}: {}", database::shown_map(&found));
            }
            Err(error) => {
                let names = disk.names("/").unwrap();
                assert!(!names.iter().any(|name| name.contains("partial")), "call {call}: {error}: {names:?}");
                assert!(matches!(error, Error::Io { .. }), "call {call}: {error:?}");
                failures += 1;
            }
        }
    }
    assert!(failures * 2 > calls, "{failures} of {calls} calls");
}

#[test]
fn what_cannot_be_done_is_refused() {
    let disk = database::new_disk();
    assert!(matches!(salvage(&disk).0, Err(Error::NotADatabase { .. })));
    let database = database::open(&disk, &DbOptions::default()).unwrap();
    database.put(b"key", b"value", WriteOptions::default()).unwrap();
    assert!(matches!(salvage(&disk).0, Err(Error::Locked { .. })));
    database.close().unwrap();
    let as_disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let into = |into: &str, options: &Options| {
        Database::salvage_on(&as_disk, Path::new(PATH), Path::new(into), options, None).0
    };
    assert!(matches!(into(PATH, &recovery()), Err(Error::Exists { .. })));
    assert!(matches!(into("/db/new", &recovery()), Err(Error::InvalidArgument(_))));
    let in_sequence = Options { order: kevo::Order::Sequence, ..recovery() };
    assert!(matches!(into(INTO, &in_sequence), Err(Error::InvalidArgument(_))));
    let (mut calls, mut last) = (0, (0, 0));
    let mut cancel = |done, total| {
        (calls, last) = (calls + 1, (done, total));
        calls == 2
    };
    let cancelled = Database::salvage_on(&as_disk, Path::new(PATH), Path::new(INTO), &recovery(), Some(&mut cancel)).0;
    assert!(matches!(cancelled, Err(Error::Cancelled)), "{cancelled:?}");
    assert!(disk.names(INTO).is_none());
    into(INTO, &recovery()).unwrap();
    assert!(matches!(into(INTO, &recovery()), Err(Error::Exists { .. })));
    let database = open_salvaged(&disk).unwrap();
    assert_eq!(database.get(b"key").unwrap().unwrap(), b"value");
    // Numbers go on above those that were given.
    assert_eq!(database.put(b"key", b"new", WriteOptions::default()).unwrap(), 2);
}
