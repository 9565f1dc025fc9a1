//! Whether what a state names is there, and what else is there: step 3 of an opening.

use super::listing::{ListedFile, ListedTable, Listing};
use super::sets::{Present, Set, Source, for_each_set, source};
use super::state::{LogState, State};
use crate::error::Error;
use crate::kevo_directory::TableName as KevoName;
use crate::memory::{self, copied_bytes};
use crate::table::{LogUpTo, TableName};

/// What an opening goes on with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// What the database has. Tables that are missing stay named.
    pub state: State,
    /// Whether `VERSIONS` did not say all of it: a change of its was made once more, or it was rebuilt.
    pub is_changed: bool,
    /// Files in `sst/` that are to be removed when the opening has been made.
    pub leftovers: Vec<Vec<u8>>,
    /// Tables of ours of which it is not known whether they count. They stay, and are not read.
    pub in_doubt: Vec<TableName>,
    /// Tables of Kevo that are gone since Kevo compacted them; the state does not name them any more.
    pub compacted: Vec<Vec<u8>>,
    /// Tables of Kevo that are new, and need ages.
    pub new_foreign: Vec<ListedFile>,
    /// Whether other tables of Kevo were there, or may have come back by a crash, that Kevo could compact.
    pub had_foreign: bool,
    /// What is named and is not there, or is not as it was.
    pub damage: Vec<FileDamage>,
}

/// A table that is named and cannot be what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDamage {
    /// Its name in `sst/`.
    pub name: Vec<u8>,
    /// The length that it had, in bytes.
    pub expected: u64,
    /// The length that it has; `None` if it is gone.
    pub found: Option<u64>,
}

/// Compares an intact `state` with what is in `sst/`, and with the logs that there are, in whatever directory but
/// `wal/kept/`. Of tables that [`Listing::unnamed`] gives, the properties have to be there as far as they can be read.
/// Lists of the result are sorted by names.
///
/// # Errors
/// [`Error::NoMemory`].
pub fn check(state: State, listing: &Listing, logs: &[ListedFile]) -> Result<Checked, Error> {
    let mut unnamed = Vec::new();
    for table in listing.tables.iter().filter(|table| !state.tables.contains_key(&table.name.number)) {
        memory::push(&mut unnamed, table)?;
    }
    let mut checked = Checked { state, ..Checked::default() };
    checked.judge_sets(&mut unnamed, listing, logs)?;
    checked.compare(listing)?;
    Ok(checked)
}

/// What is to be done with the tables of a set that the state does not name.
enum Verdict {
    /// The edit that added them was made, and lost afterwards.
    Made,
    /// Nothing of them is needed.
    Leftover,
    Doubt,
}

impl Checked {
    /// Compares the state with what is there, when all tables that are to be added have been.
    pub(super) fn compare(&mut self, listing: &Listing) -> Result<(), Error> {
        self.follow_moves(listing)?;
        self.compare_tables(listing)?;
        self.compare_foreign(listing)?;
        for name in &listing.remains {
            memory::push(&mut self.leftovers, copied_bytes(name)?)?;
        }
        let highest = listing.highest_number.map_or(0, |number| number + 1);
        self.state.next_number = self.state.next_number.max(highest);
        self.leftovers.sort_unstable();
        self.damage.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    fn judge_sets(
        &mut self,
        unnamed: &mut [&ListedTable],
        listing: &Listing,
        logs: &[ListedFile],
    ) -> Result<(), Error> {
        let judge = Judge {
            present: Present::of(listing, logs)?,
            last_taken_in: self.state.last_taken_in()?,
            next_number: self.state.next_number,
        };
        for_each_set(unnamed, |set| match judge.verdict(set, &self.state) {
            Verdict::Made => {
                self.is_changed = true;
                set.tables().for_each(|table| self.state.note_numbers(table));
                self.state.add_set(set)?;
                self.state.replace_sources(set)
            }
            Verdict::Leftover => Ok(()),
            Verdict::Doubt => set.tables().try_for_each(|table| memory::push(&mut self.in_doubt, table.name)),
        })?;
        self.in_doubt.sort_unstable();
        Ok(())
    }

    /// A table that is there only under another name than it should have was moved, and that edit was lost.
    fn follow_moves(&mut self, listing: &Listing) -> Result<(), Error> {
        let listed = memory::sorted(listing.tables.iter(), |table| (table.name.number, table.name))?;
        for table in self.state.tables.values_mut() {
            let number = table.name.number;
            let start = listed.partition_point(|listed| listed.name.number < number);
            let end = listed.partition_point(|listed| listed.name.number <= number);
            let names = &listed[start..end];
            if let Some(last) = names.last().filter(|_| names.iter().all(|listed| listed.name != table.name)) {
                (table.name, self.is_changed) = (last.name, true);
            }
        }
        Ok(())
    }

    fn compare_tables(&mut self, listing: &Listing) -> Result<(), Error> {
        let listed = memory::sorted(listing.tables.iter(), |table| table.name)?;
        for table in self.state.tables.values() {
            let found = listed.binary_search_by_key(&table.name, |listed| listed.name);
            let found = found.ok().map(|place| listed[place].length);
            if found != Some(table.length) {
                let name = table.name.to_string().into_bytes();
                memory::push(&mut self.damage, FileDamage { name, expected: table.length, found })?;
            }
        }
        for ListedTable { name, .. } in listed {
            let is_named = self.state.tables.get(&name.number).is_some_and(|table| table.name == *name);
            if !is_named && self.in_doubt.binary_search(name).is_err() {
                memory::push(&mut self.leftovers, name.to_string().into_bytes())?;
            }
        }
        Ok(())
    }

    fn compare_foreign(&mut self, listing: &Listing) -> Result<(), Error> {
        let listed = memory::sorted(listing.foreign_tables.iter(), |table| &table.name)?;
        let mut is_compacted = false;
        self.had_foreign = !self.state.foreign_tables.is_empty() || !self.state.replaced_foreign.is_empty();
        for file in &listed {
            if self.state.foreign_tables.contains_key(&file.name) {
                continue;
            }
            if self.state.replaced_foreign.contains(&file.name) {
                memory::push(&mut self.leftovers, copied_bytes(&file.name)?)?;
                continue;
            }
            is_compacted |= KevoName::parse(&file.name).is_some_and(|name| name.level >= 1);
            memory::push(&mut self.new_foreign, ListedFile { name: copied_bytes(&file.name)?, length: file.length })?;
        }
        // Of those that are gone nothing will be found again.
        let is_listed = |name: &Vec<u8>| listed.binary_search_by_key(&name, |file| &file.name);
        self.state.replaced_foreign.retain(|name| is_listed(name).is_ok());
        for (name, table) in &self.state.foreign_tables {
            let found = is_listed(name).ok().map(|place| listed[place].length);
            if found.is_none() && is_compacted {
                memory::push(&mut self.compacted, copied_bytes(name)?)?;
            } else if found != Some(table.length) {
                memory::push(
                    &mut self.damage,
                    FileDamage { name: copied_bytes(name)?, expected: table.length, found },
                )?;
            }
        }
        self.compacted.sort_unstable();
        for name in &self.compacted {
            self.state.foreign_tables.remove(name);
        }
        Ok(())
    }
}

/// What decides about sets that `VERSIONS` does not name.
struct Judge<'a> {
    present: Present<'a>,
    /// The last name of all logs that `VERSIONS` says were taken in.
    last_taken_in: Option<Vec<u8>>,
    /// What it says; all tables that it ever named have lower numbers.
    next_number: u64,
}

impl Judge<'_> {
    fn verdict(&self, set: Set<'_, '_>, state: &State) -> Verdict {
        if set.id().is_none() {
            return Verdict::Doubt;
        }
        let tables = set.source_tables().iter().filter(|table| state.names(&source(table)));
        let logs = set.source_logs().iter().filter(|log| self.is_needed(log, state));
        let is_there =
            tables.map(|table| self.present.has(table)).chain(logs.map(|log| self.present.has_log(&log.name)));
        match is_there.reduce(|all, one| all && one) {
            Some(true) => Verdict::Leftover,
            Some(false) if set.is_complete() => Verdict::Made,
            // Others have replaced it, or took its sources in its place.
            None if set.tables().all(|table| table.name.number < self.next_number) => Verdict::Leftover,
            Some(false) | None => Verdict::Doubt,
        }
    }

    /// Whether `VERSIONS` needs what the set has taken from a log. One that it does not know has not been taken in;
    /// unless it is gone, and `VERSIONS` does not know it any more: then a later one has been taken in.
    fn is_needed(&self, log: &LogUpTo, state: &State) -> bool {
        match state.logs.get(&log.name) {
            Some(LogState::TakenIn { length }) => log.length > *length,
            Some(LogState::Closed { .. }) => true,
            None => self.present.has_log(&log.name) || Some(&log.name) > self.last_taken_in.as_ref(),
        }
    }
}

impl State {
    fn names(&self, source: &Source<'_>) -> bool {
        match source {
            Source::Ours(number) => self.tables.contains_key(number),
            Source::Foreign(name) => self.foreign_tables.contains_key(*name),
        }
    }

    fn last_taken_in(&self) -> Result<Option<Vec<u8>>, Error> {
        let taken_in = self.logs.iter().filter(|(_, log)| matches!(log, LogState::TakenIn { .. }));
        taken_in.map(|(name, _)| name).max().map(|name| copied_bytes(name)).transpose()
    }
}
