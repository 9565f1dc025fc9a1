//! Runs the tool.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::compile::{link_shared, preloaded, program, text_of};

pub const DONE: i32 = 0;
pub const DIFFERS: i32 = 1;
pub const USAGE: i32 = 2;
pub const DAMAGE: i32 = 3;
pub const LOCKED: i32 = 4;
pub const FAILED: i32 = 5;

struct Built {
    program: PathBuf,
    clock: PathBuf,
    _directory: TempDir,
}

fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        let clock = preloaded("tests/c/clock.c", directory.path());
        let program = program("examples-c/tool", "-std=c99", directory.path(), &link_shared(directory.path()));
        Built { program, clock, _directory: directory }
    })
}

pub fn program_path() -> &'static Path {
    &built().program
}

/// A clock for the tool, as `LD_PRELOAD` takes it.
pub fn clock() -> &'static Path {
    &built().clock
}

pub fn command<S: AsRef<OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(program_path());
    command.env_remove("LD_LIBRARY_PATH").env("LC_ALL", "C").args(arguments).stdin(Stdio::null());
    command
}

/// What a run has left.
pub struct Ran {
    pub status: i32,
    pub out: Vec<u8>,
    pub err: String,
    text: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            status: output.status.code().unwrap_or_else(|| panic!("{}", text_of(output))),
            out: output.stdout.clone(),
            err: String::from_utf8(output.stderr.clone()).expect("messages are UTF-8"),
            text: text_of(output),
        }
    }

    #[track_caller]
    pub fn ends_with(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    pub fn done(self) -> Self {
        self.ends_with(DONE)
    }

    #[track_caller]
    pub fn out(&self) -> &str {
        std::str::from_utf8(&self.out).expect("the output is UTF-8")
    }

    /// The lines as JSON.
    #[track_caller]
    pub fn json(&self) -> Vec<Value> {
        let parsed = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.out().lines().map(parsed).collect()
    }

    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        assert!(self.err.contains(part), "{part} is not in\n{}", self.text);
        self
    }
}

pub fn kevo<S: AsRef<OsStr>>(arguments: &[S]) -> Ran {
    Ran::of(&command(arguments).output().unwrap())
}

/// The same with this as standard input.
pub fn fed<S: AsRef<OsStr>>(arguments: &[S], input: &[u8]) -> Ran {
    let mut command = command(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the tool runs");
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It may end before it has read all.
    let writer = thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran::of(&output)
}

/// A path for a database, in a directory that goes with it.
pub struct Place {
    directory: TempDir,
    pub db: String,
}

impl Place {
    pub fn new() -> Self {
        Self::of(TempDir::new().unwrap())
    }

    /// The database is `db` in this directory.
    pub fn of(directory: TempDir) -> Self {
        let db = directory.path().join("db").to_str().unwrap().to_owned();
        Self { directory, db }
    }

    /// With these operations in it, as `kevo batch` takes them.
    pub fn with(operations: &str) -> Self {
        let place = Self::new();
        fed(&["batch", "--create", &place.db], operations.as_bytes()).done();
        place
    }

    /// With so many keys, `key0000` and on, in a table.
    pub fn with_table(keys: u32) -> Self {
        let lines = concat((0..keys).map(|key| format!("put key{key:04} {}\n", "v".repeat(100))));
        let place = Self::with(&lines);
        kevo(&["compact", &place.db]).done();
        place
    }

    /// A path beside the database.
    pub fn beside(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    pub fn scanned(&self) -> String {
        scanned(&self.db)
    }

    /// The table that is the largest.
    pub fn table(&self) -> PathBuf {
        let tables = fs::read_dir(Path::new(&self.db).join("sst")).unwrap().map(|entry| entry.unwrap().path());
        tables.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap()
    }

    /// Flips a bit of that table. Returns its name.
    pub fn damage(&self, at: usize) -> String {
        let table = self.table();
        let mut bytes = fs::read(&table).unwrap();
        bytes[at] ^= 1;
        fs::write(&table, bytes).unwrap();
        table.file_name().unwrap().to_str().unwrap().to_owned()
    }
}

pub fn scanned(db: &str) -> String {
    kevo(&["scan", db]).done().out().to_owned()
}

pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect()
}

/// Lines, one after the other.
pub fn concat(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<String>>().concat()
}
