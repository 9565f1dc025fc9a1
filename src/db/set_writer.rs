//! Writes the tables of one edit: a *set*, cut into tables of about one size.

use super::tables::Tables;
use crate::error::Error;
use crate::log::write::name::time_of_creation;
use crate::memory::push;
use crate::table::{NewTable, Output, Properties, UnpublishedTable};

/// What all tables of a set say of themselves.
#[derive(Clone, Debug, Default)]
pub(super) struct SetProperties {
    /// Where they come from; the rest is set for each table.
    pub(super) properties: Properties,
    /// About how large a table becomes, in bytes.
    pub(super) table_size: u64,
    /// Bytes after which what was written is synced, so that the last sync is short.
    pub(super) sync_every: u64,
}

/// The tables of a set that is being written. Files of one that is dropped are removed.
pub(super) struct SetWriter<'t> {
    tables: &'t Tables,
    set: SetProperties,
    age: u64,
    level: u32,
    /// The number of the first table.
    first: Option<u64>,
    open: Option<Open>,
    done: Vec<Done>,
}

struct Open {
    table: NewTable,
    number: u64,
    age: u64,
    level: u32,
}

/// A table that is written and has no name yet.
pub(super) struct Done {
    pub(super) table: UnpublishedTable,
    pub(super) level: u32,
}

impl<'t> SetWriter<'t> {
    pub(super) fn new(tables: &'t Tables, set: SetProperties, age: u64, level: u32) -> Self {
        Self { tables, set, age, level, first: None, open: None, done: Vec::new() }
    }

    /// What is added from here on belongs to another run, whose keys start again.
    pub(super) fn next_run(&mut self, age: u64, level: u32) {
        (self.age, self.level) = (age, level);
    }

    /// Adds the newest version of a key; no value is a tombstone. Keys of a run rise.
    pub(super) fn add(&mut self, key: &[u8], sequence: u64, value: Option<&[u8]>) -> Result<(), Error> {
        let is_over = |open: &Open| open.age != self.age || open.table.size() >= self.set.table_size;
        if self.open.as_ref().is_some_and(is_over) {
            self.cut(false)?;
        }
        if self.open.is_none() {
            self.open = Some(self.begin()?);
        }
        self.open.as_mut().map_or(Ok(()), |open| open.table.add(key, sequence, value))
    }

    /// Bytes that have been written.
    pub(super) fn written(&self) -> u64 {
        let done: u64 = self.done.iter().map(|done| done.table.written().bytes).sum();
        done + self.open.as_ref().map_or(0, |open| open.table.size())
    }

    /// Ends the set: what it consists of, written and synced, without names.
    pub(super) fn finish(mut self) -> Result<Vec<Done>, Error> {
        self.cut(true)?;
        Ok(self.done)
    }

    fn begin(&mut self) -> Result<Open, Error> {
        let (age, level, number) = (self.age, self.level, self.tables.next_number());
        let table = self.tables.create((age, number), self.set.sync_every)?;
        self.first.get_or_insert(number);
        Ok(Open { table, number, age, level })
    }

    fn cut(&mut self, last: bool) -> Result<(), Error> {
        let Some(Open { table, number, age, level }) = self.open.take() else { return Ok(()) };
        let output = Output { set: self.first.unwrap_or(number), ordinal: self.done.len() as u32, last };
        let properties = Properties {
            number: Some(number),
            age: Some(age),
            level: Some(level),
            output: Some(output),
            writer: Some(concat!("libkevo ", env!("CARGO_PKG_VERSION")).into()),
            ..self.set.properties.clone()
        };
        let table = table.finish(properties, i64::try_from(time_of_creation()).unwrap_or(i64::MAX))?;
        push(&mut self.done, Done { table, level })
    }
}
