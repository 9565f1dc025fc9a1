//! A table that is open: what is asked of it.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::block::{Block, EntryRef, Failure, KeyOrder};
use super::cache::BlockCache;
use super::cursor::Cursor;
use super::filter::{self, Filter};
use super::footer::{Footer, Shape};
use super::generation::Generation;
use super::ours::Ours;
use super::place::Place;
use super::properties::{self, Properties};
use super::salvage;
use super::sections::{self, FILTER, OVERSIZE, PROPERTIES, Section};
use super::source::{Source, Tail};
use super::surveyed::{self, Surveyed};
use super::units::{Loaded, TableDamage, Units};
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
    cache: Option<Arc<dyn BlockCache>>,
    /// What was passed over when it was opened.
    passed_over: Vec<TableDamage>,
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

/// An entry that was found. It keeps the block alive that it is in.
#[derive(Clone)]
pub struct Found {
    block: Arc<Block>,
    at: usize,
}

impl Found {
    pub(super) fn new(block: Arc<Block>, at: usize) -> Self {
        Self { block, at }
    }

    /// Its key, sequence number and value.
    pub fn entry(&self) -> EntryRef<'_> {
        self.block.entry(self.at)
    }
}

impl Table {
    /// Opens the table in `file`, which `path` names in errors. Nothing that is damaged is passed over, but blocks are
    /// only looked at when they are asked for.
    ///
    /// # Errors
    /// [`Error::CorruptTable`], [`Error::UnsupportedTable`], [`Error::Io`], [`Error::NoMemory`].
    pub fn open(path: &Path, file: Box<dyn ReadFile>, cache: Option<Arc<dyn BlockCache>>) -> Result<Self, Error> {
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
        cache: Option<Arc<dyn BlockCache>>,
    ) -> Result<Self, Error> {
        match Self::open_from(Source::new(path, file)?, cache.clone()) {
            Err((error @ Error::CorruptTable { .. }, source)) => salvage::open(source, cache, &error),
            Err((error, _)) => Err(error),
            Ok(table) => table.surveyed_or_salvaged(cache),
        }
    }

    /// Of a table of Kevo's whose index leads wrong, too, blocks are looked for.
    fn surveyed_or_salvaged(self, cache: Option<Arc<dyn BlockCache>>) -> Result<Self, Error> {
        match self.units() {
            Err(error @ Error::CorruptTable { .. }) => salvage::open(self.source, cache, &error),
            Err(error) => Err(error),
            Ok(_) => Ok(self),
        }
    }

    fn open_from(source: Source, cache: Option<Arc<dyn BlockCache>>) -> Result<Self, (Error, Source)> {
        match Parts::read(&source) {
            Ok(parts) => Ok(Self::of_parts(source, parts, cache)),
            Err(error) => Err((error, source)),
        }
    }

    fn of_parts(source: Source, parts: Parts, cache: Option<Arc<dyn BlockCache>>) -> Self {
        let Parts { footer, generation, sections, filter, properties, units, places, index_entries } = parts;
        let units = units.map_or_else(OnceLock::new, |units| OnceLock::from(Units::Ours(units)));
        Self {
            source,
            generation,
            footer: Some(footer),
            sections,
            filter,
            properties,
            units,
            places,
            index_entries,
            cache,
            passed_over: Vec::new(),
        }
    }

    /// A table whose blocks were found without its index.
    pub(super) fn of_found(source: Source, found: salvage::Found, cache: Option<Arc<dyn BlockCache>>) -> Self {
        let salvage::Found { generation, footer, filter, properties, units, passed_over } = found;
        Self {
            source,
            generation,
            footer,
            sections: Vec::new(),
            filter,
            properties,
            units: OnceLock::from(Units::Surveyed(units)),
            places: Vec::new(),
            index_entries: 0,
            cache,
            passed_over,
        }
    }

    /// The damage for which [`Table::open`] refuses it, and all stretches in which blocks were looked for in vain.
    pub fn passed_over(&self) -> &[TableDamage] {
        &self.passed_over
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
        let (blocks, records, entries, tombstones, weight) = match units {
            Units::Ours(ours) => {
                let counts = self.properties.as_ref().and_then(|properties| properties.counts).unwrap_or_default();
                (ours.blocks(), ours.records(), counts.entries, counts.tombstones, ours.weight())
            }
            Units::Surveyed(surveyed) => {
                (surveyed.blocks(), surveyed.records(), surveyed.entries(), surveyed.tombstones(), surveyed.weight())
            }
        };
        let filter = self.filter.as_ref().map_or(0, Filter::size);
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
            memory: (weight + size_of::<Self>()) as u64 + filter,
        })
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
        if self.filter.as_ref().is_some_and(|filter| !filter.passes(hash)) {
            return Ok(None);
        }
        let units = self.units()?;
        let unit = units.seek(key, |unit| self.load_if_intact(units, unit))?;
        if unit == units.len() {
            return Ok(None);
        }
        let block = self.load(units, unit)?;
        let at = block.lower_bound(key);
        Ok((at < block.len() && block.key(at) == key).then(|| Found::new(block, at)))
    }

    /// A cursor before the first entry.
    ///
    /// # Errors
    /// As those of [`Table::get`].
    pub fn cursor(self: &Arc<Self>) -> Result<Cursor, Error> {
        self.units()?;
        Ok(Cursor::new(self.clone()))
    }

    pub(super) fn units(&self) -> Result<&Units, Error> {
        if let Some(units) = self.units.get() {
            return Ok(units);
        }
        let surveyed = self.survey()?;
        Ok(self.units.get_or_init(|| Units::Surveyed(surveyed)))
    }

    /// Looks into all blocks of a table of Kevo's.
    fn survey(&self) -> Result<Surveyed, Error> {
        let Some(footer) = &self.footer else { return Ok(Surveyed::default()) };
        let mut surveyed = Surveyed::default();
        let refused = |_| memory::refused::<Place>(self.places.len());
        let mut is_whole = true;
        for &place in &self.places {
            match surveyed::read(place, false, self.generation, &self.source) {
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
    pub(super) fn load(&self, units: &Units, unit: usize) -> Result<Arc<Block>, Error> {
        let (id, offset) = (self.source.id(), units.place(unit).offset);
        if let Some(block) = self.cache.as_ref().and_then(|cache| cache.get(id, offset)) {
            return Ok(block);
        }
        let block = Arc::new(units.read(unit, self.generation, &self.source)?);
        if let Some(cache) = &self.cache {
            cache.insert(id, offset, &block);
        }
        Ok(block)
    }

    pub(super) fn load_if_intact(&self, units: &Units, unit: usize) -> Result<Loaded, Error> {
        match self.load(units, unit) {
            Ok(block) => Ok(Some(block)),
            Err(Error::CorruptTable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }
}

/// All of a table but its blocks.
pub(super) struct Parts {
    pub(super) footer: Footer,
    pub(super) generation: Generation,
    pub(super) sections: Vec<Section>,
    pub(super) filter: Option<Filter>,
    pub(super) properties: Option<Properties>,
    /// Of a table of ours.
    units: Option<Ours>,
    /// Of one of Kevo's.
    places: Vec<Place>,
    index_entries: u64,
}

impl Parts {
    /// Two reads, of the file's end and of what that says; if something stands between the parts, some more.
    pub(super) fn read(source: &Source) -> Result<Self, Error> {
        let mut tail = Tail::read(source)?;
        let footer = Footer::parse(tail.footer(), source.len()).map_err(|(place, what)| source.corrupt(place, what))?;
        match footer.shape {
            Shape::Ours { directory_size, features } => {
                if features != 0 {
                    return Err(source.unsupported("features of its footer are not known"));
                }
                Self::read_ours(footer, directory_size, &mut tail, source)
            }
            Shape::Short | Shape::Long => Self::read_kevos(footer, &tail, source),
        }
    }

    fn read_kevos(footer: Footer, tail: &Tail, source: &Source) -> Result<Self, Error> {
        let corrupt = |what| source.corrupt(footer.index, what);
        let bytes = tail.get(footer.index, source)?;
        super::block::verify_checksum(&bytes).map_err(corrupt)?;
        let generation = Generation::of(&footer, &bytes).ok_or_else(|| corrupt("an index that is of no generation"))?;
        let index = Block::of_kevo(bytes, generation.has_sequences(), KeyOrder::Any)
            .map_err(|failure| failure.at(footer.index, source))?;
        let (mut places, mut bytes): (Vec<Place>, u64) = (Vec::new(), 0);
        places.try_reserve_exact(index.len()).map_err(|_| memory::refused::<Place>(index.len()))?;
        for at in 0..index.len() {
            let value = index.entry(at).value.filter(|value| value.len() >= Place::SIZE);
            let place = Place::parse(value.ok_or_else(|| corrupt("an index with an entry that is not a place"))?);
            if place.end() > footer.place.offset {
                return Err(corrupt("an index with a place outside of the file"));
            }
            if places.last() != Some(&place) {
                places.push(place);
                bytes += place.size;
            }
        }
        if bytes > footer.place.offset {
            return Err(corrupt("an index whose blocks have more bytes than the file"));
        }
        let index_entries = index.len() as u64;
        let (sections, filter, properties, units) = (Vec::new(), None, None, None);
        Ok(Self { footer, generation, sections, filter, properties, units, places, index_entries })
    }

    fn read_ours(footer: Footer, directory_size: u32, tail: &mut Tail, source: &Source) -> Result<Self, Error> {
        let Footer { index, place, .. } = footer;
        let directory_place = sections::directory_place(index, place, directory_size)
            .ok_or_else(|| source.corrupt(place, "the footer says a directory that does not fit"))?;
        let directory = tail.get(directory_place, source)?;
        let room = Place::between(index.end(), directory_place.offset);
        let sections =
            sections::parse_directory(&directory, room).map_err(|what| source.corrupt(directory_place, what))?;
        if sections.iter().any(|section| section.must_be_known() && !section.is_known()) {
            return Err(source.unsupported("a section of it is not known"));
        }
        // All that is needed stands together, unless somebody made it otherwise; then room for it is not made.
        let known: u64 = sections.iter().filter(|section| section.is_known()).map(|section| section.place.size).sum();
        if tail.start().saturating_sub(index.offset) <= index.size.saturating_add(known) {
            tail.extend_to(index.offset, source)?;
        }
        let index_block = Block::of_ours(tail.get(index, source)?).map_err(Failure::from);
        let ours = index_block
            .and_then(|block| Ours::index(block, index.offset))
            .map_err(|failure| failure.at(index, source))?;
        let section = |tag| read_section(&sections, tag, tail, source);
        let ours = match section(OVERSIZE)? {
            Some((place, list)) => {
                ours.with_records(&list, index.offset)?.map_err(|what| source.corrupt(place, what))?
            }
            None => ours,
        };
        let filter = section(FILTER)?.map(|(place, bytes)| parse_filter(&bytes, place, source)).transpose()?;
        let properties =
            section(PROPERTIES)?.map(|(place, bytes)| parse_properties(&bytes, place, source)).transpose()?;
        let (generation, index_entries) = (Generation::Libkevo, ours.blocks() as u64);
        let (units, places) = (Some(ours), Vec::new());
        Ok(Self { footer, generation, sections, filter, properties, units, places, index_entries })
    }
}

/// The section with that tag, if there is one.
fn read_section(
    sections: &[Section],
    tag: u16,
    tail: &Tail,
    source: &Source,
) -> Result<Option<(Place, Vec<u8>)>, Error> {
    let Some(section) = sections.iter().find(|section| section.tag == tag) else { return Ok(None) };
    let bytes = tail.get(section.place, source)?;
    if section.is_intact(&bytes) {
        Ok(Some((section.place, bytes)))
    } else {
        Err(source.corrupt(section.place, "the checksum of a section does not match"))
    }
}

fn parse_filter(section: &[u8], place: Place, source: &Source) -> Result<Filter, Error> {
    let filter = Filter::parse(section).map_err(|_| memory::refused::<u8>(section.len()))?;
    filter.ok_or_else(|| source.corrupt(place, "a filter that is none"))
}

fn parse_properties(section: &[u8], place: Place, source: &Source) -> Result<Properties, Error> {
    Properties::parse(section).map_err(|failure| match failure {
        properties::Failure::Damaged => source.corrupt(place, "properties that are none"),
        properties::Failure::Unsupported => source.unsupported("a property of it is not known"),
        properties::Failure::NoMemory => memory::refused::<u8>(section.len()),
    })
}

/// Filter and properties, as far as they are intact in a table that does not open.
pub(super) fn intact_sections(footer: &Footer, source: &Source) -> Result<(Option<Filter>, Option<Properties>), Error> {
    let Shape::Ours { directory_size, .. } = footer.shape else { return Ok((None, None)) };
    let Some(place) = sections::directory_place(footer.index, footer.place, directory_size) else {
        return Ok((None, None));
    };
    let tail = Tail::read(source)?;
    let room = Place::between(footer.index.end(), place.offset);
    let sections = sections::parse_directory(&tail.get(place, source)?, room).unwrap_or_default();
    let section = |tag| read_section(&sections, tag, &tail, source);
    let parse_filter = |(place, bytes): (Place, Vec<u8>)| parse_filter(&bytes, place, source);
    let parse_properties = |(place, bytes): (Place, Vec<u8>)| parse_properties(&bytes, place, source);
    let filter = section(FILTER).and_then(|section| section.map(parse_filter).transpose());
    let properties = section(PROPERTIES).and_then(|section| section.map(parse_properties).transpose());
    Ok((if_not_damaged(filter)?, if_not_damaged(properties)?))
}

fn if_not_damaged<T>(result: Result<Option<T>, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(Error::CorruptTable { .. }) => Ok(None),
        other => other,
    }
}
