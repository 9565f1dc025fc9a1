//! What is read when a table is opened: all of it but its blocks.

use super::block::{self, Block, Form, KeyOrder};
use super::filter::Filter;
use super::footer::{Footer, Shape};
use super::generation::Generation;
use super::ours::Ours;
use super::place::Place;
use super::properties::{self, Properties};
use super::sections::{self, FILTER, OVERSIZE, PROPERTIES, Section};
use super::source::{Source, Tail};
use crate::error::Error;
use crate::memory;

/// All of a table but its blocks.
pub(super) struct Parts {
    pub(super) footer: Footer,
    pub(super) generation: Generation,
    pub(super) sections: Vec<Section>,
    pub(super) filter: Option<Filter>,
    pub(super) properties: Option<Properties>,
    /// Of a table of ours.
    pub(super) units: Option<Ours>,
    /// Of one of Kevo's.
    pub(super) places: Vec<Place>,
    pub(super) index_entries: u64,
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
        block::verify_checksum(&bytes).map_err(corrupt)?;
        let generation = Generation::of(&footer, &bytes).ok_or_else(|| corrupt("an index that is of no generation"))?;
        let index = Block::of_kevo(&bytes, generation.has_sequences(), KeyOrder::Any, Form::Plain)
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
        let ours = Block::of_ours(&tail.get(index, source)?, Form::Plain)
            .and_then(|block| Ours::new(&block, index.offset))
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
