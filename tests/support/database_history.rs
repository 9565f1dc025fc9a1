//! Short histories of a database for tests in which the disk fails or loses its power: what was written, what was
//! acknowledged, and what has to be on disk.
#![allow(dead_code)] // Not every test wants all of it.

use std::fmt;
use std::path::PathBuf;

use kevo::Error;
use kevo::db::{Batch, Database, DbOptions, SyncMode, TransactionOptions, WriteOptions};

use super::database::{self, Contents, PATH, Random};
use super::disk::TwinDisk;

type Operation = (Vec<u8>, Option<Vec<u8>>);

#[derive(Clone)]
pub enum Act {
    /// One operation, or a batch.
    Write(Vec<Operation>, bool),
    /// A transaction that is committed while another one is open.
    Commit(Vec<Operation>, bool),
    DeleteRange(Vec<u8>, Vec<u8>),
    Sync,
    Flush,
    Compact,
    Reopen,
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(operations, sync) | Self::Commit(operations, sync) => {
                let absent: &[u8] = b"-";
                let shown = operations.iter().map(|(key, value)| (key.as_slice(), value.as_deref().unwrap_or(absent)));
                let name = if matches!(self, Self::Write(..)) { "Write" } else { "Commit" };
                write!(f, "{name}{}{}", database::shown(shown), if *sync { " synced" } else { "" })
            }
            Self::DeleteRange(begin, end) => {
                write!(f, "DeleteRange({}..{})", String::from_utf8_lossy(begin), String::from_utf8_lossy(end))
            }
            Self::Sync => f.write_str("Sync"),
            Self::Flush => f.write_str("Flush"),
            Self::Compact => f.write_str("Compact"),
            Self::Reopen => f.write_str("Reopen"),
        }
    }
}

/// So many acts. The last of them are those that a short history must not miss.
pub fn acts(seed: u64, count: usize) -> Vec<Act> {
    let (mut random, mut written) = (Random::new(seed), 0_u32);
    let mut operation = |random: &mut Random| {
        written += 1;
        let key = if random.one_in(12) { Vec::new() } else { format!("key{}", random.below(9)).into_bytes() };
        let len = [3, 40, 150][random.below(3) as usize];
        let value = written.to_be_bytes().into_iter().cycle().take(len).collect();
        (key, (!random.one_in(4)).then_some(value))
    };
    let mut acts: Vec<Act> = (0..count)
        .map(|_| match random.below(20) {
            0..9 => Act::Write(vec![operation(&mut random)], random.one_in(5)),
            9..14 => {
                let count = 2 + random.below(4);
                let operations = (0..count).map(|_| operation(&mut random)).collect();
                let act = if random.one_in(3) { Act::Commit } else { Act::Write };
                act(operations, random.one_in(5))
            }
            14 => Act::DeleteRange(b"key2".to_vec(), b"key5".to_vec()),
            15 => Act::Sync,
            16 | 17 => Act::Flush,
            18 => Act::Compact,
            _ => Act::Reopen,
        })
        .collect();
    let last = [Act::Flush, Act::Compact, Act::Reopen];
    acts.extend(last.into_iter().flat_map(|act| [act, Act::Write(vec![operation(&mut random)], false)]));
    acts
}

/// What an act makes of `contents`.
fn after(contents: &Contents, act: &Act) -> Contents {
    let mut contents = contents.clone();
    match act {
        Act::Write(operations, _) | Act::Commit(operations, _) => {
            for (key, value) in operations {
                match value {
                    Some(value) => drop(contents.insert(key.clone(), value.clone())),
                    None => drop(contents.remove(key)),
                }
            }
        }
        Act::DeleteRange(begin, end) => contents.retain(|key, _| key < begin || key >= end),
        Act::Sync | Act::Flush | Act::Compact | Act::Reopen => {}
    }
    contents
}

/// What is known of a history that has been made so far.
#[derive(Clone, Debug)]
pub struct Told {
    /// What was there after each write, the last attempt included; first nothing.
    pub states: Vec<Contents>,
    /// The last of the states that was acknowledged.
    pub acknowledged: usize,
    /// The last of them that has to be on disk.
    pub synced: usize,
}

impl Default for Told {
    fn default() -> Self {
        Self { states: vec![Contents::new()], acknowledged: 0, synced: 0 }
    }
}

impl Told {
    pub fn now(&self) -> &Contents {
        &self.states[self.acknowledged]
    }

    /// Panics if `found` is none of the states from number `first` on; returns its number.
    pub fn find(&self, found: &Contents, first: usize) -> usize {
        let at = self.states.iter().rposition(|state| state == found).filter(|&at| at >= first);
        at.unwrap_or_else(|| {
            let states =
                self.states.iter().enumerate().map(|(at, state)| format!("\n{at}: {}", database::shown_map(state)));
            panic!(
                "there is {}, which is none of the states from {first} on; {} was acknowledged:{}",
                database::shown_map(found),
                self.acknowledged,
                states.collect::<String>()
            )
        })
    }

    /// From now on this state is the one that was acknowledged last.
    pub fn goes_on_from(&mut self, state: usize) {
        self.states.truncate(state + 1);
        self.acknowledged = state;
        self.synced = self.synced.min(state);
    }
}

/// Does one act, and notes what it told. `database` is `None` only after an opening that failed.
pub fn make(
    act: &Act,
    disk: &TwinDisk,
    options: &DbOptions,
    database: &mut Option<Database>,
    told: &mut Told,
) -> Result<(), Error> {
    let always = options.sync == SyncMode::Always;
    match act {
        Act::Write(..) | Act::Commit(..) | Act::DeleteRange(..) => {
            told.states.truncate(told.acknowledged + 1);
            told.states.push(after(told.now(), act));
            let sync = write(database.as_ref().expect("it is open"), act)?;
            told.acknowledged += 1;
            if always || sync {
                told.synced = told.acknowledged;
            }
            return Ok(());
        }
        Act::Sync => database.as_ref().expect("it is open").sync()?,
        Act::Flush => database.as_ref().expect("it is open").flush()?,
        Act::Compact => database.as_ref().expect("it is open").compact(b"", None)?,
        Act::Reopen => {
            let closed = database.take().map_or(Ok(()), |database| database.close());
            if closed.is_ok() {
                told.synced = told.acknowledged;
            }
            closed?;
            *database = Some(database::open(disk, options)?);
        }
    }
    told.synced = told.acknowledged;
    Ok(())
}

/// Returns whether it asked for a sync.
fn write(database: &Database, act: &Act) -> Result<bool, Error> {
    match act {
        Act::Write(operations, sync) => {
            let options = WriteOptions { sync: sync.then_some(true), no_wait: false };
            match operations.as_slice() {
                [(key, Some(value))] => database.put(key, value, options)?,
                [(key, None)] => database.delete(key, options)?,
                _ => {
                    let mut batch = Batch::new();
                    for (key, value) in operations {
                        match value {
                            Some(value) => batch.put(key, value)?,
                            None => batch.delete(key)?,
                        }
                    }
                    database.write(&batch, options)?
                }
            };
            Ok(*sync)
        }
        Act::Commit(operations, sync) => {
            commit(database, operations, WriteOptions { sync: sync.then_some(true), no_wait: false })?;
            Ok(*sync)
        }
        Act::DeleteRange(begin, end) => {
            database.delete_range(begin, Some(end), WriteOptions::default())?;
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// Commits a transaction. Nothing of what it has rolled back, or of the one that is open meanwhile, is ever there.
fn commit(database: &Database, operations: &[Operation], options: WriteOptions) -> Result<(), Error> {
    let (in_flight, transaction) =
        (database.begin(TransactionOptions::default())?, database.begin(TransactionOptions::default())?);
    in_flight.put(b"key1", b"never committed")?;
    transaction.get(b"key3")?;
    transaction.savepoint()?;
    transaction.put(b"key4", b"rolled back")?;
    transaction.rollback_to_savepoint()?;
    for (key, value) in operations {
        match value {
            Some(value) => transaction.put(key, value)?,
            None => transaction.delete(key)?,
        }
    }
    transaction.commit(options).map(drop)
}

/// The file that an error names, and what the system said of it.
pub fn named_file(error: &Error) -> Option<(PathBuf, Option<i32>)> {
    match error {
        Error::Io { path, source, .. } => Some((path.clone(), source.raw_os_error())),
        Error::Corrupt { path, .. }
        | Error::CorruptTable { path, .. }
        | Error::Missing { path }
        | Error::Unsupported { path, .. }
        | Error::UnsupportedTable { path, .. } => Some((path.clone(), None)),
        Error::Failed(cause) => named_file(cause),
        _ => None,
    }
    .filter(|(path, _)| path.starts_with(PATH))
}
