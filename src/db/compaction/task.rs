//! What is to be merged, and where the outcome goes.

use crate::db::version::Version;
use crate::sync::blocking::Mutex;
use crate::version::run::{LiveTable, Run};
use std::sync::Arc;

/// Tables to merge. Between the runs that they are in, no other run may have any of their keys.
#[derive(Clone, Debug)]
pub(in crate::db) struct Task {
    /// What is taken of each run, the newest first.
    pub(in crate::db) inputs: Vec<Run>,
    /// The age of the run that the outputs form, or join.
    pub(in crate::db) age: u64,
    pub(in crate::db) level: u32,
}

impl Task {
    /// Merges whole runs into a new one, which comes after `newer` if there is such a run. `None` if there is no age
    /// between them.
    pub(super) fn merging(inputs: &[Arc<Run>], newer: Option<&Run>, level: u32) -> Option<Self> {
        let newest = inputs.first()?.age;
        let age = age_between(newest, newer.map(|run| run.age))?;
        Some(Self { inputs: inputs.iter().map(|run| Run::clone(run)).collect(), age, level })
    }

    /// Bytes of all files that are read.
    pub(in crate::db) fn bytes(&self) -> u64 {
        self.inputs.iter().map(Run::bytes).sum()
    }

    /// Its tables, the oldest first.
    pub(in crate::db) fn tables(&self) -> Vec<Arc<LiveTable>> {
        self.inputs.iter().rev().flat_map(|run| run.tables.iter().cloned()).collect()
    }

    /// The runs of `version` that are older than the outputs, without the inputs.
    pub(super) fn older(&self, version: &Version) -> Vec<Run> {
        let is_input = |table: &Arc<LiveTable>| {
            self.inputs.iter().flat_map(|run| &run.tables).any(|input| Arc::ptr_eq(input, table))
        };
        let older = version.runs.iter().filter(|run| run.age <= self.age);
        older.map(|run| run.keeping(|table| !is_input(table))).filter(|run| !run.tables.is_empty()).collect()
    }
}

/// An age above `age` and below `next`; one above, so that the most is left for others.
fn age_between(age: u64, next: Option<u64>) -> Option<u64> {
    let above = age.checked_add(1)?;
    next.is_none_or(|next| above < next).then_some(above)
}

/// The ages of runs that are being compacted, and that compactions will give.
#[derive(Debug, Default)]
pub(in crate::db) struct Claims(Mutex<Vec<u64>>);

impl Claims {
    /// Takes a task that `pick` finds among the runs that nobody has, and calls `with` for it.
    pub(in crate::db) fn take(&self, pick: impl FnOnce(&dyn Fn(u64) -> bool) -> Option<Task>) -> Option<Claim<'_>> {
        let mut ages = self.0.lock();
        let task = pick(&|age| ages.contains(&age))?;
        ages.extend(task.inputs.iter().map(|run| run.age).chain([task.age]));
        Some(Claim { claims: self, task })
    }
}

/// A task that is being done. When this is dropped, its runs are free again.
#[derive(Debug)]
pub(in crate::db) struct Claim<'c> {
    claims: &'c Claims,
    pub(in crate::db) task: Task,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut ages = self.claims.0.lock();
        for age in self.task.inputs.iter().map(|run| run.age).chain([self.task.age]) {
            if let Some(at) = ages.iter().position(|&claimed| claimed == age) {
                ages.swap_remove(at);
            }
        }
    }
}
