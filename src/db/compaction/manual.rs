//! Compactions that a caller asks for.

use super::run::Progress;
use super::task::Task;
use crate::db::background::Work;
use crate::db::database::Inner;
use crate::db::version::Version;
use crate::error::Error;
use crate::version::run::{LiveTable, Run, bound};
use std::sync::Arc;

impl Inner {
    /// Merges all that has keys from `begin` on and below `end` (to the last key, if there is none) into one run,
    /// after a flush.
    pub(crate) fn compact_range(&self, begin: &[u8], end: Option<&[u8]>, progress: Progress<'_>) -> Result<(), Error> {
        self.flush_all()?;
        // Background compactions would hold the runs that are to be merged.
        let _alone = self.background.alone(&[Work::Compactions]).ok_or(Error::Closed)?;
        self.compact_range_alone(begin, end, progress)
    }

    fn compact_range_alone(&self, begin: &[u8], end: Option<&[u8]>, progress: Progress<'_>) -> Result<(), Error> {
        let pick = |version: &Version| overlapping(version, begin, end);
        let Some(claim) = self.claims.take(|_| pick(&self.published.load())) else { return Ok(()) };
        self.compact(&claim.task, progress)
    }
}

/// Everything in the range, of all runs; `None` if it is merged already.
fn overlapping(version: &Version, begin: &[u8], end: Option<&[u8]>) -> Option<Task> {
    let (mut lower, mut upper) = (bound(begin).to_vec(), end.map(|end| bound(end).to_vec()));
    let is_in = |table: &Arc<LiveTable>, lower: &[u8], upper: Option<&[u8]>| {
        table.upper.as_slice() >= lower && upper.is_none_or(|upper| table.lower.as_slice() <= upper)
    };
    // A table that is taken may reach beyond the range; what older and newer tables have there has to come along.
    let inputs = loop {
        let inputs: Vec<Run> = version
            .runs
            .iter()
            .map(|run| run.keeping(|table| is_in(table, &lower, upper.as_deref())))
            .filter(|run| !run.tables.is_empty())
            .collect();
        let tables = || inputs.iter().flat_map(|run| &run.tables);
        let lowest =
            tables().map(|table| table.lower.clone()).min().unwrap_or_else(|| lower.clone()).min(lower.clone());
        let highest = tables().map(|table| table.upper.clone()).max();
        let highest = upper.as_ref().map(|upper| highest.unwrap_or_default().max(upper.clone()));
        if lowest == lower && highest == upper {
            break inputs;
        }
        (lower, upper) = (lowest, highest);
    };
    let newest = inputs.first()?;
    let is_merged = inputs.len() == 1
        && newest.tables.iter().all(|table| table.number.is_some() && table.tombstones == 0)
        && version.runs.last().is_some_and(|oldest| oldest.age == newest.age);
    if is_merged {
        return None;
    }
    // A run that has this age has no table in the range; then the outputs join it.
    let age = newest.age.checked_add(1)?;
    let level = inputs.iter().map(|run| run.level).max().unwrap_or(0).max(1);
    Some(Task { inputs, age, level })
}
