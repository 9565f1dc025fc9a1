//! The units of a table whose index is not believed, or is gone: the first and last key of each were looked up in it.

use std::collections::TryReserveError;

use super::block::{Block, Failure, Form, KeyOrder};
use super::generation::Generation;
use super::place::Place;
use super::source::Source;
use super::units::TableDamage;
use crate::error::Error;
use crate::memory;

#[derive(Default)]
pub(super) struct Surveyed {
    units: Vec<Unit>,
    /// Some key has more than one version.
    has_versions: bool,
    entries: u64,
    tombstones: u64,
}

struct Unit {
    place: Place,
    is_record: bool,
    keys: Keys,
}

enum Keys {
    Known {
        first: Vec<u8>,
        last: Vec<u8>,
    },
    /// It is damaged.
    Hidden(&'static str),
}

impl Unit {
    fn is_intact(&self) -> bool {
        matches!(self.keys, Keys::Known { .. })
    }
}

impl Surveyed {
    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    pub(super) fn place(&self, unit: usize) -> Place {
        self.units[unit].place
    }

    pub(super) fn is_intact(&self, unit: usize) -> bool {
        self.units[unit].is_intact()
    }

    pub(super) fn is_record(&self, unit: usize) -> bool {
        self.units[unit].is_record
    }

    /// Those that are intact.
    pub(super) fn blocks(&self) -> usize {
        self.units.iter().filter(|unit| unit.is_intact() && !unit.is_record).count()
    }

    /// Those that are intact.
    pub(super) fn records(&self) -> usize {
        self.units.iter().filter(|unit| unit.is_intact() && unit.is_record).count()
    }

    pub(super) fn has_versions(&self) -> bool {
        self.has_versions
    }

    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    pub(super) fn tombstones(&self) -> u64 {
        self.tombstones
    }

    pub(super) fn damage(&self) -> impl Iterator<Item = TableDamage> {
        self.units.iter().filter_map(|unit| match unit.keys {
            Keys::Known { .. } => None,
            Keys::Hidden(what) => Some(TableDamage::new(unit.place, what)),
        })
    }

    pub(super) fn weight(&self) -> usize {
        let keys = self.units.iter().map(|unit| match &unit.keys {
            Keys::Known { first, last } => first.capacity() + last.capacity(),
            Keys::Hidden(_) => 0,
        });
        keys.sum::<usize>() + self.units.capacity() * size_of::<Unit>()
    }

    fn last_known(&self) -> Option<&[u8]> {
        self.units.iter().rev().find_map(|unit| match &unit.keys {
            Keys::Known { last, .. } => Some(last.as_slice()),
            Keys::Hidden(_) => None,
        })
    }

    /// Whether what begins with `first` can come after what is there.
    pub(super) fn takes(&self, first: &[u8]) -> bool {
        self.last_known().is_none_or(|last| last <= first)
    }

    /// The unit in `place` is next; it has entries and its keys ascend from those before.
    pub(super) fn push(&mut self, place: Place, block: &Block, is_record: bool) -> Result<(), TryReserveError> {
        let Some((first, last)) = block.bounds() else { return Ok(()) };
        self.has_versions |= block.has_versions() || self.last_known() == Some(first);
        self.entries += block.len() as u64;
        self.tombstones += (0..block.len()).filter(|&at| block.entry(at).value.is_none()).count() as u64;
        let keys = Keys::Known { first: memory::copied(first)?, last: memory::copied(last)? };
        self.push_unit(Unit { place, is_record, keys })
    }

    /// What is in `place` is damaged.
    pub(super) fn push_damage(&mut self, place: Place, what: &'static str) -> Result<(), TryReserveError> {
        self.push_unit(Unit { place, is_record: false, keys: Keys::Hidden(what) })
    }

    /// What was taken for damage hides nothing: all that the table has is there.
    pub(super) fn forget_damage(&mut self) {
        self.units.retain(Unit::is_intact);
    }

    fn push_unit(&mut self, unit: Unit) -> Result<(), TryReserveError> {
        self.units.try_reserve(1)?;
        self.units.push(unit);
        Ok(())
    }

    /// The first unit that does not end before `key`; a damaged one ends where the next that is not begins.
    pub(super) fn seek(&self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.units.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.ends_before(middle, key) { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn ends_before(&self, unit: usize, key: &[u8]) -> bool {
        if let Keys::Known { last, .. } = &self.units[unit].keys {
            return last.as_slice() < key;
        }
        let first_after = self.units[unit..].iter().find_map(|unit| match &unit.keys {
            Keys::Known { first, .. } => Some(first.as_slice()),
            Keys::Hidden(_) => None,
        });
        // Newer versions of the key that the next one begins with may be in what is damaged.
        first_after.is_some_and(|first| if self.has_versions { first < key } else { first <= key })
    }

    pub(super) fn read(
        &self,
        unit: usize,
        form: Form<'_>,
        generation: Generation,
        source: &Source,
    ) -> Result<Block, Error> {
        let Unit { place, is_record, ref keys } = self.units[unit];
        match keys {
            Keys::Hidden(what) => Err(source.corrupt(place, what)),
            Keys::Known { first, last } => {
                // Its first and last key are looked at.
                let form = if let Form::Only(_) = form { Form::Plain } else { form };
                let block = read(place, is_record, form, generation, source)?;
                // It may have been changed since it was looked into.
                if block.bounds() == Some((first, last)) {
                    Ok(block)
                } else {
                    Err(source.corrupt(place, "a block with other keys than it had before"))
                }
            }
        }
    }
}

/// A block or a record by its place alone.
pub(super) fn read(
    place: Place,
    is_record: bool,
    form: Form<'_>,
    generation: Generation,
    source: &Source,
) -> Result<Block, Error> {
    let block = if is_record {
        Block::read_record(place, source)?.map_err(Failure::from)
    } else {
        source.read_with(place, None, |bytes| {
            Block::of_kevo(bytes, generation.has_sequences(), KeyOrder::Ascending, form)
        })?
    };
    block.map_err(|failure| failure.at(place, source))
}
