//! The units of a table of ours: its index, and the list of oversize records.

use std::ops::Range;

use super::block::{Block, Failure, Form, WholeKeys};
use super::index::{Index, Position};
use super::place::Place;
use super::sections;
use super::source::{Ahead, Source};
use super::units::{Loaded, Sought};
use crate::error::Error;
use crate::memory;

pub(super) struct Ours {
    index: Index,
    records: Vec<Record>,
}

struct Record {
    place: Place,
    /// How many blocks are before it.
    blocks_before: usize,
}

/// What a unit is.
enum Unit {
    Block(usize),
    Record(usize),
}

impl Ours {
    /// `data_end` is where the index begins.
    pub(super) fn new(index: &Block, data_end: u64) -> Result<Self, Failure> {
        Ok(Self { index: Index::of(index, data_end)?, records: Vec::new() })
    }

    /// Takes in the oversize list.
    pub(super) fn with_records(mut self, list: &[u8], data_end: u64) -> Result<Result<Self, &'static str>, Error> {
        if !list.len().is_multiple_of(Place::SIZE) {
            return Ok(Err("an oversize list that is cut"));
        }
        let count = list.len() / Place::SIZE;
        self.records.try_reserve_exact(count).map_err(|_| memory::refused::<Record>(count))?;
        for place in list.chunks_exact(Place::SIZE).map(Place::parse) {
            let blocks_before = self.blocks_before(place.offset);
            self.records.push(Record { place, blocks_before });
        }
        // A record in a place of its own between those of blocks, and after the record before it.
        let fit = sections::follow_each_other((0..self.len()).map(|unit| self.place(unit)), data_end);
        let ascend = self.records.is_sorted_by(|a, b| a.place.offset < b.place.offset);
        Ok(if fit && ascend { Ok(self) } else { Err("an oversize list whose records do not follow each other") })
    }

    fn blocks_before(&self, offset: u64) -> usize {
        let (mut low, mut high) = (0, self.index.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.index.start(middle) < offset { low = middle + 1 } else { high = middle }
        }
        low
    }

    pub(super) fn len(&self) -> usize {
        self.index.len() + self.records.len()
    }

    pub(super) fn blocks(&self) -> usize {
        self.index.len()
    }

    pub(super) fn records(&self) -> usize {
        self.records.len()
    }

    pub(super) fn weight(&self) -> usize {
        self.index.weight() + self.records.capacity() * size_of::<Record>()
    }

    fn unit(&self, unit: usize) -> Unit {
        if self.records.is_empty() {
            return Unit::Block(unit);
        }
        // Record r is unit number r + blocks_before, and these ascend.
        let (mut low, mut high) = (0, self.records.len());
        while low < high {
            let middle = low.midpoint(high);
            if middle + self.records[middle].blocks_before < unit { low = middle + 1 } else { high = middle }
        }
        match self.records.get(low) {
            Some(record) if low + record.blocks_before == unit => Unit::Record(low),
            _ => Unit::Block(unit - low),
        }
    }

    pub(super) fn is_record(&self, unit: usize) -> bool {
        matches!(self.unit(unit), Unit::Record(_))
    }

    /// The number that a block has among all units.
    fn unit_of_block(&self, block: usize) -> usize {
        block + self.records.partition_point(|record| record.blocks_before <= block)
    }

    pub(super) fn place(&self, unit: usize) -> Place {
        match self.unit(unit) {
            Unit::Block(block) => self.index.place(block),
            Unit::Record(record) => self.records[record].place,
        }
    }

    #[inline]
    pub(super) fn seek(&self, key: &[u8], load: impl Fn(usize) -> Result<Loaded, Error>) -> Result<Sought, Error> {
        let sought = match self.index.seek(key) {
            Position::In(unit) => Sought { unit, block: None },
            Position::InOrAfter(block) => self.seek_in_doubt(block, key, &load)?,
        };
        if self.records.is_empty() {
            return Ok(sought);
        }
        let block = sought.unit;
        let end = self.unit_of_block(block).min(self.len());
        let start = if block == 0 { 0 } else { self.unit_of_block(block - 1) + 1 };
        Ok(Sought { unit: self.seek_records(start..end, key, load)?, block: None })
    }

    /// The number of a block, or of the next one, among the blocks. If the first is damaged it has the key if it may: if
    /// what comes after begins above.
    fn seek_in_doubt(
        &self,
        block: usize,
        key: &[u8],
        load: impl Fn(usize) -> Result<Loaded, Error>,
    ) -> Result<Sought, Error> {
        let unit = self.unit_of_block(block);
        let loaded = load(unit)?;
        let is_below = match loaded.as_ref().and_then(Block::bounds) {
            Some((_, last)) => last < key,
            None => unit + 1 < self.len() && load(unit + 1)?.is_some_and(|next| next.key(0) <= key),
        };
        Ok(if is_below { Sought { unit: block + 1, block: None } } else { Sought { unit: block, block: loaded } })
    }

    /// Among the records between two blocks. What is damaged has the key if it may: if what comes after begins above.
    fn seek_records(
        &self,
        records: Range<usize>,
        key: &[u8],
        load: impl Fn(usize) -> Result<Loaded, Error>,
    ) -> Result<usize, Error> {
        let (mut low, mut high) = (records.start, records.end);
        while low < high {
            let middle = low.midpoint(high);
            match first_intact(middle..high, &load)? {
                Some((unit, record)) if record.key(0) < key => low = unit + 1,
                _ => high = middle,
            }
        }
        let next = first_intact(low..self.len().min(records.end + 1), &load)?;
        Ok(match next {
            Some((unit, block)) if block.key(0) <= key => unit,
            _ => low,
        })
    }

    pub(super) fn read(
        &self,
        unit: usize,
        form: Form<'_>,
        source: &Source,
        ahead: Option<&mut Ahead>,
    ) -> Result<Block, Error> {
        let place = self.place(unit);
        let read = match self.unit(unit) {
            Unit::Block(block) => source.read_with(place, ahead, |bytes| {
                let read = WholeKeys::of_ours(bytes)?;
                self.check_block(block, &read)?;
                read.block(form)
            })?,
            Unit::Record(record) => Block::read_record(place, source)?
                .and_then(|read| self.check_record(&self.records[record], &read).map(|()| read))
                .map_err(Failure::from),
        };
        read.map_err(|failure| failure.at(place, source))
    }

    fn check_block(&self, block: usize, read: &WholeKeys<'_>) -> Result<(), &'static str> {
        let (first, last) = read.bounds().ok_or("a block without entries")?;
        if self.may_follow(block, first) && self.index.is_last(last, block) {
            Ok(())
        } else {
            Err("a block with other keys than the index says")
        }
    }

    fn check_record(&self, record: &Record, read: &Block) -> Result<(), &'static str> {
        let (key, after) = (read.key(0), record.blocks_before);
        let may_precede = after == self.index.len() || self.index.is_above(key, after) != Some(true);
        if self.may_follow(after, key) && may_precede {
            Ok(())
        } else {
            Err("an oversize record with a key that does not belong there")
        }
    }

    /// Whether `key` can come after so many blocks.
    fn may_follow(&self, blocks: usize, key: &[u8]) -> bool {
        blocks == 0 || self.index.is_above(key, blocks - 1) != Some(false)
    }
}

/// The first of these units that is not damaged.
fn first_intact(
    mut units: Range<usize>,
    load: impl Fn(usize) -> Result<Loaded, Error>,
) -> Result<Option<(usize, Block)>, Error> {
    units.find_map(|unit| load(unit).map(|block| block.map(|block| (unit, block))).transpose()).transpose()
}
