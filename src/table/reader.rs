//! A table that is open: what is asked of it.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::block::{Block, Form};
use super::cache::{BlockCache, Caching};
use super::filter::{self, Filter};
use super::footer::Footer;
use super::found::Found;
use super::generation::Generation;
use super::parts::Parts;
use super::place::Place;
use super::properties::Properties;
use super::salvage;
use super::sections::Section;
use super::source::{Ahead, Source};
use super::surveyed::{self, Surveyed};
use super::units::{Kind, Loaded, Sought, TableDamage, Units};
use crate::disk::ReadFile;
use crate::error::Error;
use crate::memory;

/// A table file, of any generation. It never changes, and any number of threads may read it at once.
pub struct Table {
    pub(super) source: Source,
    pub(super) generation: Generation,
    /// Nothing if it is gone, and blocks were found without it.
    pub(super) footer: Option<Footer>,
    pub(super) sections: Vec<Section>,
    filter: Option<Filter>,
    properties: Option<Properties>,
    /// Of Kevo's tables made when somebody asks for a key.
    units: OnceLock<Units>,
    /// The places of Kevo's blocks, in the order of the index.
    places: Vec<Place>,
    index_entries: u64,
    cache: Option<Arc<BlockCache>>,
    /// What was passed over when it was opened.
    passed_over: Vec<TableDamage>,
    /// It was opened to give what is intact.
    passes_over_damage: bool,
}

/// What a table is, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Whose it is.
    pub generation: Generation,
    /// What its footer says; 0 if that is gone.
    pub version: u32,
    /// When it was written, in nanoseconds since 1970, by its footer; 0 if that is gone.
    pub created_ns: i64,
    /// All entries that are intact, or of a table of ours all that it was written with.
    pub entries: u64,
    /// Those that are tombstones.
    pub tombstones: u64,
    /// Blocks of data; of a table of Kevo's, or one whose index is gone, those that are intact.
    pub blocks: u64,
    /// Entries of the index, which may name a block twice; 0 if it is gone.
    pub index_entries: u64,
    /// Entries outside of blocks.
    pub oversize_records: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of memory that it takes, its cached blocks aside.
    pub memory: u64,
}

impl Table {
    /// Opens the table in `file`, which `path` names in errors. Nothing that is damaged is passed over, but blocks are
    /// only looked at when they are asked for.
    ///
    /// # Errors
    /// [`Error::CorruptTable`], [`Error::UnsupportedTable`], [`Error::Io`], [`Error::NoMemory`].
    pub fn open(path: &Path, file: Box<dyn ReadFile>, cache: Option<Arc<BlockCache>>) -> Result<Self, Error> {
        Self::open_from(Source::new(path, file)?, cache).map_err(|(error, _)| error)
    }

    /// As [`Table::open`], but a table that it refuses for damage is opened with what is intact in it. What is not, is
    /// told by [`Table::passed_over`], and an error to a lookup that it may hold the answer of.
    ///
    /// # Errors
    /// [`Error::UnsupportedTable`], [`Error::Io`], [`Error::NoMemory`].
    pub fn open_passing_over_damage(
        path: &Path,
        file: Box<dyn ReadFile>,
        cache: Option<Arc<BlockCache>>,
    ) -> Result<Self, Error> {
        let table = match Self::open_from(Source::new(path, file)?, cache.clone()) {
            Err((error @ Error::CorruptTable { .. }, source)) => Self::salvaged(source, cache, &error),
            Err((error, _)) => Err(error),
            Ok(table) => table.surveyed_or_salvaged(),
        };
        table.map(|table| Self { passes_over_damage: true, ..table })
    }

    /// Of a table of Kevo's whose index leads wrong, too, blocks are looked for.
    fn surveyed_or_salvaged(self) -> Result<Self, Error> {
        match self.units() {
            Err(error @ Error::CorruptTable { .. }) => Self::salvaged(self.source, self.cache, &error),
            Err(error) => Err(error),
            Ok(_) => Ok(self),
        }
    }

    fn open_from(source: Source, cache: Option<Arc<BlockCache>>) -> Result<Self, (Error, Source)> {
        let Parts { footer, generation, sections, filter, properties, units, places, index_entries } =
            match Parts::read(&source) {
                Ok(parts) => parts,
                Err(error) => return Err((error, source)),
            };
        let footer = Some(footer);
        let (passed_over, no_units) = (Vec::new(), OnceLock::new());
        let table = Self {
            source,
            generation,
            footer,
            sections,
            filter,
            properties,
            units: no_units,
            places,
            index_entries,
            cache,
            passed_over,
            passes_over_damage: false,
        };
        match units.map_or(Ok(()), |ours| table.set_units(Kind::Ours(ours)).map(drop)) {
            Ok(()) => Ok(table),
            Err(error) => Err((error, table.source)),
        }
    }

    /// A table that does not open because of `error`, whose blocks are found without its index.
    fn salvaged(source: Source, cache: Option<Arc<BlockCache>>, error: &Error) -> Result<Self, Error> {
        let salvage::Found { generation, footer, filter, properties, units, passed_over } =
            salvage::find(&source, error)?;
        let table = Self {
            source,
            generation,
            footer,
            sections: Vec::new(),
            filter,
            properties,
            units: OnceLock::new(),
            places: Vec::new(),
            index_entries: 0,
            cache,
            passed_over,
            passes_over_damage: true,
        };
        table.set_units(Kind::Surveyed(units))?;
        Ok(table)
    }

    fn set_units(&self, kind: Kind) -> Result<&Units, Error> {
        let mut units = Units::new(kind);
        if let Some(cache) = &self.cache {
            units.share(cache, self.memory_besides())?;
        }
        Ok(self.units.get_or_init(|| units))
    }

    /// Bytes of memory that it takes besides its units and their blocks.
    fn memory_besides(&self) -> usize {
        let filter = self.filter.as_ref().map_or(0, Filter::size) as usize;
        let properties = self.properties.as_ref().map_or(0, Properties::weight);
        size_of::<Self>() + filter + properties + self.places.capacity() * size_of::<Place>()
    }

    /// The damage for which [`Table::open`] refuses it, and all stretches in which blocks were looked for in vain.
    pub fn passed_over(&self) -> &[TableDamage] {
        &self.passed_over
    }

    /// The path of its file, as it was opened.
    pub(crate) fn path(&self) -> &Path {
        self.source.path()
    }

    /// The error that damage is to what needs what is damaged.
    pub(crate) fn error(&self, damage: &TableDamage) -> Error {
        let TableDamage { offset, length, what } = *damage;
        self.source.corrupt(Place { offset, size: length }, what)
    }

    /// Whether it was opened by [`Table::open_passing_over_damage`].
    pub(crate) fn passes_over_damage(&self) -> bool {
        self.passes_over_damage
    }

    /// Whether some key has more than one version, as far as its blocks are intact.
    pub(crate) fn has_versions(&self) -> Result<bool, Error> {
        Ok(self.units()?.has_versions())
    }

    /// Whose it is.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// What a table of ours says of itself.
    pub fn properties(&self) -> Option<&Properties> {
        self.properties.as_ref()
    }

    /// Numbers. Of a table of Kevo's the first call reads all of it.
    ///
    /// # Errors
    /// As those of [`Table::get`].
    pub fn stat(&self) -> Result<Stat, Error> {
        let units = self.units()?;
        let (blocks, records, entries, tombstones) = match units.kind() {
            Kind::Ours(ours) => {
                let counts = self.properties.as_ref().and_then(|properties| properties.counts).unwrap_or_default();
                (ours.blocks(), ours.records(), counts.entries, counts.tombstones)
            }
            Kind::Surveyed(surveyed) => {
                (surveyed.blocks(), surveyed.records(), surveyed.entries(), surveyed.tombstones())
            }
        };
        Ok(Stat {
            generation: self.generation,
            version: self.footer.as_ref().map_or(0, |footer| footer.version),
            created_ns: self.footer.as_ref().map_or(0, |footer| footer.created),
            entries,
            tombstones,
            blocks: blocks as u64,
            index_entries: self.index_entries,
            oversize_records: records as u64,
            bytes: self.source.len(),
            memory: (units.weight() + self.memory_besides()) as u64,
        })
    }

    /// Whether its filter lets a key with this hash pass: if not, the key is not in the table.
    #[inline]
    pub fn may_hold(&self, hash: u64) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.passes(hash))
    }

    /// The newest version of `key` in this table; nothing if it has none.
    ///
    /// # Errors
    /// [`Error::CorruptTable`] if what may have it is damaged, [`Error::Io`], [`Error::NoMemory`].
    pub fn get(&self, key: &[u8]) -> Result<Option<Found>, Error> {
        self.get_hashed(key, filter::hash(key))
    }

    /// As [`Table::get`]; `hash` is that of the key, which one asks many tables for.
    ///
    /// # Errors
    /// As those of [`Table::get`].
    pub fn get_hashed(&self, key: &[u8], hash: u64) -> Result<Option<Found>, Error> {
        let may_hold = self.may_hold(hash);
        let found = if may_hold { self.find(key)? } else { None };
        if found.is_none()
            && let Some(cache) = &self.cache
        {
            cache.note_absent(!may_hold);
        }
        Ok(found)
    }

    /// As [`Table::get`], without a look at the filter.
    #[inline]
    fn find(&self, key: &[u8]) -> Result<Option<Found>, Error> {
        let units = self.units()?;
        let Sought { unit, block } = units.seek(key, |unit| self.load_if_intact(units, unit, Caching::Fill))?;
        let block = match block {
            Some(block) => block,
            None if unit == units.len() => return Ok(None),
            None => units.load(unit, Caching::Fill, Form::Only(key), self.generation, &self.source, None)?,
        };
        Ok(block.find(key).map(|at| Found::new(block, at)))
    }

    pub(super) fn units(&self) -> Result<&Units, Error> {
        if let Some(units) = self.units.get() {
            return Ok(units);
        }
        self.set_units(Kind::Surveyed(self.survey()?))
    }

    /// Looks into all blocks of a table of Kevo's.
    fn survey(&self) -> Result<Surveyed, Error> {
        let Some(footer) = &self.footer else { return Ok(Surveyed::default()) };
        let mut surveyed = Surveyed::default();
        let refused = |_| memory::refused::<Place>(self.places.len());
        let mut is_whole = true;
        for &place in &self.places {
            match surveyed::read(place, false, Form::Plain, self.generation, &self.source) {
                Ok(block) => {
                    if !surveyed.takes(block.bounds().map_or(&[], |(first, _)| first)) && !block.is_empty() {
                        return Err(self.source.corrupt(footer.index, "an index whose blocks are not in order"));
                    }
                    surveyed.push(place, &block, false).map_err(refused)?;
                }
                Err(Error::CorruptTable { what, .. }) => {
                    is_whole = false;
                    surveyed.push_damage(place, what).map_err(refused)?;
                }
                Err(error) => return Err(error),
            }
        }
        let counted = u64::from(footer.entries);
        if is_whole && counted != 0 && counted != surveyed.entries() {
            return Err(self
                .source
                .corrupt(footer.index, "an index whose blocks have other entries than the footer says"));
        }
        Ok(surveyed)
    }

    /// A unit, from the cache or the file, verified.
    pub(super) fn load(&self, units: &Units, unit: usize, caching: Caching) -> Result<Block, Error> {
        self.load_ahead(units, unit, caching, None)
    }

    /// The same for a walk.
    pub(super) fn load_ahead(
        &self,
        units: &Units,
        unit: usize,
        caching: Caching,
        ahead: Option<&mut Ahead>,
    ) -> Result<Block, Error> {
        units.load(unit, caching, Form::Plain, self.generation, &self.source, ahead)
    }

    pub(super) fn load_if_intact(&self, units: &Units, unit: usize, caching: Caching) -> Result<Loaded, Error> {
        match self.load(units, unit, caching) {
            Ok(block) => Ok(Some(block)),
            Err(Error::CorruptTable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("generation", &self.generation).finish_non_exhaustive()
    }
}
