//! The parts of a table's file, for tools that show it.

use super::place::Place;
use super::reader::Table;
use super::sections::{FILTER, PROPERTIES};
use super::units::{Kind, Units};
use crate::error::Error;

/// A stretch of the file, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Where it starts, in bytes from the start of the file.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
}

/// What a part of a table's file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// A block of entries.
    Block,
    /// An entry that does not fit into Kevo's blocks.
    Oversize,
    /// Where a block should be, or where blocks were looked for, and none is.
    Damaged,
    /// The index.
    Index,
    /// A filter: the one of a table of ours, or Kevo's bloom section.
    Filter,
    /// What a table of ours says of itself.
    Properties,
    /// Another section of a table of ours.
    Section,
    /// The footer.
    Footer,
}

impl Part {
    fn new(kind: PartKind, place: Place) -> Self {
        Self { kind, offset: place.offset, length: place.size }
    }
}

impl Table {
    /// How many parts it has.
    ///
    /// # Errors
    /// As those of [`Table::get`].
    pub fn part_count(&self) -> Result<usize, Error> {
        Ok(self.units()?.len() + self.parts_after_units().count())
    }

    /// A part, by its number from 0: blocks in the order of their keys, and then what comes after them in the file.
    ///
    /// # Errors
    /// As those of [`Table::get`].
    pub fn part(&self, number: usize) -> Result<Option<Part>, Error> {
        let units = self.units()?;
        Ok(match number.checked_sub(units.len()) {
            None => Some(Part::new(kind_of(units, number), units.place(number))),
            Some(after) => self.parts_after_units().nth(after),
        })
    }

    /// About how many bytes of the file the keys from `begin` on and below `end` take; to the last key, if there is
    /// no end.
    ///
    /// # Errors
    /// As those of [`Table::get`].
    pub fn approximate_size(&self, begin: &[u8], end: Option<&[u8]>) -> Result<u64, Error> {
        let units = self.units()?;
        // A block more or less is nothing: none is read for it.
        let seek = |key| units.seek(key, |_| Ok(None)).map(|sought| sought.unit);
        let (first, last) = (seek(begin)?, end.map_or(Ok(units.len()), seek)?);
        let start = |unit| match units.len() {
            0 => 0,
            len if unit == len => units.place(len - 1).end(),
            _ => units.place(unit).offset,
        };
        Ok(start(last).saturating_sub(start(first)))
    }

    fn parts_after_units(&self) -> impl Iterator<Item = Part> {
        let (footer, sections) = (self.footer.as_ref(), &self.sections);
        let bloom =
            footer.filter(|footer| footer.bloom.size > 0).map(|footer| Part::new(PartKind::Filter, footer.bloom));
        let index = footer.map(|footer| Part::new(PartKind::Index, footer.index));
        let sections = sections.iter().map(|section| {
            let kind = match section.tag {
                FILTER => PartKind::Filter,
                PROPERTIES => PartKind::Properties,
                _ => PartKind::Section,
            };
            Part::new(kind, section.place)
        });
        let end = footer.map(|footer| Part::new(PartKind::Footer, footer.place));
        bloom.into_iter().chain(index).chain(sections).chain(end)
    }
}

fn kind_of(units: &Units, unit: usize) -> PartKind {
    let is_record = match units.kind() {
        Kind::Ours(ours) => ours.is_record(unit),
        Kind::Surveyed(surveyed) if !surveyed.is_intact(unit) => return PartKind::Damaged,
        Kind::Surveyed(surveyed) => surveyed.is_record(unit),
    };
    if is_record { PartKind::Oversize } else { PartKind::Block }
}
