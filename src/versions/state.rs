//! What a database has: its tables, and which of its logs are needed.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::change::Change;
use super::listing::table_name;
use crate::error::Error;
use crate::memory::{self, copied_bytes};
use crate::table::{HIGHEST, TableName};

/// What a database has. The default is an empty database.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Tables of ours, by their numbers.
    pub tables: HashMap<u64, TableState>,
    /// Tables of Kevo, by their names in `sst/`.
    pub foreign_tables: HashMap<Vec<u8>, ForeignState>,
    /// Tables of Kevo that have been replaced, and whose files may be there all the same: they are no new ones.
    pub replaced_foreign: HashSet<Vec<u8>>,
    /// The logs that are known, by the names of their files. All others are needed to their ends.
    pub logs: HashMap<Vec<u8>, LogState>,
    /// All numbers of tables are below this one.
    pub next_number: u64,
    /// At least this sequence number has been given.
    pub last_sequence: u64,
}

/// A table of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableState {
    /// The name of its file; the age in it is that of its run now.
    pub name: TableName,
    /// A hint for choosing what to compact.
    pub level: u32,
    /// The length of its file, in bytes.
    pub length: u64,
}

/// A table of Kevo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignState {
    /// The age of its run.
    pub age: u64,
    /// A hint for choosing what to compact.
    pub level: u32,
    /// The length of its file, in bytes.
    pub length: u64,
}

/// How much of a known log is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogState {
    /// Only what stands after this length, which was appended by Kevo.
    TakenIn {
        /// In bytes.
        length: u64,
    },
    /// What stands before its end; and what stands after its length, which was appended by Kevo.
    Closed {
        /// In bytes from the start of the file.
        end: u64,
        /// Of the file when it was closed, in bytes.
        length: u64,
    },
}

impl LogState {
    /// What stands after this was appended by Kevo: bytes from the start of the file.
    pub(crate) fn length(&self) -> u64 {
        let (Self::TakenIn { length } | Self::Closed { length, .. }) = self;
        *length
    }
}

/// Why a change is refused.
#[derive(Debug)]
pub enum Refusal {
    /// It says what cannot be.
    Impossible(&'static str),
    /// There is no memory for it.
    NoMemory(Error),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // The library itself put it together.
            Refusal::Impossible(what) => Self::InvalidArgument(what),
            Refusal::NoMemory(error) => error,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::NoMemory(error)
    }
}

impl State {
    /// Makes all changes of an edit, in their order.
    ///
    /// # Errors
    /// [`Refusal`]; the changes before the one that is refused have been made then, so the state is of no use.
    pub fn apply<'a>(&mut self, changes: impl IntoIterator<Item = Change<'a>>) -> Result<(), Refusal> {
        let mut highest = None;
        for change in changes {
            if let Change::Table { name, .. } = change {
                highest = highest.max(Some(name.number));
            }
            self.make(change)?;
        }
        // Not sooner: the next number may stand after the tables.
        demand(highest < Some(self.next_number), "a table has a number that is not below the next number")
    }

    /// The changes that make this out of an empty database; tables by number, names by their bytes.
    ///
    /// # Errors
    /// [`Error::NoMemory`].
    pub fn changes(&self) -> Result<Vec<Change<'_>>, Error> {
        let count = self.tables.len() + self.foreign_tables.len() + self.replaced_foreign.len() + self.logs.len() + 2;
        let mut changes = memory::with_capacity(count)?;
        let tables = memory::sorted(self.tables.values().copied(), |table| table.name.number)?;
        changes.extend(tables.into_iter().map(|TableState { name, level, length }| Change::Table {
            name,
            level,
            length,
        }));
        let foreign = memory::sorted(self.foreign_tables.iter(), |(name, _)| *name)?;
        changes.extend(foreign.into_iter().map(|(name, &ForeignState { age, level, length })| Change::Foreign {
            name,
            age,
            level,
            length,
        }));
        let replaced = memory::sorted(self.replaced_foreign.iter(), |name| *name)?;
        changes.extend(replaced.into_iter().map(|name| Change::ForeignReplaced { name }));
        let logs = memory::sorted(self.logs.iter(), |(name, _)| *name)?;
        changes.extend(logs.into_iter().map(|(name, log)| match *log {
            LogState::TakenIn { length } => Change::LogTakenIn { name, length },
            LogState::Closed { end, length } => Change::LogClosed { name, end, length },
        }));
        changes.extend([Change::NextNumber(self.next_number), Change::LastSequence(self.last_sequence)]);
        Ok(changes)
    }

    /// Another one like it.
    ///
    /// # Errors
    /// [`Error::NoMemory`].
    pub fn copied(&self) -> Result<Self, Error> {
        let mut copy = Self::default();
        match copy.apply(self.changes()?) {
            Ok(()) => Ok(copy),
            Err(Refusal::NoMemory(error)) => Err(error),
            // Only a state that was put together by hand can be one that no edit makes.
            Err(Refusal::Impossible(what)) => Err(Error::InvalidArgument(what)),
        }
    }

    fn make(&mut self, change: Change<'_>) -> Result<(), Refusal> {
        match change {
            Change::Table { name, level, length } => {
                check_age(name.age)?;
                let table = TableState { name, level, length };
                let before = insert(&mut self.tables, name.number, table)?;
                demand(before.is_none(), "a table is added that is there")
            }
            Change::Foreign { name, age, level, length } => {
                check_name(name)?;
                check_age(age)?;
                let is_new = table_name(name).is_none() && !self.replaced_foreign.contains(name);
                demand(is_new, "a table of Kevo is added that is ours, or has been replaced")?;
                let before =
                    insert(&mut self.foreign_tables, copied_bytes(name)?, ForeignState { age, level, length })?;
                demand(before.is_none(), "a table of Kevo is added that is there")
            }
            Change::TableGone { number } => {
                demand(self.tables.remove(&number).is_some(), "a table goes that is not there")
            }
            Change::ForeignGone { name } => {
                demand(self.foreign_tables.contains_key(name), "a table of Kevo goes that is not there")?;
                Ok(self.replace_foreign(name)?)
            }
            Change::ForeignReplaced { name } => {
                check_name(name)?;
                demand(!self.foreign_tables.contains_key(name), "a table of Kevo is there and has been replaced")?;
                Ok(self.replace_foreign(name)?)
            }
            Change::TableMoved { number, age, level } => {
                check_age(age)?;
                let moved = self.tables.get_mut(&number).map(|table| (table.name.age, table.level) = (age, level));
                demand(moved.is_some(), "a table is moved that is not there")
            }
            Change::LogTakenIn { name, length } => self.know(name, LogState::TakenIn { length }),
            Change::LogClosed { name, end, length } => {
                demand(end <= length, "a log ends after its length")?;
                self.know(name, LogState::Closed { end, length })
            }
            Change::NextNumber(number) => {
                self.next_number = self.next_number.max(number);
                demand(number <= HIGHEST, "a next number that no database gets to")
            }
            Change::LastSequence(sequence) => {
                self.last_sequence = self.last_sequence.max(sequence);
                Ok(())
            }
        }
    }

    /// A table of Kevo is needed no more, if it was; its file may be there all the same.
    pub(super) fn replace_foreign(&mut self, name: &[u8]) -> Result<(), Error> {
        add(&mut self.replaced_foreign, copied_bytes(name)?)?;
        self.foreign_tables.remove(name);
        Ok(())
    }

    /// The highest age of a run; 0 if there is none.
    pub fn highest_age(&self) -> u64 {
        self.ages().max().unwrap_or(0)
    }

    /// The lowest age of a run; `None` if there is none.
    pub fn lowest_age(&self) -> Option<u64> {
        self.ages().min()
    }

    fn ages(&self) -> impl Iterator<Item = u64> {
        let foreign = self.foreign_tables.values().map(|table| table.age);
        self.tables.values().map(|table| table.name.age).chain(foreign)
    }

    fn know(&mut self, name: &[u8], log: LogState) -> Result<(), Refusal> {
        check_name(name)?;
        if let Some(known) = self.logs.get_mut(name) {
            *known = log;
            return Ok(());
        }
        insert(&mut self.logs, copied_bytes(name)?, log)?;
        Ok(())
    }
}

/// Refuses what is no name of a file in a directory: it would lead to another one.
fn check_name(name: &[u8]) -> Result<(), Refusal> {
    let is_name = !matches!(name, b"" | b"." | b"..") && !name.contains(&b'/') && !name.contains(&0);
    demand(is_name, "a name that no file can have")
}

fn check_age(age: u64) -> Result<(), Refusal> {
    demand(age <= HIGHEST, "an age that no run gets to")
}

fn demand(is_so: bool, what: &'static str) -> Result<(), Refusal> {
    if is_so { Ok(()) } else { Err(Refusal::Impossible(what)) }
}

/// Adds an item, and gives the one that was there.
pub(super) fn insert<K: Eq + Hash, V>(items: &mut HashMap<K, V>, key: K, item: V) -> Result<Option<V>, Error> {
    items.try_reserve(1).map_err(|_| memory::refused::<(K, V)>(items.len() + 1))?;
    Ok(items.insert(key, item))
}

/// Adds an item, unless it is there.
pub(super) fn add<T: Eq + Hash>(items: &mut HashSet<T>, item: T) -> Result<(), Error> {
    items.try_reserve(1).map_err(|_| memory::refused::<T>(items.len() + 1))?;
    items.insert(item);
    Ok(())
}
