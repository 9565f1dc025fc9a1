//! The directories that are recovered: a few small ones, made once for all runs, each with different contents.

use super::step;
use super::table_file::TableFile;
use crate::model::{self, LogFile, Mode, Options, Order, Outcome};
use crate::wal_dir::WalDir;
use crate::writer::{LogWriter, Op};
use kevo::c::code::{KEVO_E_INVALID_ARGUMENT, KEVO_E_IO};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CString, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

/// How many directories there are.
pub const COUNT: usize = 16;

/// Why a directory cannot be recovered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: c_int,
    pub path: Option<CString>,
    pub os_code: c_int,
}

impl Refusal {
    pub fn invalid() -> Self {
        Self { code: KEVO_E_INVALID_ARGUMENT, path: None, os_code: 0 }
    }
}

#[derive(Debug)]
pub struct Directory {
    /// The path that the library is given.
    pub path: CString,
    files: Vec<LogFile>,
    pub set_aside: u64,
    pub refusal: Option<Refusal>,
    /// The model's outcomes. They are kept, because the model is slow and is often asked the same.
    outcomes: RefCell<HashMap<Asked, Rc<Outcome>>>,
}

type Asked = (u8, bool, u64, usize, u64, bool);

impl Directory {
    fn new(path: &Path, files: Vec<LogFile>) -> Self {
        Self { path: c_string(path), files, set_aside: 0, refusal: None, outcomes: RefCell::default() }
    }

    fn refused(path: &Path, about: &Path, os_code: c_int) -> Self {
        let refusal = Refusal { code: KEVO_E_IO, path: Some(c_string(about)), os_code };
        Self { refusal: Some(refusal), ..Self::new(path, Vec::new()) }
    }

    pub fn recover(&self, options: &Options) -> Rc<Outcome> {
        let Options { mode, order, max_sequence, max_memtables, memtable_size, include_set_aside } = *options;
        let in_order = order == Order::Log;
        let asked = (mode_number(mode), in_order, max_sequence, max_memtables, memtable_size, include_set_aside);
        let mut outcomes = self.outcomes.borrow_mut();
        Rc::clone(outcomes.entry(asked).or_insert_with(|| Rc::new(model::recover(&self.files, options))))
    }

    /// The path of a file in the directory, as the library reports it.
    pub fn path_of(&self, file: &str) -> CString {
        let between: &[u8] = if self.path.as_bytes().ends_with(b"/") { b"" } else { b"/" };
        CString::new([self.path.as_bytes(), between, file.as_bytes()].concat()).expect("no NUL in it")
    }
}

fn mode_number(mode: Mode) -> u8 {
    mode as u8
}

fn c_string(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("no NUL in it")
}

/// All directories.
pub struct Directories {
    pub all: Vec<Directory>,
    /// Where exports are written. It is empty between two calls.
    pub scratch: WalDir,
    pub table: TableFile,
    _on_disk: Vec<WalDir>,
}

impl Directories {
    pub fn new() -> Self {
        let mut on_disk = Vec::new();
        let mut all: Vec<_> = contents()
            .into_iter()
            .map(|files| {
                on_disk.push(WalDir::with(&files));
                let path = on_disk.last().expect("just made").path();
                Directory { set_aside: set_aside_directories(&files), ..Directory::new(path, files) }
            })
            .collect();
        append_a_slash_to(all.last_mut().expect("several"));
        let last = WalDir::with(&[file("a.wal", LogWriter::new())]);
        std::fs::create_dir(last.path().join("a directory.wal")).expect("a new directory");
        all.extend(refused(last.path()));
        on_disk.push(last);
        assert_eq!(all.len(), COUNT);
        Self { all, scratch: WalDir::new(), table: TableFile::new(), _on_disk: on_disk }
    }
}

fn append_a_slash_to(directory: &mut Directory) {
    directory.path = CString::new([directory.path.as_bytes(), b"/"].concat()).expect("no NUL in it");
}

fn set_aside_directories(files: &[LogFile]) -> u64 {
    let mut names: Vec<&str> =
        files.iter().filter_map(|file| file.name.split_once('/')).map(|(name, _)| name).collect();
    names.dedup();
    names.len() as u64
}

/// `directory` holds a log and a directory whose name ends in .wal.
fn refused(directory: &Path) -> [Directory; 4] {
    const ENOENT: c_int = 2;
    const ENOTDIR: c_int = 20;
    let (missing, no_log, log) = (directory.join("none"), directory.join("a directory.wal"), directory.join("a.wal"));
    [
        Directory::refused(&missing, &missing, ENOENT),
        Directory::refused(&log, &log, ENOTDIR),
        Directory::refused(Path::new(""), Path::new(""), ENOENT),
        Directory::refused(directory, &no_log, 0),
    ]
}

/// The files of the directories that can be read.
fn contents() -> Vec<Vec<LogFile>> {
    vec![
        Vec::new(),
        vec![file("01.wal", all_sorts())],
        vec![file("01.wal", batches())],
        vec![file("01.wal", all_keys())],
        vec![file("01.wal", cut(all_sorts(), 3))],
        vec![file("01.wal", flipped(all_sorts(), 1)), file("no log", all_keys())],
        vec![file("01.wal", flipped(batches(), 2))],
        vec![file("01.wal", cut(batches(), 20))],
        vec![file("01.wal", with_zeros_after(fragments()))],
        vec![file("01.wal", flipped(fragments(), 1))],
        vec![file("01.wal", cut(fragments(), 30)), file("02.wal", going_on(4)), file("03.wal", all_sorts())],
        vec![file("backup_1/01.wal", all_keys()), file("backup_2/02.wal", batches()), file("02.wal", going_on(20))],
    ]
}

fn file(name: &str, log: LogWriter) -> LogFile {
    LogFile { name: name.to_owned(), bytes: log.into_bytes() }
}

/// A log of overwrites, deletes and merges, whose numbers go up and down.
fn all_sorts() -> LogWriter {
    let mut log = LogWriter::new();
    let ops = [
        Op::put("k", "first"),
        Op::put("k1", "one"),
        Op::put("k", ""),
        Op::delete("k1"),
        Op::merge("k", "not held"),
        Op::put("", "of the empty key"),
        Op::put("k2", "two"),
        Op::delete("z"),
        Op::put("k2", "two again"),
    ];
    for (sequence, op) in [1, 2, 3, 4, 5, 1, 2, 7, 2].into_iter().zip(&ops) {
        log.entry(sequence, op);
    }
    log
}

/// A log with a batch of each kind, and entries around them.
fn batches() -> LogWriter {
    let ops = [Op::put("a", "of a batch"), Op::delete("aa"), Op::merge("ab", "m"), Op::put("a", "again")];
    let mut log = LogWriter::new();
    log.entry(1, &Op::put("aa", "before"));
    log.batch_record(2, &ops);
    log.entry(9, &Op::put("b", "between"));
    log.batch_with_header(10, &ops);
    log.batch_of_shared_sequence(14, &ops[..2]);
    log.batch_with_header(15, &[Op::put("\u{7f}", "the last"), Op::delete("a")]);
    log
}

/// A log that writes each key of a step three times. The second write is a delete if its number is even.
fn all_keys() -> LogWriter {
    let mut log = LogWriter::new();
    for (sequence, key) in (1..).zip(step::keys()) {
        log.entry(sequence, &Op::put(key, b"the first"));
        log.entry(sequence, &if sequence % 2 == 0 { Op::delete(key) } else { Op::put(key, b"the second") });
        log.entry(sequence / 2, &Op::put(key, b"the last"));
    }
    log
}

/// A log of entries in several records each, and of one in a single record.
fn fragments() -> LogWriter {
    let mut log = LogWriter::new();
    log.chain(1, &Op::put("eight bytes and more", "a value that is cut"), 33, 5);
    log.entry(2, &Op::put("eight by", "whole"));
    log.chain(3, &Op::put("k", "another that is cut into a few parts"), 20, 12);
    log
}

/// A log that begins with the sequence number `first`.
fn going_on(first: u64) -> LogWriter {
    let mut log = LogWriter::new();
    for (sequence, key) in (first..).zip(["k", "eight bytes and then", "a", "k"]) {
        log.entry(sequence, &Op::put(key, format!("number {sequence}")));
    }
    log
}

/// The log without its last `count` bytes.
fn cut(log: LogWriter, count: usize) -> LogWriter {
    let mut bytes = log.into_bytes();
    bytes.truncate(bytes.len() - count);
    raw(&bytes)
}

/// The log with one bit of a record's payload flipped.
fn flipped(log: LogWriter, record: usize) -> LogWriter {
    let at = log.record_starts()[record] + 12;
    let mut bytes = log.into_bytes();
    bytes[at] ^= 4;
    raw(&bytes)
}

fn with_zeros_after(mut log: LogWriter) -> LogWriter {
    log.raw_bytes(&[0; 9]);
    log
}

fn raw(bytes: &[u8]) -> LogWriter {
    let mut log = LogWriter::new();
    log.raw_bytes(bytes);
    log
}
