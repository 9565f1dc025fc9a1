//! Blocks that are found again by their own structure, when the index, the footer or a section of ours is damaged.
//!
//! `docs/table-format.md`, "Finding blocks without an index", has the rules. The whole file is in memory meanwhile.

use super::block::{self, Block, Failure, Form, KeyOrder, TRAILER};
use super::delta::{Starts, Walk};
use super::filter::Filter;
use super::footer::{Footer, Shape};
use super::generation::Generation;
use super::oversize;
use super::parts;
use super::place::Place;
use super::properties::Properties;
use super::sections;
use super::source::Source;
use super::surveyed::Surveyed;
use super::units::TableDamage;
use crate::error::Error;
use crate::little_endian::le_u32;
use crate::memory;

/// How many entries of a block share a restart point: in ours, and in Kevo's.
const INTERVALS: [usize; 2] = [1, 16];
/// How often all bytes may be looked at in vain before the search ends.
const MOST_LOOKS: u64 = 256;
const NOT_FOUND: &str = "no block was found here";

/// All that is intact of a table.
pub(super) struct Found {
    pub(super) generation: Generation,
    pub(super) footer: Option<Footer>,
    pub(super) filter: Option<Filter>,
    pub(super) properties: Option<Properties>,
    pub(super) units: Surveyed,
    pub(super) passed_over: Vec<TableDamage>,
}

/// What is intact of a table that does not open because of `error`.
pub(super) fn find(source: &Source, error: &Error) -> Result<Found, Error> {
    let file = source.read(Place::between(0, source.len()))?;
    let footer = Footer::parse(&file[file.len().saturating_sub(Footer::LONG)..], source.len()).ok();
    let (filter, properties) = match &footer {
        Some(footer) => parts::intact_sections(footer, source)?,
        None => (None, None),
    };
    let mut search = Search::new(&file, footer.as_ref());
    search.run()?;
    let mut passed_over = Vec::new();
    if let Error::CorruptTable { offset, length, what, .. } = *error {
        passed_over.push(TableDamage { offset, length, what });
    }
    passed_over.extend(search.units.damage());
    Ok(Found { generation: search.generation(), filter, properties, units: search.units, passed_over, footer })
}

struct Search<'f> {
    file: &'f [u8],
    footer: Option<&'f Footer>,
    /// Where data ends, as far as the footer tells.
    end: usize,
    /// Whether entries have sequence numbers, once it is known.
    has_sequences: Option<bool>,
    is_ours: bool,
    units: Surveyed,
    /// Of the blocks that were found.
    places: Vec<Place>,
    /// Bytes that may still be looked at in vain.
    looks: u64,
}

/// What stands at some place.
enum Unit {
    Data {
        block: Block,
        len: usize,
        is_record: bool,
        has_sequences: bool,
    },
    /// It looks like an index, so nobody can say that it is data.
    Index {
        places: Vec<Place>,
        len: usize,
    },
}

impl<'f> Search<'f> {
    fn new(file: &'f [u8], footer: Option<&'f Footer>) -> Self {
        let shape = footer.map(|footer| footer.shape);
        let data_end = footer.map_or(file.len() as u64, |footer| {
            let bloom = if footer.bloom.size > 0 { footer.bloom.offset } else { u64::MAX };
            footer.index.offset.min(bloom)
        });
        let is_ours = matches!(shape, Some(Shape::Ours { .. }));
        Self {
            file,
            footer,
            end: file.len().min(usize::try_from(data_end).unwrap_or(usize::MAX)),
            has_sequences: match shape {
                Some(Shape::Short) => Some(false),
                Some(Shape::Ours { .. }) => Some(true),
                Some(Shape::Long) | None => None,
            },
            is_ours,
            units: Surveyed::default(),
            places: Vec::new(),
            looks: MOST_LOOKS.saturating_mul(file.len() as u64),
        }
    }

    fn generation(&self) -> Generation {
        match (self.has_sequences, self.footer.map(|footer| footer.shape)) {
            _ if self.is_ours => Generation::Libkevo,
            (Some(false), Some(Shape::Short)) => Generation::A,
            (Some(false), _) => Generation::B,
            _ => Generation::C,
        }
    }

    fn run(&mut self) -> Result<(), Error> {
        let (mut at, mut taken, mut knows_end) = (0, 0, self.footer.is_some());
        while at < self.end && self.looks > 0 {
            match self.unit_at(at)? {
                Some(Unit::Data { block, len, is_record, has_sequences }) if self.is_next(&block) => {
                    if taken < at {
                        self.pass_over(taken, at)?;
                    }
                    self.take(Place::new(at as u64, len as u64), &block, is_record)?;
                    self.has_sequences = Some(has_sequences);
                    at += len;
                    taken = at;
                }
                Some(Unit::Index { places, len }) if self.is_the_index(&places, at + len) => {
                    self.end = at;
                    knows_end = true;
                    // It names all blocks. Only records of ours may be in what is between them.
                    if !self.is_ours {
                        self.units.forget_damage();
                        taken = at;
                    }
                }
                _ => at += 1,
            }
        }
        // If nothing says where data ends, there may have been more, even if the file ends with the last block.
        if taken < self.end || !knows_end { self.pass_over(taken, self.end) } else { Ok(()) }
    }

    fn is_next(&self, block: &Block) -> bool {
        block.bounds().is_some_and(|(first, _)| self.units.takes(first))
    }

    fn take(&mut self, place: Place, block: &Block, is_record: bool) -> Result<(), Error> {
        self.is_ours |= is_record;
        self.units.push(place, block, is_record).map_err(|_| memory::refused::<u8>(block.weight()))?;
        if !is_record {
            self.places.try_reserve(1).map_err(|_| memory::refused::<Place>(self.places.len() + 1))?;
            self.places.push(place);
        }
        Ok(())
    }

    fn pass_over(&mut self, start: usize, end: usize) -> Result<(), Error> {
        let place = Place::between(start as u64, end as u64);
        self.units.push_damage(place, NOT_FOUND).map_err(|_| memory::refused::<Place>(self.units.len() + 1))
    }

    fn unit_at(&mut self, at: usize) -> Result<Option<Unit>, Error> {
        let bytes = &self.file[at..self.end];
        if let Some(unit) = self.record(bytes)? {
            return Ok(Some(unit));
        }
        let generations: &[bool] = match self.has_sequences {
            Some(true) => &[true],
            Some(false) => &[false],
            None => &[true, false],
        };
        for &has_sequences in generations {
            for interval in INTERVALS {
                let (len, looked_at) = block_length(bytes, interval, has_sequences);
                let Some(len) = len else {
                    self.looks = self.looks.saturating_sub(looked_at as u64);
                    continue;
                };
                if let Some(unit) = self.block(at, len, has_sequences)? {
                    return Ok(Some(unit));
                }
            }
        }
        Ok(None)
    }

    fn record(&self, bytes: &[u8]) -> Result<Option<Unit>, Error> {
        if self.has_sequences == Some(false) || !bytes.starts_with(&oversize::MARK) {
            return Ok(None);
        }
        let Some(len) = oversize::length(bytes) else { return Ok(None) };
        if block::verify_checksum(&bytes[..len]).is_err() {
            return Ok(None);
        }
        let copy = |record: &mut [u8]| {
            record.copy_from_slice(&bytes[..len]);
            Ok(())
        };
        let block = Block::of_record(len, copy)?.ok();
        Ok(block.map(|block| Unit::Data { block, len, is_record: true, has_sequences: true }))
    }

    fn block(&self, at: usize, len: usize, has_sequences: bool) -> Result<Option<Unit>, Error> {
        let bytes = &self.file[at..at + len];
        let parse = |order| match Block::of_kevo(bytes, has_sequences, order, Form::Plain) {
            Ok(block) => Ok(Some(block)),
            Err(Failure::Damaged(_)) => Ok(None),
            Err(Failure::NoMemory(bytes)) => Err(Error::NoMemory(bytes as u64)),
        };
        // Where the footer says where the index is, no block before it is one.
        let index = if self.footer.is_none() { parse(KeyOrder::Any)? } else { None };
        if let Some(places) = index.and_then(|block| places_of_index(&block, at as u64)) {
            return Ok(Some(Unit::Index { places, len }));
        }
        let block = parse(KeyOrder::Ascending)?;
        Ok(block.map(|block| Unit::Data { block, len, is_record: false, has_sequences }))
    }

    /// Whether what has these places and ends there is certainly the index: all blocks are in it, and what comes after
    /// it is what comes after an index.
    fn is_the_index(&mut self, places: &[Place], end: usize) -> bool {
        if places != self.places {
            return false;
        }
        let rest = &self.file[end..];
        if sections::seem_to_be(rest, end as u64) {
            self.is_ours = true;
        }
        self.is_ours || matches!(rest.len(), Footer::SHORT | Footer::LONG)
    }
}

/// The places in an index that stands at `at`, each once; nothing if it cannot be one.
fn places_of_index(index: &Block, at: u64) -> Option<Vec<Place>> {
    let mut places: Vec<Place> = Vec::new();
    for entry in (0..index.len()).map(|entry| index.entry(entry)) {
        let value = entry.value.filter(|value| value.len() >= Place::SIZE && entry.sequence == 0)?;
        let place = Place::parse(value);
        if place.end() > at || place.size < TRAILER as u64 {
            return None;
        }
        if places.last() != Some(&place) {
            places.try_reserve(1).ok()?;
            places.push(place);
        }
    }
    Some(places)
}

/// How long the block is that `bytes` begin with, by its entries, restart points and checksum; and how many bytes were
/// looked at.
fn block_length(bytes: &[u8], interval: usize, has_sequences: bool) -> (Option<usize>, usize) {
    let mut walk = Walk::new(bytes, Starts::Each(interval), has_sequences);
    let (mut restarts, mut count) = (Restarts::default(), 0);
    let mut key_before: &[u8] = &[];
    loop {
        let start = walk.offset();
        let is_restart = walk.is_at_restart();
        if count > 0
            && let Some(len) = restarts.end_of_block(bytes, start)
        {
            return (Some(len), start);
        }
        let Some(entry) = walk.next_entry() else { return (None, start + 1) };
        let is_empty = count > 0 && entry.key_len() == 0;
        let descends = interval == 1 && count > 0 && entry.unshared < key_before;
        if is_empty || descends || !restarts.push_if(is_restart, start) {
            return (None, walk.offset());
        }
        key_before = entry.unshared;
        count += 1;
    }
}

/// The restart points that a block has if it consists of the entries that were walked through.
#[derive(Default)]
struct Restarts(Vec<u32>);

impl Restarts {
    /// Whether there is room for it.
    fn push_if(&mut self, is_restart: bool, start: usize) -> bool {
        if !is_restart {
            return true;
        }
        let Ok(start) = u32::try_from(start) else { return false };
        if self.0.try_reserve(1).is_err() {
            return false;
        }
        self.0.push(start);
        true
    }

    /// Where the block ends if its restart array stands at `array`.
    fn end_of_block(&self, bytes: &[u8], array: usize) -> Option<usize> {
        let count_at = array + 4 * self.0.len();
        let end = count_at + TRAILER;
        if end > bytes.len() || le_u32(bytes, array) != 0 || le_u32(bytes, count_at) as usize != self.0.len() {
            return None;
        }
        let is_array = self.0.iter().enumerate().all(|(at, &restart)| le_u32(bytes, array + 4 * at) == restart);
        (is_array && block::verify_checksum(&bytes[..end]).is_ok()).then_some(end)
    }
}
