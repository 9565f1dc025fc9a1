//! Leveled compaction: from level 1 on each level is one run, which may be ten times as large as the one above.

use super::task::Task;
use crate::db::version::Version;
use crate::version::run::{LiveTable, Run};
use std::sync::Arc;

/// Runs of level 0 that are merged into level 1.
const LEVEL_0_RUNS: usize = 4;
/// How much larger a level may be than the one above.
const GROWTH: u64 = 10;

/// What to merge next; `is_claimed` tells which runs are not free, by their ages.
pub(super) fn pick(version: &Version, memtable_size: u64, is_claimed: &dyn Fn(u64) -> bool) -> Option<Task> {
    let runs = &version.runs;
    // What a tiered compaction has left is taken as level 0, too: below the first run of a level, the next level
    // begins.
    let (level_0, levels) = split(runs);
    if level_0.iter().chain(levels).any(|run| is_claimed(run.age)) {
        return None;
    }
    if level_0.len() >= LEVEL_0_RUNS {
        return Some(into_level_1(level_0, levels));
    }
    let mut most = memtable_size.saturating_mul(LEVEL_0_RUNS as u64);
    for (number, run) in levels.iter().enumerate() {
        if run.bytes() > most {
            return Some(into_next(run, levels.get(number + 1), number as u32 + 2));
        }
        most = most.saturating_mul(GROWTH);
    }
    None
}

/// Runs of level 0, and those of the levels from 1 on, of which each is one run.
fn split(runs: &[Arc<Run>]) -> (&[Arc<Run>], &[Arc<Run>]) {
    let rising = |at: &usize| runs[*at..].iter().enumerate().all(|(number, run)| run.level == number as u32 + 1);
    let first = (0..runs.len()).find(rising).unwrap_or(runs.len());
    runs.split_at(first)
}

/// All of level 0 with all of level 1.
fn into_level_1(level_0: &[Arc<Run>], levels: &[Arc<Run>]) -> Task {
    let inputs = level_0.iter().chain(levels.first()).map(|run| Run::clone(run)).collect();
    // Flushes leave room above the newest of these.
    Task { inputs, age: level_0[0].age + 1, level: 1 }
}

/// The table of a level that has the least to be merged with in the next one.
fn into_next(run: &Arc<Run>, next: Option<&Arc<Run>>, level: u32) -> Task {
    let overlapping = |table: &Arc<LiveTable>| -> Vec<Arc<LiveTable>> {
        let next = next.into_iter().flat_map(|next| &next.tables);
        next.filter(|other| other.overlaps(&table.lower, &table.upper)).cloned().collect()
    };
    let cost = |table: &&Arc<LiveTable>| {
        let bytes: u64 = overlapping(table).iter().map(|other| other.length).sum();
        // In thousandths of what goes down.
        bytes.saturating_mul(1000) / table.length.max(1)
    };
    let table = run.tables.iter().min_by_key(cost).expect("a run has tables");
    let mut inputs = vec![Run::new(run.age, run.level, vec![Arc::clone(table)])];
    let age = match next {
        Some(next) => {
            let taken = overlapping(table);
            if !taken.is_empty() {
                inputs.push(Run::new(next.age, next.level, taken));
            }
            next.age
        }
        // Below it there is nothing.
        None => (run.age / 2).max(1),
    };
    Task { inputs, age, level }
}
