//! Tiered compaction: runs of about one size are merged into one, which is larger.
//!
//! The size of a run puts it into a *class*: class 0 is up to twice a memtable, and each further one is eight times as
//! large. When eight runs that follow each other are of a class or below, they are merged. So there are about eight
//! runs a class, and an entry is written once a class.

use super::task::Task;
use crate::db::version::Version;
use crate::version::run::Run;
use std::sync::Arc;

/// Runs of a class that are merged.
pub(super) const FANOUT: usize = 8;

/// An idle database merges all, if what is newer than its oldest run is at least this part of it.
const IDLE_PART: u64 = 4;

/// What to merge next; `is_claimed` tells which runs are not free, by their ages.
pub(super) fn pick(version: &Version, memtable_size: u64, is_claimed: &dyn Fn(u64) -> bool) -> Option<Task> {
    let runs = &version.runs;
    let classes: Vec<u32> = runs.iter().map(|run| class(run.bytes(), memtable_size)).collect();
    let highest = classes.iter().copied().max()?;
    (0..=highest).find_map(|limit| {
        let stretch = stretches(runs, |number| classes[number] <= limit && !is_claimed(runs[number].age))
            .find(|stretch| stretch.len() >= FANOUT)?;
        let newer = stretch.start.checked_sub(1).map(|newer| &*runs[newer]);
        Task::merging(&runs[stretch], newer, limit + 1)
    })
}

/// All runs, if what is newer than the oldest is much of it: then much of the oldest may be out of date.
pub(super) fn pick_idle(version: &Version, is_claimed: &dyn Fn(u64) -> bool) -> Option<Task> {
    let (oldest, newer) = version.runs.split_last()?;
    let bytes: u64 = newer.iter().map(|run| run.bytes()).sum();
    let is_worth_it = !newer.is_empty() && bytes >= oldest.bytes() / IDLE_PART;
    if !is_worth_it || version.runs.iter().any(|run| is_claimed(run.age)) {
        return None;
    }
    Task::merging(&version.runs, None, oldest.level.max(1))
}

/// The longest ranges of runs that follow each other and of which `holds` is true.
fn stretches(runs: &[Arc<Run>], holds: impl Fn(usize) -> bool) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = (next..runs.len()).find(|&number| holds(number))?;
        let end = (start..runs.len()).find(|&number| !holds(number)).unwrap_or(runs.len());
        next = end;
        Some(start..end)
    })
}

fn class(bytes: u64, memtable_size: u64) -> u32 {
    let (mut class, mut most) = (0, memtable_size.saturating_mul(2));
    while bytes > most && most < u64::MAX {
        (class, most) = (class + 1, most.saturating_mul(FANOUT as u64));
    }
    class
}
