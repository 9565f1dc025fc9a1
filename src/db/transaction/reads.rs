//! What a transaction has read, and whether it still is so.

use crate::db::read::{Got, Snapshot};
use crate::db::sealed::is_tombstone;
use crate::db::version::Version;
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memory::{copied_bytes, push, refused};
use crate::scan::Scan;
use crate::version::source::Source;
use crate::view::iterator::Iter;
use std::collections::HashMap;
use std::sync::Arc;

/// What was read of a snapshot.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// The sequence number that each key had; `None` if it was not there.
    keys: HashMap<Vec<u8>, Option<u64>>,
    ranges: Vec<Scan>,
}

impl Reads {
    pub(super) fn add_key(&mut self, key: &[u8], got: Option<&Got<'_>>) -> Result<(), Error> {
        if !self.keys.contains_key(key) {
            self.keys.try_reserve(1).map_err(|_| refused::<(Vec<u8>, Option<u64>)>(1))?;
            self.keys.insert(copied_bytes(key)?, got.and_then(live_sequence));
        }
        Ok(())
    }

    pub(super) fn add_range(&mut self, scan: &Scan) -> Result<(), Error> {
        // A tombstone is a write as well.
        push(&mut self.ranges, Scan { tombstones: true, ..scan.copied()? })
    }

    pub(super) fn has_ranges(&self) -> bool {
        !self.ranges.is_empty()
    }

    /// Whether all that was read of `before` is the same in `version`, which has writes below `end`.
    pub(super) fn are_same(&self, before: &Snapshot, version: &Arc<Version>, end: u64) -> Result<bool, Error> {
        if before.end == end {
            return Ok(true);
        }
        for (key, read) in &self.keys {
            let got = version.get(key, end)?;
            let is_newer = got.as_ref().is_some_and(|got| got.sequence() >= before.end);
            if is_newer || got.as_ref().and_then(live_sequence) != *read {
                return Ok(false);
            }
        }
        for range in &self.ranges {
            if !is_same(range, before, version, end)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn live_sequence(got: &Got<'_>) -> Option<u64> {
    got.value().map(|_| got.sequence())
}

fn is_same(range: &Scan, before: &Snapshot, version: &Arc<Version>, end: u64) -> Result<bool, Error> {
    let mut sources = version.sources(end)?;
    let has_same_tables = same_tables(version, &before.version);
    if has_same_tables {
        sources.retain(|source| !matches!(source, Source::Run(..)));
    }
    let mut now = Iter::new(Arc::<Version>::clone(version), sources.into_iter(), end, range)?;
    if has_same_tables {
        while now.next()? {
            if now.entry().is_some_and(|entry| entry.sequence >= before.end) {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let mut then = before.iterator(range)?;
    loop {
        let (live_now, live_then) = (next_live(&mut now, before.end)?, next_live(&mut then, before.end)?);
        match (live_now, live_then) {
            (Next::End, Next::End) => return Ok(true),
            (Next::Live(key, sequence), Next::Live(other, before)) if key == other && sequence == before => {}
            _ => return Ok(false),
        }
    }
}

enum Next<'i> {
    Live(&'i [u8], u64),
    /// An entry that the snapshot did not see.
    Newer,
    End,
}

/// The next key that is there.
fn next_live(entries: &mut Iter, end: u64) -> Result<Next<'_>, Error> {
    loop {
        if !entries.next()? {
            return Ok(Next::End);
        }
        match entries.entry() {
            Some(entry) if entry.sequence >= end => return Ok(Next::Newer),
            Some(entry) if is_tombstone(&entry) => {}
            _ => break,
        }
    }
    Ok(entries.entry().map_or(Next::End, |Entry { key, sequence, .. }| Next::Live(key, sequence)))
}

fn same_tables(one: &Version, other: &Version) -> bool {
    let (mut ones, mut others) = (one.runs.iter(), other.runs.iter());
    one.runs.len() == other.runs.len() && ones.all(|run| others.next().is_some_and(|other| Arc::ptr_eq(run, other)))
}
