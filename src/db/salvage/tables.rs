//! Tables as sources.

use super::choose::{Origin, Retired, Source, SourceLogs, Standing, Suspect};
use super::progress::Progress;
use crate::damage::Cause;
use crate::db::open::{Known, Opening, Runs};
use crate::db::tables::Tables;
use crate::disk::Disk;
use crate::error::Error;
use crate::memory::{self, push};
use crate::recovery::report::Report;
use crate::table::TableName;
use crate::version::replaced;
use crate::version::run::{LiveTable, Run};
use std::collections::HashSet;
use std::sync::Arc;

/// What the name of a table ends in while it is written.
const TEMPORARY: &str = ".tmp";

/// The tables of runs, each with the age of its run.
type AgedTables = Vec<(u64, Vec<Arc<LiveTable>>)>;

/// Opens tables of which it is not known whether they count: here they do, as runs of their ages. An opening has told
/// that they are in doubt.
pub(super) fn open_doubtful(
    names: &[TableName],
    opening: &mut Opening<'_>,
    tables: &Tables,
    disk: &dyn Disk,
    runs: &mut AgedTables,
) -> Result<(), Error> {
    for name in names {
        let file = name.to_string();
        let path = tables.path(&file);
        let length = disk.info(&path).map_err(|error| Error::io(&path, None, error))?.length;
        if let Some(live) = opening.open_table(tables, &file, length)? {
            push(runs, (name.age, vec![live]))?;
        }
    }
    Ok(())
}

/// The runs, each with its age.
pub(super) fn listed(runs: Runs) -> Result<AgedTables, Error> {
    let mut listed = Vec::new();
    for (age, (_, tables)) in runs {
        push(&mut listed, (age, tables))?;
    }
    Ok(listed)
}

/// Sources of the runs that are needed, the newest first.
pub(super) fn needed(mut runs: AgedTables) -> Result<Vec<Source>, Error> {
    runs.sort_by_key(|(age, _)| std::cmp::Reverse(*age));
    let mut sources = Vec::new();
    for (age, tables) in runs {
        for tables in apart(age, tables)? {
            let run = Arc::new(Run::new(age, 0, tables));
            push(&mut sources, Source { run, standing: Standing::Run(age) })?;
        }
    }
    Ok(sources)
}

/// Tables of one age, so that no two of a group overlap. They do only where it is not known which of them were
/// replaced.
fn apart(age: u64, tables: Vec<Arc<LiveTable>>) -> Result<Vec<Vec<Arc<LiveTable>>>, Error> {
    let mut groups: Vec<Vec<Arc<LiveTable>>> = Vec::new();
    for table in Run::new(age, 0, tables).tables {
        let fits = |group: &&mut Vec<Arc<LiveTable>>| group.last().is_some_and(|last| last.upper < table.lower);
        match groups.iter_mut().find(fits) {
            Some(group) => push(group, table)?,
            None => push(&mut groups, vec![table])?,
        }
    }
    Ok(groups)
}

/// Reads all of the tables that are needed: those of which something is damaged, or that are not there.
pub(super) fn suspects(
    known: &Known,
    runs: &[(u64, Vec<Arc<LiveTable>>)],
    tables: &Tables,
    progress: &mut Progress<'_>,
    report: &mut Report,
) -> Result<Vec<Suspect>, Error> {
    let (mut suspects, mut opened) = (Vec::new(), HashSet::new());
    for (age, live) in runs.iter().flat_map(|(age, tables)| tables.iter().map(move |table| (*age, table))) {
        opened.try_reserve(1).map_err(|_| Error::NoMemory(live.name.len() as u64))?;
        opened.insert(live.name.as_str());
        let (path, damage) = (live.path(), live.table.verify()?);
        let told = memory::sorted(live.table.passed_over().iter(), |damage| (damage.offset, damage.length))?;
        for damage in &damage {
            let place = (damage.offset, damage.length);
            if told.binary_search_by_key(&place, |told| (told.offset, told.length)).is_err() {
                report.add_corruption(&path, Cause::TableDamaged, damage.offset, damage.length)?;
            }
        }
        if !damage.is_empty() {
            push(&mut suspects, Suspect { path, age, table: Some(Arc::clone(live)), hides: false })?;
        }
        progress.add(live.length)?;
    }
    let state = &known.checked.state;
    let ours = state.tables.values().map(|table| (table.name.to_string(), table.name.age));
    let foreign = state.foreign_tables.iter();
    let foreign = foreign.map(|(name, table)| (String::from_utf8_lossy(name).into_owned(), table.age));
    for (name, age) in ours.chain(foreign).filter(|(name, _)| !opened.contains(name.as_str())) {
        push(&mut suspects, Suspect { path: tables.path(&name), age, table: None, hides: false })?;
    }
    Ok(suspects)
}

/// Tables that are needed no more, or not yet, and are there.
pub(super) fn retired(known: &Known, tables: &Tables, disk: &dyn Disk) -> Result<Vec<Source>, Error> {
    let mut sources = Vec::new();
    for name in &known.checked.leftovers {
        let file = String::from_utf8_lossy(name);
        let path = tables.path(&file);
        let length = disk.info(&path).map_err(|error| Error::io(&path, None, error))?.length;
        let live = Arc::new(tables.open(&file, length)?);
        let is_unfinished = file.ends_with(TEMPORARY);
        let says = live.table.properties();
        let made_from = says.map(|says| says.source_tables.clone()).unwrap_or_default();
        let logs = match says {
            Some(says) => SourceLogs::These(says.source_logs.clone()),
            None if is_unfinished => SourceLogs::Any,
            None => SourceLogs::These(Vec::new()),
        };
        let origin = Origin::Table { name: TableName::parse(own_name(&file)), made_from, logs };
        let standing = Standing::Retired(Box::new(Retired { path, origin, is_unfinished, is_used: false }));
        push(&mut sources, Source { run: Arc::new(Run::new(0, 0, vec![live])), standing })?;
    }
    Ok(sources)
}

/// The name that a table had, or was to have.
fn own_name(file: &str) -> &str {
    let hidden = file.strip_prefix('.');
    let own = hidden.and_then(|file| file.strip_suffix(TEMPORARY).or_else(|| file.strip_suffix(replaced::SUFFIX)));
    own.unwrap_or(file)
}
