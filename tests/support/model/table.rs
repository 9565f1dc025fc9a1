//! Sections 4 and 5: memtables, and what a lookup over them answers.

use std::cmp::Reverse;
use std::ops::Bound;

use super::Order;
use super::entry::{Entry, Op};

/// A put or a delete that a table holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    pub key: Vec<u8>,
    pub sequence: u64,
    /// None is a delete.
    pub value: Option<Vec<u8>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub immutable: bool,
    pub approximate_size: u64,
    /// Keys ascending; the versions of a key newest first, by the order that was asked for.
    pub versions: Vec<Version>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Value { value: Vec<u8>, sequence: u64 },
    Deleted { sequence: u64 },
    NeverSeen,
}

/// What a scan is to show.
#[derive(Clone, Debug)]
pub struct Scan {
    pub lower: Bound<Vec<u8>>,
    pub upper: Bound<Vec<u8>>,
    /// Keys without it are not shown.
    pub prefix: Vec<u8>,
    /// Versions above it are not seen.
    pub max_sequence: u64,
    pub all_versions: bool,
    pub tombstones: bool,
}

impl Scan {
    /// All versions, by key, the newest first.
    pub const EVERYTHING: Self = Self {
        lower: Bound::Unbounded,
        upper: Bound::Unbounded,
        prefix: Vec::new(),
        max_sequence: u64::MAX,
        all_versions: true,
        tombstones: true,
    };
}

impl Table {
    /// Appends in the order of writing; `arrange` puts that right at the end.
    pub fn apply(&mut self, entry: &Entry) {
        let value = match entry.op {
            Op::Put => Some(entry.value.clone()),
            Op::Delete => None,
            Op::Merge => return,
        };
        self.approximate_size += (entry.key.len() + entry.value.len() + 16) as u64;
        self.versions.push(Version { key: entry.key.clone(), sequence: entry.sequence, value });
    }

    /// From the order of writing to the order of iteration.
    pub fn arrange(&mut self, order: Order) {
        // Newest first; sorting leaves equals as they are.
        self.versions.reverse();
        match order {
            Order::Log => self.versions.sort_by(|a, b| a.key.cmp(&b.key)),
            Order::Sequence => self.versions.sort_by_key(|version| (version.key.clone(), Reverse(version.sequence))),
        }
    }

    pub fn get(&self, key: &[u8], max_sequence: u64) -> Found {
        get(std::slice::from_ref(self), key, max_sequence)
    }

    pub fn scan(&self, scan: &Scan) -> Vec<Version> {
        self::scan(std::slice::from_ref(self), scan)
    }
}

/// The answer of a list of tables, oldest first.
pub fn get(tables: &[Table], key: &[u8], max_sequence: u64) -> Found {
    for table in tables.iter().rev() {
        for version in &table.versions {
            if version.key == key && version.sequence <= max_sequence {
                return found(version);
            }
        }
    }
    Found::NeverSeen
}

fn found(version: &Version) -> Found {
    let sequence = version.sequence;
    match &version.value {
        Some(value) => Found::Value { value: value.clone(), sequence },
        None => Found::Deleted { sequence },
    }
}

/// What a scan over a list of tables, oldest first, shows.
pub fn scan(tables: &[Table], scan: &Scan) -> Vec<Version> {
    let mut versions: Vec<&Version> =
        tables.iter().rev().flat_map(|table| &table.versions).filter(|version| is_within(version, scan)).collect();
    versions.sort_by(|a, b| a.key.cmp(&b.key));
    if !scan.all_versions {
        versions.dedup_by(|later, earlier| later.key == earlier.key);
    }
    versions.retain(|version| scan.tombstones || version.value.is_some());
    versions.into_iter().cloned().collect()
}

fn is_within(version: &Version, scan: &Scan) -> bool {
    let above_lower = match &scan.lower {
        Bound::Unbounded => true,
        Bound::Included(lower) => version.key >= *lower,
        Bound::Excluded(lower) => version.key > *lower,
    };
    let below_upper = match &scan.upper {
        Bound::Unbounded => true,
        Bound::Included(upper) => version.key <= *upper,
        Bound::Excluded(upper) => version.key < *upper,
    };
    above_lower && below_upper && version.key.starts_with(&scan.prefix) && version.sequence <= scan.max_sequence
}
