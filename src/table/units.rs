//! Units: what a table's entries are read in, blocks and oversize records, in the order of their keys. Each is a
//! [`Block`] once it is in memory.

use std::sync::Arc;

use super::block::{Block, Form};
use super::cache::{BlockCache, CachedBlocks, Caching};
use super::generation::Generation;
use super::ours::Ours;
use super::place::Place;
use super::source::{Ahead, Source};
use super::surveyed::Surveyed;
use crate::error::Error;
use crate::memory;

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

/// All units of a table.
pub(super) struct Units {
    kind: Kind,
    cached: Option<CachedBlocks>,
}

/// How it is known which unit has which keys.
pub(super) enum Kind {
    /// By the index of a table of ours.
    Ours(Ours),
    /// By having looked into each.
    Surveyed(Surveyed),
}

impl Units {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, cached: None }
    }

    /// Keeps blocks in a cache from now on; the table takes `memory` bytes besides.
    pub(super) fn share(&mut self, cache: &Arc<BlockCache>, memory: usize) -> Result<(), Error> {
        let (len, memory) = (self.len(), self.weight() + memory);
        self.cached = Some(cache.register(len, memory).map_err(|_| memory::refused::<usize>(len))?);
        Ok(())
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match &self.kind {
            Kind::Ours(ours) => ours.len(),
            Kind::Surveyed(surveyed) => surveyed.len(),
        }
    }

    pub(super) fn weight(&self) -> usize {
        match &self.kind {
            Kind::Ours(ours) => ours.weight(),
            Kind::Surveyed(surveyed) => surveyed.weight(),
        }
    }

    pub(super) fn place(&self, unit: usize) -> Place {
        match &self.kind {
            Kind::Ours(ours) => ours.place(unit),
            Kind::Surveyed(surveyed) => surveyed.place(unit),
        }
    }

    pub(super) fn has_versions(&self) -> bool {
        match &self.kind {
            Kind::Ours(_) => false,
            Kind::Surveyed(surveyed) => surveyed.has_versions(),
        }
    }

    /// The unit that has the first entry at or above `key`, or would have it but is damaged; number `len` if none has.
    #[inline]
    pub(super) fn seek(&self, key: &[u8], load: impl Fn(usize) -> Result<Loaded, Error>) -> Result<Sought, Error> {
        match &self.kind {
            Kind::Ours(ours) => ours.seek(key, load),
            Kind::Surveyed(surveyed) => Ok(Sought { unit: surveyed.seek(key), block: None }),
        }
    }

    /// A unit, from the cache or the file, verified; in the form `otherwise` if it is not in the cache then.
    #[inline]
    pub(super) fn load(
        &self,
        unit: usize,
        caching: Caching,
        otherwise: Form<'_>,
        generation: Generation,
        source: &Source,
        ahead: Option<&mut Ahead>,
    ) -> Result<Block, Error> {
        let Some(cached) = &self.cached else { return self.read(unit, otherwise, generation, source, ahead) };
        if let Some(block) = cached.get(unit, caching) {
            return Ok(block);
        }
        if !cached.admits(unit, self.place(unit).size, caching) {
            return self.read(unit, otherwise, generation, source, ahead);
        }
        let block = self.read(unit, Form::Searched, generation, source, ahead)?;
        cached.insert(unit, &block, caching);
        Ok(block)
    }

    /// Reads a unit, for a walk from what was read ahead; what is wrong with it is damage at its place.
    pub(super) fn read(
        &self,
        unit: usize,
        form: Form<'_>,
        generation: Generation,
        source: &Source,
        ahead: Option<&mut Ahead>,
    ) -> Result<Block, Error> {
        match &self.kind {
            Kind::Ours(ours) => ours.read(unit, form, source, ahead),
            Kind::Surveyed(surveyed) => surveyed.read(unit, form, generation, source),
        }
    }
}

/// A unit in memory; nothing if it is damaged.
pub(super) type Loaded = Option<Block>;

/// Where a key belongs.
pub(super) struct Sought {
    pub(super) unit: usize,
    /// The unit, if it had to be looked into.
    pub(super) block: Option<Block>,
}
