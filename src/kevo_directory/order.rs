//! Which of Kevo's tables is newer.
//!
//! Kevo never writes that down. What the names tell:
//!
//! - Of two levels the lower is newer, since a compaction takes older tables down.
//! - Within level 0 the later time is newer.
//! - A compaction numbers its outputs from 1, and holds only what there was when it began: its time is that of output
//!   number 1. Of two compactions into one level the later is newer.
//! - A table of level 0 with an earlier time than a compaction is one that the compaction left. It is newer if all were
//!   made in one run of Kevo. If numbers had started again in between, the compaction, which goes by numbers, may have
//!   taken newer tables and left this one. The names do not tell which: that is a doubt.
//! - A name that is not three numbers is none that Kevo gives. Such a table is older than all others. Kevo itself goes
//!   by the bytes of names, so that is a doubt if the name sorts above one of Kevo's.

use std::cmp::Reverse;

use super::name::TableName;
use crate::error::Error;
use crate::memory;

/// A table of Kevo, or one that is neither Kevo's nor ours.
#[derive(Clone, Copy, Debug)]
pub struct KevoTable<'a> {
    /// The name of its file.
    pub name: &'a [u8],
    /// Which keys it has.
    pub keys: Keys<'a>,
}

/// Which keys are in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys<'a> {
    /// That cannot be told.
    Unknown,
    /// None at all.
    None,
    /// None outside of these two, which are included.
    Between(&'a [u8], &'a [u8]),
}

/// An order of tables, which are given by their indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The oldest run first. The tables of a run share no key.
    pub runs: Vec<Vec<usize>>,
    /// What is not certain.
    pub doubts: Vec<Doubt>,
}

/// Two tables that may share keys, and whose order the names do not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The one that counts as newer.
    pub newer: usize,
    /// The one that counts as older.
    pub older: usize,
}

/// Orders tables by their names.
///
/// # Errors
/// [`Error::NoMemory`].
pub fn order(tables: &[KevoTable<'_>]) -> Result<Order, Error> {
    let mut ranked = memory::with_capacity(tables.len())?;
    ranked.extend(tables.iter().enumerate().map(|(index, table)| Ranked::of(index, table)));
    ranked.sort_unstable_by_key(Ranked::age);
    let runs = runs(&mut ranked)?;
    Ok(Order { runs, doubts: doubts(&ranked)? })
}

/// A table, and what its name tells of its age.
struct Ranked<'a> {
    index: usize,
    table: &'a KevoTable<'a>,
    /// `None` if Kevo did not give it its name.
    name: Option<TableName>,
    /// When the compaction began that it is an output of; when it was flushed.
    began: u64,
}

impl<'a> Ranked<'a> {
    fn of(index: usize, table: &'a KevoTable<'a>) -> Self {
        let name = TableName::parse(table.name);
        Self { index, table, name, began: name.map_or(0, |name| name.time) }
    }

    /// Lower is older. A table without a name of Kevo's is older than all others.
    fn age(&self) -> impl Ord + use<'a> {
        (self.name.map(|name| (Reverse(name.level), name.time, name.number)), self.table.name)
    }

    /// Whether it is the next output of the compaction that wrote `before`.
    fn continues(&self, before: &Self) -> bool {
        self.name.zip(before.name).is_some_and(|(name, before)| {
            name.level > 0
                && name.level == before.level
                && Some(name.number) == before.number.checked_add(1)
                && name.time > before.time
        })
    }

    /// Whether it is not certain that it is newer than `older`, which comes before it.
    fn may_be_older_than(&self, older: &Self) -> bool {
        let is_uncertain = match (self.name, older.name) {
            (Some(_), None) => older.table.name > self.table.name,
            (Some(name), Some(_)) => name.level == 0 && name.time <= older.began,
            (None, _) => false,
        };
        is_uncertain && may_share(self.table.keys, older.table.keys)
    }
}

/// The runs, when `ranked` is in the order of age. Outputs of a compaction get the time of the first.
fn runs(ranked: &mut [Ranked<'_>]) -> Result<Vec<Vec<usize>>, Error> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    // Where the last run begins in `ranked`.
    let mut start = 0;
    for at in 0..ranked.len() {
        let (before, after) = ranked.split_at_mut(at);
        let (run, table) = (&before[start..], &mut after[0]);
        let is_next = run.last().is_some_and(|last| table.continues(last));
        if is_next {
            table.began = run[0].began;
        }
        // Outputs share no keys, unless one is of another compaction after all.
        let fits = is_next && !run.iter().any(|other| may_share(other.table.keys, table.table.keys));
        if let Some(run) = runs.last_mut().filter(|_| fits) {
            memory::push(run, table.index)?;
        } else {
            start = at;
            push_run(&mut runs, table.index)?;
        }
    }
    Ok(runs)
}

fn push_run(runs: &mut Vec<Vec<usize>>, table: usize) -> Result<(), Error> {
    let mut run = memory::with_capacity(1)?;
    run.push(table);
    memory::push(runs, run)
}

fn doubts(ranked: &[Ranked<'_>]) -> Result<Vec<Doubt>, Error> {
    let mut doubts = Vec::new();
    for (at, newer) in ranked.iter().enumerate() {
        for older in ranked[..at].iter().filter(|older| newer.may_be_older_than(older)) {
            memory::push(&mut doubts, Doubt { newer: newer.index, older: older.index })?;
        }
    }
    Ok(doubts)
}

fn may_share(a: Keys<'_>, b: Keys<'_>) -> bool {
    match (a, b) {
        (Keys::None, _) | (_, Keys::None) => false,
        (Keys::Unknown, _) | (_, Keys::Unknown) => true,
        (Keys::Between(a_first, a_last), Keys::Between(b_first, b_last)) => a_first <= b_last && b_first <= a_last,
    }
}
