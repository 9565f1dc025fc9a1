//! Sets: the tables that one edit added, or was to add.

use std::collections::HashSet;

use super::listing::{ListedFile, ListedTable, Listing, table_name};
use super::state::{self, LogState, State, TableState, insert};
use crate::error::Error;
use crate::memory::copied_bytes;
use crate::table::{HIGHEST, LogUpTo, Properties, SourceTable};

/// What is there, for lookups by name.
pub(super) struct Present<'a> {
    numbers: HashSet<u64>,
    foreign: HashSet<&'a [u8]>,
    logs: HashSet<&'a [u8]>,
}

impl<'a> Present<'a> {
    pub(super) fn of(listing: &'a Listing, logs: &'a [ListedFile]) -> Result<Self, Error> {
        let mut present = Self { numbers: HashSet::new(), foreign: HashSet::new(), logs: HashSet::new() };
        for table in &listing.tables {
            state::add(&mut present.numbers, table.name.number)?;
        }
        for table in &listing.foreign_tables {
            state::add(&mut present.foreign, table.name.as_slice())?;
        }
        for log in logs {
            state::add(&mut present.logs, log.name.as_slice())?;
        }
        Ok(present)
    }

    pub(super) fn has(&self, table: &SourceTable) -> bool {
        match source(table) {
            Source::Ours(number) => self.numbers.contains(&number),
            Source::Foreign(name) => self.foreign.contains(name),
        }
    }

    pub(super) fn has_foreign(&self, name: &[u8]) -> bool {
        self.foreign.contains(name)
    }

    pub(super) fn has_log(&self, name: &[u8]) -> bool {
        self.logs.contains(name)
    }
}

pub(super) enum Source<'a> {
    Ours(u64),
    Foreign(&'a [u8]),
}

/// Which table a source is: one of ours by its number, whatever age its name has now.
pub(super) fn source(table: &SourceTable) -> Source<'_> {
    match table_name(&table.name) {
        Some(name) if table.set != 0 => Source::Ours(name.number),
        _ => Source::Foreign(&table.name),
    }
}

/// The tables of a set that are there; at least one.
#[derive(Clone, Copy)]
pub(super) struct Set<'a, 't>(&'a [&'t ListedTable]);

impl<'a, 't> Set<'a, 't> {
    pub(super) fn id(self) -> Option<u64> {
        self.0[0].set_id()
    }

    pub(super) fn tables(self) -> impl Iterator<Item = &'t ListedTable> + use<'a, 't> {
        self.0.iter().copied()
    }

    /// What all its tables say alike.
    pub(super) fn properties(self) -> Option<&'t Properties> {
        self.0[0].properties.as_ref()
    }

    pub(super) fn source_tables(self) -> &'t [SourceTable] {
        self.properties().map_or(&[], |properties| &properties.source_tables)
    }

    pub(super) fn source_logs(self) -> &'t [LogUpTo] {
        self.properties().map_or(&[], |properties| &properties.source_logs)
    }

    /// Whether its last table and all before it are there.
    pub(super) fn is_complete(self) -> bool {
        let mut next = 0;
        for output in self.tables().filter_map(|table| table.properties.as_ref()?.output) {
            if output.ordinal > next {
                return false;
            }
            if output.last {
                return true;
            }
            // Not the next always: one that is there under two names comes twice.
            next = output.ordinal.saturating_add(1);
        }
        false
    }
}

impl ListedTable {
    pub(super) fn set_id(&self) -> Option<u64> {
        self.properties.as_ref()?.output.map(|output| output.set)
    }

    /// Where it stands among all: by sets, and in its set.
    fn place(&self) -> (Option<u64>, u32) {
        let output = self.properties.as_ref().and_then(|properties| properties.output);
        (output.map(|output| output.set), output.map_or(0, |output| output.ordinal))
    }

    pub(super) fn state(&self) -> TableState {
        let level = self.properties.as_ref().and_then(|properties| properties.level);
        TableState { name: self.name, level: level.unwrap_or(0), length: self.length }
    }
}

/// Sorts `tables` by sets and gives each set to `each`. The tables that belong to no set are one, without an id.
pub(super) fn for_each_set<'t>(
    tables: &mut [&'t ListedTable],
    mut each: impl FnMut(Set<'_, 't>) -> Result<(), Error>,
) -> Result<(), Error> {
    tables.sort_unstable_by_key(|table| (table.place(), table.name));
    tables.chunk_by(|a, b| a.set_id() == b.set_id()).try_for_each(|tables| each(Set(tables)))
}

impl State {
    /// Notes that nothing of a log is needed up to a length, if that is more than what is known.
    pub(super) fn take_in(&mut self, log: &LogUpTo) -> Result<(), Error> {
        match self.logs.get(log.name.as_slice()) {
            Some(LogState::TakenIn { length }) if *length >= log.length => Ok(()),
            _ => insert(&mut self.logs, copied_bytes(&log.name)?, LogState::TakenIn { length: log.length }).map(drop),
        }
    }

    /// Adds the tables of a set. Of two names of one the higher age counts.
    pub(super) fn add_set(&mut self, set: Set<'_, '_>) -> Result<(), Error> {
        for table in set.tables() {
            let known = self.tables.get(&table.name.number);
            if known.is_none_or(|known| known.name < table.name) {
                insert(&mut self.tables, table.name.number, table.state())?;
            }
        }
        Ok(())
    }

    /// Takes away what a set was made from.
    pub(super) fn replace_sources(&mut self, set: Set<'_, '_>) -> Result<(), Error> {
        for table in set.source_tables() {
            match source(table) {
                Source::Ours(number) => drop(self.tables.remove(&number)),
                Source::Foreign(name) => self.replace_foreign(name)?,
            }
        }
        set.source_logs().iter().try_for_each(|log| self.take_in(log))
    }

    /// Notes the numbers that a table says have been given.
    pub(super) fn note_numbers(&mut self, table: &ListedTable) {
        let mut highest = table.name.number;
        if let Some(properties) = &table.properties {
            let sources = properties.source_tables.iter().filter_map(|source| table_name(&source.name));
            let numbers = sources.map(|name| name.number).chain(properties.number);
            highest = numbers.filter(|number| *number < HIGHEST).fold(highest, u64::max);
            let sequences = properties.sequences.map(|(_, largest)| largest);
            let given = properties.last_sequence.max(sequences).unwrap_or(0);
            self.last_sequence = self.last_sequence.max(given);
        }
        self.next_number = self.next_number.max(highest + 1);
    }
}
