//! Verifying a table: every byte of it is read again, and everything compared that has to agree.

use super::block::{Block, Form};
use super::filter;
use super::parts::Parts;
use super::place::Place;
use super::properties::{self, Counts};
use super::reader::Table;
use super::sections::{self, FILTER, PROPERTIES};
use super::source::Ahead;
use super::units::{Kind, TableDamage, Units};
use crate::error::Error;

impl Table {
    /// Reads all of the file again, past any cache: what is damaged in it, in the order of the file. An empty list says
    /// that all is well.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NoMemory`].
    pub fn verify(&self) -> Result<Vec<TableDamage>, Error> {
        let mut damage = match self.verify_parts() {
            Ok(damage) => damage,
            Err(error) => vec![damage_of(error)?],
        };
        match self.units().map(Units::kind) {
            Ok(Kind::Ours(_)) => self.verify_ours(&mut damage)?,
            Ok(Kind::Surveyed(_)) => self.verify_surveyed(&mut damage)?,
            Err(error) => damage.push(damage_of(error)?),
        }
        damage.extend_from_slice(self.passed_over());
        damage.sort_by(|a, b| (a.offset, a.length, a.what).cmp(&(b.offset, b.length, b.what)));
        damage.dedup();
        Ok(damage)
    }

    /// Footer, index, directory and all sections, those that are not known, too.
    fn verify_parts(&self) -> Result<Vec<TableDamage>, Error> {
        let parts = Parts::read(&self.source)?;
        let mut damage = Vec::new();
        for section in parts.sections.iter().filter(|section| !section.is_known()) {
            if !section.is_intact(&self.source.read(section.place)?) {
                damage.push(TableDamage::new(section.place, "the checksum of a section does not match"));
            }
        }
        Ok(damage)
    }

    fn verify_surveyed(&self, damage: &mut Vec<TableDamage>) -> Result<(), Error> {
        self.each_unit(damage, |_, _| {}).map(|_| ())
    }

    fn verify_ours(&self, damage: &mut Vec<TableDamage>) -> Result<(), Error> {
        let (mut counts, mut sequences) = (Counts::default(), (u64::MAX, 0));
        let mut bounds: Option<(Vec<u8>, Vec<u8>)> = None;
        let (mut in_blocks, mut is_in_order, mut all_pass) = (0, true, true);
        let is_whole = self.each_unit(damage, |block, is_record| {
            for entry in (0..block.len()).map(|at| block.entry(at)) {
                counts.entries += 1;
                counts.tombstones += u64::from(entry.value.is_none());
                counts.key_bytes += entry.key.len() as u64;
                counts.value_bytes += entry.value.map_or(0, <[u8]>::len) as u64;
                sequences = (sequences.0.min(entry.sequence), sequences.1.max(entry.sequence));
                all_pass &= self.filter().is_none_or(|filter| filter.passes(filter::hash(entry.key)));
            }
            in_blocks += if is_record { 0 } else { block.len() as u64 };
            if let Some((first, last)) = block.bounds() {
                let (_, before) = bounds.get_or_insert_with(|| (properties::bound(first).to_vec(), Vec::new()));
                is_in_order &= counts.entries == block.len() as u64 || before.as_slice() < first;
                last.clone_into(before);
            }
        })?;
        let Some(footer) = self.footer.as_ref().filter(|_| is_whole) else { return Ok(()) };
        if !is_in_order {
            damage.push(TableDamage::new(footer.index, "an index whose blocks and records are not in order"));
        }
        if in_blocks != u64::from(footer.entries) {
            damage.push(TableDamage::new(footer.place, "the footer counts other entries than there are"));
        }
        if !all_pass {
            damage.push(TableDamage::new(self.section_place(FILTER), "a filter that keeps back a key of the table"));
        }
        let says = self.properties();
        let agree = says.is_none_or(|says| {
            let upper = bounds.as_ref().map(|(_, last)| properties::bound(last));
            says.counts.is_none_or(|said| said == counts)
                && says.sequences.is_none_or(|said| said == sequences)
                && says
                    .lower_bound
                    .as_deref()
                    .is_none_or(|said| bounds.as_ref().is_some_and(|(first, _)| said == first))
                && says.upper_bound.as_deref().is_none_or(|said| Some(said) == upper)
        });
        if !agree {
            damage.push(TableDamage::new(self.section_place(PROPERTIES), "properties that are not those of the table"));
        }
        Ok(())
    }

    /// Reads all units; whether all of them are intact.
    fn each_unit(&self, damage: &mut Vec<TableDamage>, mut see: impl FnMut(&Block, bool)) -> Result<bool, Error> {
        let (units, before, mut ahead) = (self.units()?, damage.len(), Ahead::default());
        for unit in 0..units.len() {
            match units.read(unit, Form::Plain, self.generation, &self.source, Some(&mut ahead)) {
                Ok(block) => see(&block, block.is_oversize()),
                Err(error) => damage.push(damage_of(error)?),
            }
        }
        Ok(damage.len() == before)
    }

    fn section_place(&self, tag: u16) -> Place {
        let found = self.sections.iter().find(|section| section.tag == tag);
        found.map_or(Place::new(0, 0), |section: &sections::Section| section.place)
    }
}

/// Only damage; what else can go wrong is still an error.
fn damage_of(error: Error) -> Result<TableDamage, Error> {
    match error {
        Error::CorruptTable { offset, length, what, .. } => Ok(TableDamage { offset, length, what }),
        other => Err(other),
    }
}
