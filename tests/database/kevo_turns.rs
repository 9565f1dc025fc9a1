//! Turns of Kevo and of libkevo on one directory. Kevo is played by `support/kevo_reader.rs` and
//! `support/kevo_writer.rs`, which do what Kevo v1.4.2 was seen to do; first they are compared with what Kevo itself
//! wrote and answered.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CString, c_void};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::support::database::{self, Contents, PATH, Random};
use crate::support::database_case::{cases, listing, shown};
use crate::support::disk::{TwinDisk, coins};
use crate::support::kevo_reader::{Files, Kevo, Table, files_in};
use crate::support::kevo_writer::{self, KevoRun, Operation, Row};
use kevo::db::{Batch, CompactionStyle, Database, DbOptions, SyncMode, WriteOptions};
use kevo::{DamageKind, Error, Report};
use rustix::io::Errno;
use serde_json::Value;
use xxhash_rust::xxh64::xxh64;

/// Whatever takes longer hangs.
const SECONDS: u64 = 120;

// ---- the reader and the writer do what Kevo does ----

/// Where the files of `tests/databases` are, for Kevo.
const THERE: &str = "/there";

/// The files of a database, with paths in its MANIFEST that are right.
fn files_of(db: &Path) -> Files {
    let mut files: Files = listing(db)
        .into_iter()
        .map(|(path, bytes)| (Path::new(THERE).join(path.strip_prefix(db).unwrap()), bytes))
        .collect();
    if let Some(manifest) = files.get_mut(&Path::new(THERE).join("MANIFEST"))
        && let Ok(mut settings) = serde_json::from_slice::<Value>(manifest)
    {
        for (name, directory) in [("wal_dir", "wal"), ("sst_dir", "sst")] {
            settings[name] = format!("{THERE}/{directory}").into();
        }
        *manifest = settings.to_string().into_bytes();
    }
    files
}

#[test]
fn the_reader_answers_what_kevo_answered() {
    let mut compared = 0;
    for case in cases() {
        let about: Value = serde_json::from_slice(&fs::read(case.db.with_file_name("case.json")).unwrap()).unwrap();
        let answers = &about["kevo_answers"];
        if answers["by"] != "v1.4.2" || case.name == "manifest-moved" {
            continue;
        }
        let name = &case.name;
        let opened = Kevo::open(&files_of(&case.db), Path::new(THERE));
        if answers["open"] != "ok" {
            assert!(opened.is_err(), "{name}: {}", answers["open"]);
            continue;
        }
        let kevo = opened.unwrap_or_else(|why| panic!("{name}: {why}"));
        let is_set_aside = answers["moved_to_backup"].as_array().is_some_and(|logs| !logs.is_empty());
        assert_eq!(kevo.recovered.sets_aside, is_set_aside, "{name}");
        let scanned = kevo.scan().into_iter().map(|(key, value)| [shown(&key), shown(&value)]);
        assert_eq!(scanned.map(Value::from_iter).collect::<Value>(), answers["scan"], "{name}");
        for answer in answers["get"].as_array().unwrap() {
            let Some(key) = bytes_of(answer[0].as_str().unwrap()) else { continue };
            let value = kevo.get(&key).map(|value| shown(&value));
            assert_eq!(value.as_deref(), answer[1].as_str(), "{name}: {}", answer[0]);
        }
        compared += 1;
    }
    assert!(compared > 25, "{compared}");
}

/// These were written by hand, in the layout that ours have, and Kevo read them right.
#[test]
fn the_reader_reads_right_what_kevo_reads_right() {
    let mut compared = 0;
    for case in cases().iter().filter(|case| case.name.starts_with("by-hand-")) {
        let kevo =
            Kevo::open(&files_of(&case.db), Path::new(THERE)).unwrap_or_else(|why| panic!("{}: {why}", case.name));
        let scanned: BTreeMap<_, _> =
            kevo.scan().into_iter().map(|(key, value)| (shown(&key), shown(&value))).collect();
        for (key, value) in &case.truth {
            assert_eq!(scanned.get(key), value.as_ref(), "{}: scan, {key}", case.name);
            let got = bytes_of(key).map(|key| kevo.get(&key).map(|value| shown(&value)));
            assert!(got.is_none_or(|got| got == *value), "{}: get, {key}", case.name);
        }
        compared += case.truth.len();
    }
    assert!(compared > 1000, "{compared}");
}

/// The tables of Kevo v1.4.2 in `tests/databases` and `tests/tables`. Of one with the empty key Kevo finds no entries.
fn tables_of_kevo() -> Vec<(String, Vec<u8>)> {
    let mut tables = Vec::new();
    for directory in ["tests/databases", "tests/tables"] {
        for (path, bytes) in listing(&Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)) {
            let name = path.to_str().unwrap().to_owned();
            let is_left_out = [
                "damaged-data",
                "damaged-foot",
                "damaged-ind",
                "damaged-tr",
                "damaged-z",
                "empty-key",
                "key-over-",
                "by-hand-",
                "v1.3.2",
                "first",
                "head",
            ]
            .iter()
            .any(|part| name.contains(part));
            if path.extension().is_some_and(|extension| extension == "sst") && !is_left_out {
                tables.push((name, bytes));
            }
        }
    }
    tables
}

/// From what is in them, to the last byte. Of the one with several blocks a bit of a filter was flipped afterwards.
#[test]
fn the_writer_writes_the_tables_that_kevo_wrote() {
    let (mut flipped, tables) = (0, tables_of_kevo());
    assert!(tables.len() > 40, "{}", tables.len());
    for (name, bytes) in tables {
        let table = Table::open(&bytes).unwrap_or_else(|why| panic!("{name}: {why}"));
        let again = kevo_writer::table(&rows_of(&table), table.created).unwrap();
        assert_eq!(again.len(), bytes.len(), "{name}");
        let differences = again.iter().zip(&bytes).filter(|(one, other)| one != other).count();
        assert!(differences == 0 || name.contains("damaged-bloom"), "{name}: {differences} bytes");
        flipped += differences;
    }
    assert_eq!(flipped, 1);
}

fn rows_of(table: &Table) -> Vec<Row> {
    table.scan().into_iter().map(|row| (row.key.clone(), row.sequence, row.value.clone())).collect()
}

/// Makes the histories of Kevo's databases once more: logs are the same to the last byte, and tables have the same
/// level, number and rows, in the same order of time. So compactions choose, merge and drop as Kevo's do.
#[test]
fn the_writer_leaves_what_kevo_left() {
    let (mut compared, mut compacted) = (0, 0);
    for case in cases() {
        let about: Value = serde_json::from_slice(&fs::read(case.db.with_file_name("case.json")).unwrap()).unwrap();
        let Some(files) = played(&about) else { continue };
        let expected = left(&files_of(&case.db));
        assert!(left(&files) == expected, "{}: {:?}\n{expected:?}", case.name, left(&files));
        compared += 1;
        compacted += usize::from(expected.1.iter().any(|(level, ..)| *level > 0));
    }
    assert!(compared >= 20 && compacted >= 6, "{compared}, {compacted}");
}

/// Level, number and rows.
type LeftTable = (u32, u64, Vec<Row>);

/// The bytes of logs, and the tables.
fn left(files: &Files) -> (Vec<Vec<u8>>, Vec<LeftTable>) {
    let logs = files_in(files, &Path::new(THERE).join("wal"), ".wal").into_iter().map(|(_, bytes)| bytes.clone());
    let mut tables: Vec<_> = files_in(files, &Path::new(THERE).join("sst"), ".sst")
        .into_iter()
        .map(|(name, bytes)| {
            let numbers: Vec<u64> =
                name.trim_end_matches(".sst").split('_').map(|part| part.parse().unwrap()).collect();
            (numbers[2], (numbers[0] as u32, numbers[1], rows_of(&Table::open(bytes).unwrap())))
        })
        .collect();
    tables.sort_by_key(|(time, _)| *time);
    (logs.collect(), tables.into_iter().map(|(_, table)| table).collect())
}

/// What the operations of a case leave; nothing if it has one that the writer does not play.
fn played(about: &Value) -> Option<Files> {
    let ops = about["ops"].as_array()?;
    let text = about["ops"].to_string();
    if about["written_by"] != "v1.4.2" || text.contains("len:") || text.contains("ERROR") {
        return None;
    }
    let there = Path::new(THERE);
    let (mut files, mut run) = (Files::new(), None::<KevoRun>);
    for op in ops {
        match (op[0].as_str()?, &mut run) {
            ("open", None) if op[1].is_null() => run = Some(KevoRun::open(std::mem::take(&mut files), there).unwrap()),
            ("close", Some(_)) => files = run.take()?.close(),
            ("by hand: wal/ removed", None) => files.retain(|path, _| !path.starts_with(there.join("wal"))),
            ("put" | "delete", Some(run)) => run.write(&operation(op)?),
            ("batch", Some(run)) => {
                run.batch(&op[1].as_array()?.iter().map(operation).collect::<Option<Vec<_>>>()?);
            }
            ("commit", Some(run)) => {
                // The last operation of each key, by key.
                let last: BTreeMap<_, _> = op[1].as_array()?.iter().map(operation).collect::<Option<_>>()?;
                run.batch(&last.into_iter().collect::<Vec<_>>());
            }
            ("rollback", Some(_)) => {}
            ("flush", Some(run)) => run.flush(),
            ("compact", Some(run)) => run.compact(),
            ("compact-range", Some(run)) => run.compact_all(),
            _ => return None,
        }
    }
    Some(files)
}

/// `["put", key, value]` or `["delete", key]`.
fn operation(op: &Value) -> Option<Operation> {
    let value = if op[0] == "put" { Some(bytes_of(op[2].as_str()?)?) } else { None };
    Some((bytes_of(op[1].as_str()?)?, value))
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    (!text.starts_with("len:"))
        .then(|| (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect())
}

// ---- turns of ours ----

/// Writes by chance, of keys that meet. No value is written twice.
struct Writer {
    random: Random,
    values: u32,
}

impl Writer {
    fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), values: 0 }
    }

    fn key(&mut self) -> Vec<u8> {
        match self.random.below(60) {
            0 => Vec::new(),
            1 => vec![b'2'; 65_535],
            2 => vec![b'2'; 65_536],
            3 => b"2\0".to_vec(),
            _ => self.short_key(),
        }
    }

    fn short_key(&mut self) -> Vec<u8> {
        format!("{:02}", self.random.below(50)).into_bytes()
    }

    /// A third of them are deletes.
    fn operation(&mut self) -> Operation {
        self.values += 1;
        let len = self.random.of(&[0, 3, 40, 150]);
        let value = self.values.to_string().into_bytes().into_iter().cycle().take(len).collect();
        (self.key(), (!self.random.one_in(3)).then_some(value))
    }

    fn batch(&mut self) -> Vec<Operation> {
        (0..2 + self.random.below(6)).map(|_| self.operation()).collect()
    }

    /// Options, some of which leave to MANIFEST what it says.
    fn options(&mut self, syncs: &[SyncMode]) -> DbOptions {
        let mut options = database::random_options(&mut self.random, syncs);
        options.block_size = self.random.of(&[1, 100, 4096]);
        if self.random.one_in(4) {
            options.memtable_size = None;
        }
        if self.random.one_in(4) {
            options.max_memtables = None;
        }
        options
    }

    /// Writes something, or flushes, or compacts. `write` is called with what is written, before it is.
    fn act(&mut self, database: &Database, mut write: impl FnMut(&[Operation])) -> Result<(), Error> {
        let options = WriteOptions::default();
        match self.random.below(20) {
            0..12 => {
                let operation = self.operation();
                write(std::slice::from_ref(&operation));
                match &operation {
                    (key, Some(value)) => database.put(key, value, options).map(drop),
                    (key, None) => database.delete(key, options).map(drop),
                }
            }
            12..16 => {
                let operations = self.batch();
                write(&operations);
                let mut batch = Batch::new();
                for (key, value) in &operations {
                    match value {
                        Some(value) => batch.put(key, value)?,
                        None => batch.delete(key)?,
                    }
                }
                database.write(&batch, options).map(drop)
            }
            16 | 17 => database.flush(),
            18 => database.compact(b"", None),
            _ => {
                let (begin, end) = (self.short_key(), self.short_key());
                database.compact(begin.as_slice().min(&end), Some(begin.as_slice().max(&end)))
            }
        }
    }
}

fn apply(contents: &mut Contents, operations: &[Operation]) {
    for (key, value) in operations {
        match value {
            Some(value) => drop(contents.insert(key.clone(), value.clone())),
            None => drop(contents.remove(key)),
        }
    }
}

/// All files of a disk.
fn files_on(disk: &TwinDisk) -> Files {
    let (mut files, mut directories) = (Files::new(), vec![PathBuf::from(PATH)]);
    while let Some(directory) = directories.pop() {
        for name in disk.names(&directory).unwrap_or_default() {
            let path = directory.join(name);
            match disk.bytes(&path) {
                Some(bytes) => drop(files.insert(path, bytes)),
                None => directories.push(path),
            }
        }
    }
    files
}

/// Kevo's blocks have no room for these keys: what tables of ours hold of them Kevo does not see, as kevo.h says.
fn is_beyond_kevo(key: &[u8]) -> bool {
    key.is_empty() || key.len() > 65_535
}

/// What Kevo answers about a database that we closed is the truth: all of the logs is in one memtable, and every get,
/// the scan and ranges give what was written last. Of a key that Kevo's blocks cannot hold, it answers the truth or
/// nothing.
fn check_kevos_answers(disk: &TwinDisk, truth: &Contents, random: &mut Random) {
    let kevo = Kevo::open(&files_on(disk), Path::new(PATH)).unwrap_or_else(|why| panic!("Kevo refuses: {why}"));
    assert!(!kevo.recovered.sets_aside, "Kevo sets the logs aside: {:?}", kevo.settings);
    assert!(kevo.recovered.hidden.is_empty(), "Kevo hides {} memtables", kevo.recovered.hidden.len());
    let short = (0..50).map(|number| format!("{number:02}").into_bytes());
    for key in truth.keys().cloned().chain(short).chain([Vec::new(), b"2\0".to_vec(), b"\0libkevo".to_vec()]) {
        let (got, expected) = (kevo.get(&key), truth.get(&key));
        let is_right = got.as_ref() == expected || (got.is_none() && is_beyond_kevo(&key));
        assert!(is_right, "Kevo gets {got:?} for {}; it is {expected:?}", database::shown([(&key, b"")]));
    }
    let expected: Vec<_> = truth.clone().into_iter().filter(|(key, _)| !is_beyond_kevo(key)).collect();
    let within = |mut found: Vec<_>| {
        found.retain(|(key, _): &(Vec<u8>, Vec<u8>)| !is_beyond_kevo(key));
        found
    };
    let scanned = within(kevo.scan());
    assert!(scanned == expected, "Kevo scans {}; there is {}", database::shown(&scanned), database::shown(&expected));
    for _ in 0..10 {
        let bound = |random: &mut Random| format!("{:02}", random.below(51)).into_bytes();
        let (begin, end) = (bound(random), bound(random));
        let found = within(kevo.range(&begin, &end));
        let expected: Vec<_> = expected.iter().filter(|(key, _)| *key >= begin && *key < end).cloned().collect();
        assert!(found == expected, "Kevo finds {} of {}", database::shown(&found), database::shown(&expected));
    }
}

/// A history of ours with several openings. After each close Kevo answers what we answer.
fn check_closes(seed: u64) {
    let mut writer = Writer::new(seed);
    let (mut disk, mut truth) = (database::new_disk(), Contents::new());
    for _ in 0..4 {
        let options = writer.options(&[SyncMode::Always, SyncMode::None, SyncMode::Bytes(300), SyncMode::Buffered]);
        let opened = database::open(&disk, &options).unwrap_or_else(|error| panic!("{error}"));
        for _ in 0..writer.random.below(40) {
            writer.act(&opened, |written| apply(&mut truth, written)).unwrap_or_else(|error| panic!("{error}"));
        }
        let found = database::contents(&opened).unwrap_or_else(|error| panic!("{error}"));
        assert!(found == truth, "{} is not {}", database::shown_map(&found), database::shown_map(&truth));
        opened.close().unwrap_or_else(|error| panic!("{error}"));
        drop(opened);
        check_kevos_answers(&disk, &truth, &mut writer.random);
        // What a close leaves is on disk.
        disk = disk.crash(|| false);
        check_kevos_answers(&disk, &truth, &mut writer.random);
    }
}

/// Does it in a thread of its own; a failure names the seed.
fn seeded(seed: u64, check: fn(u64)) {
    database::within(SECONDS, move || check(seed)).unwrap_or_else(|what| panic!("seed {seed}: {what}"));
}

#[test]
fn after_every_close_kevo_answers_what_we_answer() {
    (0..60).for_each(|seed| seeded(seed, check_closes));
}

/// The comparison sees a key of an index that is one lower: Kevo looks into the block after the right one then.
#[test]
fn a_lower_key_in_an_index_would_be_seen() {
    let disk = database::new_disk();
    let options = DbOptions { block_size: 100, ..calm(None) };
    let database = database::open(&disk, &options).unwrap();
    put(&database, 0..50, b"value");
    database.flush().unwrap();
    let truth = database::contents(&database).unwrap();
    database.close().unwrap();
    check_kevos_answers(&disk, &truth, &mut Random::new(0));
    let mut files = files_on(&disk);
    let (_, table) = files.iter_mut().find(|(path, _)| path.to_string_lossy().contains("sst/+")).unwrap();
    lower_first_key_of_index(table);
    let seen = catch_unwind(|| check_kevos_answers(&disk_with(&files), &truth, &mut Random::new(0)));
    assert!(seen.unwrap_err().downcast_ref::<String>().unwrap().starts_with("Kevo gets None"));
}

/// The first key of its index ends in a digit above 0, and gets one below.
fn lower_first_key_of_index(table: &mut [u8]) {
    let footer = &table[table.len() - 68..];
    let offset = u64::from_le_bytes(footer[20..28].try_into().unwrap()) as usize;
    let size = u32::from_le_bytes(footer[28..32].try_into().unwrap()) as usize;
    let index = &mut table[offset..offset + size];
    let length = usize::from(u16::from_le_bytes([index[0], index[1]]));
    index[1 + length] -= 1;
    let (body, checksum) = index.split_at_mut(size - 8);
    checksum.copy_from_slice(&xxh64(body, 0).to_le_bytes());
}

// ---- turns of both ----

/// A directory that both write to in turn, and what it may hold.
struct Turns {
    writer: Writer,
    disk: TwinDisk,
    /// One state, or several as long as it is not known whether a write came through that nobody acknowledged.
    states: Vec<Contents>,
    /// What was there at each moment since a crash came into a write of ours, until we open again: what Kevo appends
    /// behind a torn batch counts as part of it, so any of Kevo's writes may be lost then.
    since_torn: Option<Vec<Contents>>,
    /// Since we opened it: whether the power failed, and whether Kevo ran.
    power_failed: bool,
    kevo_ran: bool,
    /// All that was ever written.
    ever: BTreeSet<(Vec<u8>, Vec<u8>)>,
    /// What happened, for a failure to be understood.
    told: Vec<String>,
}

impl Turns {
    fn new(seed: u64) -> Self {
        Self {
            writer: Writer::new(seed),
            disk: database::new_disk(),
            states: vec![Contents::new()],
            since_torn: None,
            power_failed: false,
            kevo_ran: false,
            ever: BTreeSet::new(),
            told: Vec::new(),
        }
    }

    /// So many turns, and then one more opening of ours.
    fn take(&mut self, count: usize) {
        for _ in 0..count {
            // If the power has failed, Kevo has one run only. In it, it may make tables of logs that we had taken in
            // and that are back; in the next one it may set these logs aside, and nothing tells any more that they were
            // back.
            let may_be_kevos = !(self.power_failed && self.kevo_ran);
            if self.writer.random.one_in(2) && may_be_kevos {
                self.kevos();
            } else if !self.ours() {
                return;
            }
        }
        drop(self.open(&database::small(SyncMode::Always)));
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.told.push(what.into());
    }

    /// Something that was written and acknowledged.
    fn write(&mut self, operations: &[Operation]) {
        self.note(operations);
        self.states.iter_mut().for_each(|state| apply(state, operations));
        self.told.push(shown_operations(operations));
        if let Some(moments) = &mut self.since_torn {
            moments.extend(self.states.iter().cloned());
        }
    }

    fn note(&mut self, operations: &[Operation]) {
        self.ever.extend(operations.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))));
    }

    /// Something that was written and not acknowledged: each of these may be there.
    fn may_write(&mut self, parts: &[&[Operation]]) {
        let before = self.states.clone();
        for part in parts {
            self.note(part);
            let mut states = before.clone();
            for state in &mut states {
                apply(state, part);
            }
            self.states.extend(states);
            self.told.push(format!("perhaps {}", shown_operations(part)));
        }
    }

    // ---- ours ----

    /// Opens it for reading and for writing, which have to find the same: exactly what both acknowledged, and of writes
    /// that a crash came into, any. The report tells of each exception:
    ///
    /// - a torn tail, if a crash came into a batch of ours and Kevo ran then ([`may_be_torn`](Self::may_be_torn));
    /// - a doubt, if the power failed and Kevo ran then ([`may_be_back`](Self::may_be_back));
    /// - a table of Kevo that is missing, and the opening is refused, if Kevo has compacted it into nothing.
    fn open(&mut self, options: &DbOptions) -> Option<Database> {
        self.tell(format!("we open: {}; {:?}", database::shown_options(options), self.names()));
        let reading = DbOptions { read_only: true, ..options.clone() };
        let for_reading = database::open(&self.disk, &reading).and_then(|database| database::contents(&database));
        let (opened, report) = database::open_reporting(&self.disk, options);
        let opened = match opened {
            Err(Error::Missing { path }) if self.kevo_ran && !path.to_string_lossy().contains("/+") => {
                self.tell("it is refused");
                return None;
            }
            opened => opened.unwrap_or_else(|error| panic!("{error}; {report:?}")),
        };
        let found = database::contents(&opened).unwrap_or_else(|error| panic!("{error}; {report:?}"));
        let for_reading = match for_reading {
            Err(Error::NotADatabase { .. }) => Contents::new(),
            for_reading => for_reading.unwrap_or_else(|error| panic!("for reading: {error}")),
        };
        assert!(for_reading == found, "for reading {}", differences(&for_reading, &found));
        let is_exact = self.states.contains(&found);
        let is_right =
            is_exact || self.may_be_torn(&found, &report) || (self.power_failed && self.may_be_back(&found, &report));
        if !is_exact {
            self.tell("it is in part what it was");
        }
        assert!(is_right, "{report:?}\n{}", differences(&found, &self.states[0]));
        (self.states, self.since_torn) = (vec![found], None);
        (self.power_failed, self.kevo_ran) = (false, false);
        Some(opened)
    }

    /// Whether the report says that the order of tables is in doubt, and all is there that should be, with its newest
    /// value; and besides only keys that were deleted. If the power fails, logs and tables that had been removed may be
    /// there again, and what Kevo makes of them has keys whose tombstones are gone already.
    fn may_be_back(&self, found: &Contents, report: &Report) -> bool {
        let is_told = report.damage.iter().any(|damage| damage.kind == DamageKind::Doubt);
        let is_there = |state: &Contents| state.iter().all(|(key, value)| found.get(key) == Some(value));
        let was_there = |(key, value): (&Vec<u8>, &Vec<u8>)| self.ever.contains(&(key.clone(), value.clone()));
        is_told && self.states.iter().any(is_there) && found.iter().all(was_there)
    }

    /// Whether the report says that the end of a log is torn, and each key has a value that it had at some moment
    /// since: all that we acknowledged is in the first of these moments.
    fn may_be_torn(&self, found: &Contents, report: &Report) -> bool {
        let is_told = report.damage.iter().any(|damage| damage.kind == DamageKind::TornTail);
        let Some(moments) = self.since_torn.as_ref().filter(|_| is_told) else { return false };
        let keys: BTreeSet<_> = moments.iter().chain([found]).flat_map(Contents::keys).collect();
        keys.into_iter().all(|key| moments.iter().any(|moment| moment.get(key) == found.get(key)))
    }

    /// A turn of ours that ends with a close, or in which the process is killed, or the power fails. False if it is
    /// refused.
    fn ours(&mut self) -> bool {
        // With the other modes a power cut may take what was acknowledged, and only kills are tried.
        let options = self.writer.options(&[SyncMode::Always, SyncMode::Always, SyncMode::None, SyncMode::Bytes(300)]);
        let may_lose_power = options.sync == SyncMode::Always;
        let Some(opened) = self.open(&options) else { return false };
        let ends_badly = self.writer.random.one_in(2);
        if ends_badly && self.writer.random.one_in(2) {
            self.disk.fail_from(1 + self.writer.random.below(60) as usize, Errno::IO);
        }
        for _ in 0..self.writer.random.below(25) {
            if !self.act(&opened) {
                break;
            }
        }
        if ends_badly {
            let coins = coins(self.writer.random.next());
            let left = if may_lose_power { self.disk.crash(coins) } else { self.disk.crash(|| true) };
            self.power_failed = may_lose_power;
            self.tell(if may_lose_power { "the power fails" } else { "we are killed" });
            drop(opened);
            self.disk = left;
        } else {
            let compacts = self.writer.random.one_in(2);
            if compacts {
                opened.compact(b"", None).unwrap_or_else(|error| panic!("{error}"));
            }
            opened.close().unwrap_or_else(|error| panic!("{error}"));
            drop(opened);
            self.tell(format!("we close, compacted: {compacts}"));
            let foreign = self.tables();
            assert!(!compacts || foreign.is_empty(), "tables of Kevo are left: {foreign:?}");
            if foreign.is_empty() {
                check_kevos_answers(&self.disk, &self.states[0], &mut self.writer.random);
            }
        }
        true
    }

    /// False when the disk has failed.
    fn act(&mut self, opened: &Database) -> bool {
        let mut written = Vec::new();
        let result = self.writer.act(opened, |operations| written = operations.to_vec());
        match result {
            Ok(()) => self.write(&written),
            Err(Error::Io { .. } | Error::Failed(_)) => {
                self.may_write(&[&written]);
                self.since_torn = Some(self.states.clone());
            }
            Err(error) => panic!("{error}"),
        }
        result.is_ok()
    }

    /// Of all files but tables of ours and what is always there.
    fn names(&self) -> Vec<String> {
        let paths = files_on(&self.disk).into_keys();
        let names = paths.map(|path| path.strip_prefix(PATH).unwrap().display().to_string());
        names.filter(|name| name.contains('/') && !name.starts_with("sst/+")).collect()
    }

    /// Those of Kevo.
    fn tables(&self) -> Vec<String> {
        let files = files_on(&self.disk);
        let tables = files_in(&files, &Path::new(PATH).join("sst"), ".sst");
        let names = tables.into_iter().map(|(name, _)| name.to_owned());
        names.filter(|name| !name.starts_with(['+', '.'])).collect()
    }

    // ---- Kevo's ----

    /// A turn of Kevo that ends with a close, or in which it is killed. It does not open everything.
    fn kevos(&mut self) {
        let Ok(mut run) = KevoRun::open(files_on(&self.disk), Path::new(PATH)) else {
            return self.tell("Kevo does not open it");
        };
        self.tell("Kevo opens");
        self.kevo_ran = true;
        for _ in 0..self.writer.random.below(25) {
            match self.writer.random.below(20) {
                0..12 => {
                    let operation = self.writer.operation();
                    run.write(&operation);
                    self.write(&[operation]);
                }
                12..15 => {
                    let batch = self.writer.batch();
                    run.batch(&batch);
                    self.write(&batch);
                }
                15 | 16 => {
                    run.flush();
                    self.tell("flush");
                }
                17 => {
                    run.flush_hidden();
                    self.tell("flush of what the recovery hides");
                }
                18 => {
                    run.compact();
                    self.tell("compaction");
                }
                _ => {
                    run.compact_all();
                    self.tell("compaction of all");
                }
            }
        }
        let files = self.end_of_kevo(run);
        self.disk = disk_with(&files);
    }

    fn end_of_kevo(&mut self, run: KevoRun) -> Files {
        let keep = self.writer.random.below(256) as u8;
        match self.writer.random.below(8) {
            0 => {
                self.tell("Kevo is killed in a write");
                let batch = self.writer.batch();
                // Of a batch of Kevo any part may be there.
                let parts: Vec<_> = (1..batch.len()).map(|count| &batch[..count]).collect();
                self.may_write(&parts);
                run.kill_in_a_write(&batch, keep)
            }
            1 => {
                self.tell("Kevo is killed in a flush");
                run.kill_in_a_flush(keep)
            }
            2 => {
                self.tell("Kevo is killed in a compaction");
                run.compact_and_be_killed()
            }
            _ => {
                self.tell("Kevo closes");
                run.close()
            }
        }
    }
}

fn shown_operations(operations: &[Operation]) -> String {
    let absent: &[u8] = b"-";
    database::shown(operations.iter().map(|(key, value)| (key.as_slice(), value.as_deref().unwrap_or(absent))))
}

/// The keys that differ, with both values.
fn differences(found: &Contents, expected: &Contents) -> String {
    let keys: BTreeSet<_> =
        found.keys().chain(expected.keys()).filter(|key| found.get(*key) != expected.get(*key)).collect();
    let shown =
        |value: Option<&Vec<u8>>| value.map(|value| String::from_utf8_lossy(&value[..value.len().min(9)]).into_owned());
    let lines = keys.into_iter().map(|key| {
        let name = String::from_utf8_lossy(&key[..key.len().min(9)]).into_owned();
        format!("{name}({}): found {:?}, expected {:?}\n", key.len(), shown(found.get(key)), shown(expected.get(key)))
    });
    lines.collect()
}

/// Gives what happened.
fn check_turns(seed: u64) -> Vec<String> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&told);
    let checked = database::within(SECONDS, move || {
        let mut turns = Turns::new(seed);
        let made = catch_unwind(AssertUnwindSafe(|| turns.take(8)));
        *shared.lock().unwrap() = turns.told;
        made.unwrap_or_else(|panic| resume_unwind(panic));
    });
    let told = told.lock().unwrap().clone();
    checked.unwrap_or_else(|what| panic!("seed {seed}: {what}\n{}", told.join("\n")));
    told
}

#[test]
fn after_every_turn_all_is_there_that_either_wrote() {
    let told: Vec<String> = (0..120).flat_map(check_turns).collect();
    let count = |what: &str| told.iter().filter(|told| told.starts_with(what)).count();
    assert!(count("we open") > 400 && count("Kevo opens") > 250, "{} and {}", count("we open"), count("Kevo opens"));
    // What may be other than it was written is rare.
    assert!(count("it is") < 12, "{}", count("it is"));
}

#[test]
#[ignore = "for .ci/engine"]
fn any_number_of_turns_leave_all_that_either_wrote() {
    database::for_any_time(|seed| {
        seeded(seed, check_closes);
        check_turns(seed);
    });
}

// ---- what was found ----

/// No flush and no compaction but on request.
fn calm(memtable_size: Option<u64>) -> DbOptions {
    DbOptions { compaction: CompactionStyle::None, memtable_size, ..DbOptions::default() }
}

fn put(database: &Database, keys: impl Iterator<Item = u32>, value: &[u8]) {
    for key in keys {
        database.put(format!("{key:02}").as_bytes(), value, WriteOptions::default()).unwrap();
    }
}

/// 64 KiB is the least that we take, but Kevo takes what stands there.
#[test]
fn a_close_leaves_one_memtable_of_kevos_in_the_log() {
    let disk = database::new_disk();
    let database = database::open(&disk, &calm(Some(300))).unwrap();
    database.close().unwrap();
    let database = database::open(&disk, &calm(None)).unwrap();
    put(&database, 0..50, b"value");
    let truth = database::contents(&database).unwrap();
    database.close().unwrap();
    check_kevos_answers(&disk, &truth, &mut Random::new(0));
    let kevo = Kevo::open(&files_on(&disk), Path::new(PATH)).unwrap();
    assert_eq!(kevo.settings.memtable_size, 300);
}

/// Four tables of Kevo with old values; then ours, with new ones; then Kevo compacts its own, and is killed or not.
/// What it makes of old tables is new, and is not newer than what we have written.
#[test]
fn what_kevo_compacts_is_not_newer_than_what_we_wrote() {
    for is_killed in [false, true] {
        let mut run = KevoRun::open(Files::new(), Path::new(PATH)).unwrap();
        for _ in 0..4 {
            (0..50).for_each(|key| run.write(&(format!("{key:02}").into_bytes(), Some(b"old".to_vec()))));
            run.flush();
        }
        let disk = disk_with(&run.close());
        let database = database::open(&disk, &calm(None)).unwrap();
        put(&database, 0..50, b"new");
        database.delete(b"07", WriteOptions::default()).unwrap();
        database.flush().unwrap();
        let truth = database::contents(&database).unwrap();
        database.close().unwrap();
        let mut run = KevoRun::open(files_on(&disk), Path::new(PATH)).unwrap();
        let files = if is_killed {
            run.compact_and_be_killed()
        } else {
            run.compact();
            run.close()
        };
        assert!(files.keys().any(|path| path.to_string_lossy().contains("sst/1_")));
        let disk = disk_with(&files);
        let (opened, report) = database::open_reporting(&disk, &calm(None));
        let found = database::contents(&opened.unwrap()).unwrap();
        assert!(found == truth, "killed: {is_killed}, {}", differences(&found, &truth));
        assert!(report.damage.iter().any(|damage| damage.kind == DamageKind::Doubt), "{report:?}");
    }
}

fn disk_with(files: &Files) -> TwinDisk {
    let disk = database::new_disk();
    for (path, bytes) in files {
        disk.add_file(path, bytes);
    }
    disk
}

// ---- what is documented: Kevo may answer old values as long as tables of its own are left ----

/// `KEVO_DB_STAT_FOREIGN_TABLES` says how many are left. As long as it is not 0, Kevo misses keys, and answers older
/// values than we do; when a compaction of all has made it 0, Kevo answers the truth.
#[test]
fn the_statistic_says_whether_kevo_may_answer_old_values() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let mut run = KevoRun::open(Files::new(), &path).unwrap();
    (0..50).for_each(|key| run.write(&(format!("{key:02}").into_bytes(), Some(b"old".to_vec()))));
    run.flush();
    for (path, bytes) in run.close() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let database = Database::open(&path, &calm(None), None).0.unwrap();
    put(&database, 0..25, b"new");
    database.delete(b"30", WriteOptions::default()).unwrap();
    database.flush().unwrap();
    let truth = database::contents(&database).unwrap();
    database.close().unwrap();
    assert_eq!(foreign_tables(&path, false), 1);
    let kevo = Kevo::open(&listing(&path).into_iter().collect(), &path).unwrap();
    assert!(truth.iter().any(|(key, value)| kevo.get(key).as_ref().is_some_and(|got| got != value)));
    assert_eq!(foreign_tables(&path, true), 0);
    let kevo = Kevo::open(&listing(&path).into_iter().collect(), &path).unwrap();
    assert!(kevo.scan().into_iter().collect::<Contents>() == truth);
    assert!((0..50).map(|key| format!("{key:02}").into_bytes()).all(|key| kevo.get(&key).as_ref() == truth.get(&key)));
}

/// Opens a database as a program in C does, and asks for the statistic, after a compaction of all if that is asked for.
#[allow(unsafe_code)]
fn foreign_tables(path: &Path, compacts: bool) -> u64 {
    use kevo::c::db::{maintain, open, options, stat};
    let (path, null) = (CString::new(path.to_str().unwrap()).unwrap(), std::ptr::null_mut::<c_void>());
    // SAFETY: the handles are live, the path ends with a zero, and NULL may stand where it does.
    unsafe {
        let options = options::kevo_db_options_new();
        options::kevo_db_options_set_compaction(options, options::KEVO_COMPACTION_NONE, 0);
        let mut db = std::ptr::null_mut();
        assert_eq!(open::kevo_db_open(path.as_ptr(), options, &raw mut db, null.cast(), null.cast()), 0);
        if compacts {
            let all = std::ptr::null();
            assert_eq!(maintain::kevo_db_compact(db, all, 0, all, 0, None, null, null.cast()), 0);
        }
        let count = stat::kevo_db_stat(db, stat::KEVO_DB_STAT_FOREIGN_TABLES);
        assert_eq!(open::kevo_db_close(db, null.cast()), 0);
        options::kevo_db_options_free(options);
        count
    }
}
