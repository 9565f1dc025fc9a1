//! What the tables of a database say of it, where `VERSIONS` is lost or damaged.

use std::collections::{HashMap, HashSet};

use super::check::Checked;
use super::listing::{ListedFile, ListedTable, Listing};
use super::sets::{Present, Set, for_each_set};
use super::state::{ForeignState, LogState, State, add, insert};
use crate::error::Error;
use crate::kevo_directory::TableName as KevoName;
use crate::memory::{self, copied_bytes, push};
use crate::table::{ForeignTable, HIGHEST, LogUpTo, Properties};

/// Makes the state again from the tables in `sst/` and the logs that there are, in whatever directory but `wal/kept/`.
/// Of all tables of ours the properties have to be there as far as they can be read.
///
/// # Errors
/// [`Error::NoMemory`].
pub fn rebuild(listing: &Listing, logs: &[ListedFile]) -> Result<Checked, Error> {
    let evidence = Evidence::of(listing, logs)?;
    let mut state = State::default();
    let mut tables = memory::collected(listing.tables.iter())?;
    for_each_set(&mut tables, |set| if evidence.is_made(set) { state.add_set(set) } else { Ok(()) })?;
    for_each_set(&mut tables, |set| {
        let replaces = set.id().is_some() && evidence.is_made(set);
        if replaces { state.replace_sources(set) } else { Ok(()) }
    })?;
    for table in &listing.tables {
        state.note_numbers(table);
        taken_in(table).iter().try_for_each(|log| state.take_in(log))?;
    }
    add_foreign(&mut state, listing, &evidence.present)?;
    let mut checked = Checked { state, is_changed: true, ..Checked::default() };
    checked.compare(listing)?;
    Ok(checked)
}

impl State {
    /// What tables that are written now say of the database, so that it can be made again from them.
    ///
    /// # Errors
    /// [`Error::NoMemory`].
    pub fn properties(&self) -> Result<Properties, Error> {
        let mut properties = Properties { last_sequence: Some(self.last_sequence), ..Properties::default() };
        for (name, log) in &self.logs {
            if let LogState::TakenIn { length } = *log {
                push(&mut properties.logs_taken_in, LogUpTo { length, name: copied_bytes(name)? })?;
            }
        }
        for (name, &ForeignState { age, length, .. }) in &self.foreign_tables {
            push(&mut properties.foreign_tables, ForeignTable { age, length, name: copied_bytes(name)? })?;
        }
        Ok(properties)
    }
}

/// What all tables together say of each set.
struct Evidence<'a> {
    present: Present<'a>,
    /// Sets that another table names as its source.
    taken: HashSet<u64>,
    /// Up to where logs were taken in, by what tables say of the time when they were begun.
    taken_in: HashMap<&'a [u8], u64>,
}

impl<'a> Evidence<'a> {
    fn of(listing: &'a Listing, logs: &'a [ListedFile]) -> Result<Self, Error> {
        let present = Present::of(listing, logs)?;
        let mut evidence = Self { present, taken: HashSet::new(), taken_in: HashMap::new() };
        for properties in listing.tables.iter().filter_map(|table| table.properties.as_ref()) {
            for table in &properties.source_tables {
                add(&mut evidence.taken, table.set)?;
            }
            for log in &properties.logs_taken_in {
                let length = evidence.taken_in.get(log.name.as_slice()).copied().unwrap_or(0);
                insert(&mut evidence.taken_in, log.name.as_slice(), length.max(log.length))?;
            }
        }
        Ok(evidence)
    }

    /// Whether the edit that added the set was made. A table that does not say which set it is in stays: what it holds
    /// may be nowhere else.
    fn is_made(&self, set: Set<'_, '_>) -> bool {
        let Some(id) = set.id() else { return true };
        set.is_complete()
            || self.taken.contains(&id)
            || set.source_tables().iter().any(|table| !self.present.has(table))
            || set.source_logs().iter().any(|log| !self.present.has_log(&log.name) || self.is_taken_in(log))
    }

    fn is_taken_in(&self, log: &LogUpTo) -> bool {
        self.taken_in.get(log.name.as_slice()).is_some_and(|length| *length >= log.length)
    }
}

/// Gives the tables of Kevo the ages that tables of ours say they have, the one with the highest number first. That one
/// also says which there were: others may have been replaced since.
fn add_foreign(state: &mut State, listing: &Listing, present: &Present<'_>) -> Result<(), Error> {
    let readable = listing.tables.iter().filter(|table| table.properties.is_some());
    let last = readable.clone().map(|table| table.name.number).max();
    for table in memory::sorted(listing.tables.iter(), |table| std::cmp::Reverse(table.name.number))? {
        for foreign in table.properties.iter().flat_map(|properties| &properties.foreign_tables) {
            let is_known = state.foreign_tables.contains_key(&foreign.name);
            let is_replaced = state.replaced_foreign.contains(&foreign.name);
            let counts = Some(table.name.number) == last || present.has_foreign(&foreign.name);
            if !is_known && !is_replaced && counts && foreign.age <= HIGHEST {
                let level = KevoName::parse(&foreign.name).map_or(0, |name| name.level);
                let foreign_state = ForeignState { age: foreign.age, level, length: foreign.length };
                insert(&mut state.foreign_tables, copied_bytes(&foreign.name)?, foreign_state)?;
            }
        }
    }
    Ok(())
}

fn taken_in(table: &ListedTable) -> &[LogUpTo] {
    table.properties.as_ref().map_or(&[], |Properties { logs_taken_in, .. }| logs_taken_in)
}
