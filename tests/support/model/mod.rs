//! What recovery has to give, written down once more and as plainly as can be: a reader that goes through the log once,
//! in order, rule by rule. It shares no code with the crate and does not care for speed or memory.
//!
//! Sections and rules are those of the description of the log and of its recovery.

pub mod batch;
pub mod entry;
pub mod marks;
mod reader;
mod record;
mod table;

pub use reader::DamageKind;
pub use table::{Found, Scan, Table, Version};

use batch::Event;
use entry::{Entry, Op};
use marks::{ends, events_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    TolerateTornTail,
    Absolute,
    PointInTime,
    SkipCorrupted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Log,
    Sequence,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    pub order: Order,
    pub max_sequence: u64,
    pub max_memtables: usize,
    pub memtable_size: u64,
    pub include_set_aside: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::TolerateTornTail,
            order: Order::Log,
            max_sequence: u64::MAX,
            max_memtables: 4,
            memtable_size: 32 << 20,
            include_set_aside: false,
        }
    }
}

/// A file in or below the WAL directory, part of the log or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Its path below the WAL directory.
    pub name: String,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub result: Result<Recovered, Failure>,
    /// In log order; on failure up to and including the one that failed it.
    pub damage: Vec<Damage>,
    pub stats: Stats,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    pub max_sequence: u64,
    /// Oldest first.
    pub memtables: Vec<Table>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    pub file: String,
    pub offset: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    Corrupt,
    TooManyMemtables,
    Unsupported,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    pub file: String,
    pub offset: u64,
    pub length: u64,
    pub kind: DamageKind,
}

/// Counts up to where reading ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub files: u64,
    /// Of those files, whole.
    pub bytes: u64,
    /// Puts and deletes.
    pub entries_applied: u64,
    pub entries_above_max_sequence: u64,
    pub merges_ignored: u64,
    /// Batches of the second kind whose entries did not all follow.
    pub batches_dropped: u64,
    pub bytes_damaged: u64,
    /// The files after the damaged one. After a torn tail: those from the first file on that has something in it and
    /// does not continue the sequence numbers.
    pub files_left_out: u64,
}

impl Recovered {
    pub fn get(&self, key: &[u8], max_sequence: u64) -> Found {
        table::get(&self.memtables, key, max_sequence)
    }

    pub fn scan(&self, scan: &Scan) -> Vec<Version> {
        table::scan(&self.memtables, scan)
    }
}

/// Recovers a WAL directory that holds these files.
pub fn recover(files: &[LogFile], options: &Options) -> Outcome {
    let mut recovery = Recovery {
        options,
        tables: vec![Table::default()],
        max_sequence: 0,
        highest_read: 0,
        next_must_follow: false,
        damage: Vec::new(),
        stats: Stats::default(),
    };
    let failure = recovery.read_log(&files_of_log(files, options)).err();
    recovery.into_outcome(failure)
}

/// Section 1, and the last point of section 5: which files are the log, in their order.
fn files_of_log<'a>(files: &'a [LogFile], options: &Options) -> Vec<&'a LogFile> {
    let mut of_log: Vec<&LogFile> = files
        .iter()
        .filter(|file| match file.name.split_once('/') {
            None => true,
            Some((directory, name)) => {
                options.include_set_aside && directory.starts_with("backup_") && !name.contains('/')
            }
        })
        .filter(|file| file.name.as_bytes().ends_with(b".wal"))
        .collect();
    // What was set aside is older than a file of the same name that was not.
    of_log.sort_by_key(|file| (base_name(&file.name), !file.name.contains('/'), &file.name));
    of_log
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether reading goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    Stop,
}

struct Recovery<'a> {
    options: &'a Options,
    tables: Vec<Table>,
    max_sequence: u64,
    /// Entries above the maximum sequence count, dropped batches do not.
    highest_read: u64,
    /// There was a torn tail, and the mode is `PointInTime`.
    next_must_follow: bool,
    damage: Vec<Damage>,
    stats: Stats,
}

impl Recovery<'_> {
    fn read_log(&mut self, files: &[&LogFile]) -> Result<(), Failure> {
        for (index, (file, end)) in files.iter().zip(ends(files)).enumerate() {
            if self.read_file(file, end)? == Next::Stop {
                let is_damaged = self.damage.iter().any(|damage| damage.file == file.name);
                self.stats.files_left_out = (files.len() - index - usize::from(is_damaged)) as u64;
                break;
            }
        }
        Ok(())
    }

    fn read_file(&mut self, file: &LogFile, end: Option<u64>) -> Result<Next, Failure> {
        self.stats.files += 1;
        self.stats.bytes += (file.bytes.len() as u64).min(end.unwrap_or(u64::MAX));
        for event in events_of(&file.bytes, end, self.options.mode == Mode::SkipCorrupted) {
            let next = match event {
                Event::Synced { .. } => Next::GoOn,
                Event::Unsupported { .. } => return Err(failure(FailureKind::Unsupported, file, 0)),
                Event::Write { offset, ops } => self.write(file, offset, &ops)?,
                Event::Damage { start, end, kind, dropped_batches, .. } => {
                    self.stats.batches_dropped += dropped_batches;
                    self.damage(file, start, end, kind)?
                }
            };
            if next == Next::Stop {
                return Ok(Next::Stop);
            }
        }
        Ok(Next::GoOn)
    }

    /// Section 6, the table of modes.
    fn damage(&mut self, file: &LogFile, start: usize, end: usize, kind: DamageKind) -> Result<Next, Failure> {
        let length = (end - start) as u64;
        self.stats.bytes_damaged += length;
        self.damage.push(Damage { file: file.name.clone(), offset: start as u64, length, kind });
        match (self.options.mode, kind) {
            (Mode::Absolute, _) | (Mode::TolerateTornTail, DamageKind::Corruption) => {
                Err(failure(FailureKind::Corrupt, file, start))
            }
            (Mode::PointInTime, DamageKind::Corruption) => Ok(Next::Stop),
            (Mode::PointInTime, DamageKind::TornTail) => {
                self.next_must_follow = true;
                Ok(Next::GoOn)
            }
            (Mode::TolerateTornTail, DamageKind::TornTail) | (Mode::SkipCorrupted, _) => Ok(Next::GoOn),
        }
    }

    /// Section 5: an entry, or a whole batch. There is at least one op.
    fn write(&mut self, file: &LogFile, offset: usize, ops: &[Entry]) -> Result<Next, Failure> {
        let first_sequence = ops[0].sequence;
        let last_sequence = ops[ops.len() - 1].sequence;
        if self.next_must_follow && self.highest_read.checked_add(1) != Some(first_sequence) {
            return Ok(Next::Stop);
        }
        self.next_must_follow = false;
        self.highest_read = self.highest_read.max(last_sequence);
        if last_sequence > self.options.max_sequence {
            self.stats.entries_above_max_sequence += ops.len() as u64;
            return Ok(Next::GoOn);
        }
        self.max_sequence = self.max_sequence.max(last_sequence);
        self.rotate_if_full(file, offset)?;
        for entry in ops {
            self.apply(entry);
        }
        Ok(Next::GoOn)
    }

    fn rotate_if_full(&mut self, file: &LogFile, offset: usize) -> Result<(), Failure> {
        let count = self.tables.len();
        let current = &mut self.tables[count - 1];
        if current.approximate_size < self.options.memtable_size {
            return Ok(());
        }
        if count >= self.options.max_memtables {
            return Err(failure(FailureKind::TooManyMemtables, file, offset));
        }
        current.immutable = true;
        self.tables.push(Table::default());
        Ok(())
    }

    fn apply(&mut self, entry: &Entry) {
        if entry.op == Op::Merge {
            self.stats.merges_ignored += 1;
        } else {
            self.stats.entries_applied += 1;
        }
        let current = self.tables.len() - 1;
        self.tables[current].apply(entry);
    }

    fn into_outcome(self, failure: Option<Failure>) -> Outcome {
        let mut memtables = self.tables;
        for table in &mut memtables {
            table.arrange(self.options.order);
        }
        let recovered = Recovered { max_sequence: self.max_sequence, memtables };
        Outcome { result: failure.map_or(Ok(recovered), Err), damage: self.damage, stats: self.stats }
    }
}

fn failure(kind: FailureKind, file: &LogFile, offset: usize) -> Failure {
    Failure { kind, file: file.name.clone(), offset: offset as u64 }
}
