//! Units: what a table's entries are read in, blocks and oversize records, in the order of their keys. Each is a
//! [`Block`] once it is in memory.

use std::sync::Arc;

use super::block::Block;
use super::generation::Generation;
use super::ours::Ours;
use super::place::Place;
use super::source::Source;
use super::surveyed::Surveyed;
use crate::error::Error;

/// A stretch of a table's file that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDamage {
    /// Where it starts, in bytes from the start of the file.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
    /// What is wrong there.
    pub what: &'static str,
}

impl TableDamage {
    pub(super) fn new(place: Place, what: &'static str) -> Self {
        Self { offset: place.offset, length: place.size, what }
    }
}

/// How it is known which unit has which keys.
pub(super) enum Units {
    /// By the index of a table of ours.
    Ours(Ours),
    /// By having looked into each.
    Surveyed(Surveyed),
}

impl Units {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Ours(ours) => ours.len(),
            Self::Surveyed(surveyed) => surveyed.len(),
        }
    }

    pub(super) fn place(&self, unit: usize) -> Place {
        match self {
            Self::Ours(ours) => ours.place(unit),
            Self::Surveyed(surveyed) => surveyed.place(unit),
        }
    }

    /// The unit that has the first entry at or above `key`, or would have it but is damaged; `len` if none has.
    pub(super) fn seek(&self, key: &[u8], load: impl Fn(usize) -> Result<Loaded, Error>) -> Result<usize, Error> {
        match self {
            Self::Ours(ours) => ours.seek(key, load),
            Self::Surveyed(surveyed) => Ok(surveyed.seek(key)),
        }
    }

    /// Reads a unit; what is wrong with it is damage at its place.
    pub(super) fn read(&self, unit: usize, generation: Generation, source: &Source) -> Result<Block, Error> {
        match self {
            Self::Ours(ours) => ours.read(unit, source),
            Self::Surveyed(surveyed) => surveyed.read(unit, generation, source),
        }
    }
}

/// A unit in memory; nothing if it is damaged.
pub(super) type Loaded = Option<Arc<Block>>;
