//! Which items of the index belong to each memtable: for walks through one memtable of several.

use super::boundaries::Boundaries;
use super::index::item::Item;
use super::reserve::Reserve;
use crate::error::Error;
use crate::memory::{filled, refused};
use memmap2::MmapMut;

/// The numbers of the items in the index, grouped by memtable, in ascending order within each group.
#[derive(Debug)]
pub(super) struct ByMemtable {
    /// The item numbers, 64 bits wide.
    memory: MmapMut,
    /// Where the numbers of each memtable end.
    ends: Vec<usize>,
}

impl ByMemtable {
    /// Takes the memory that was reserved for this.
    pub(super) fn of(items: &[Item], boundaries: &Boundaries, reserve: &mut Reserve) -> Result<Self, Error> {
        let (mut ends, mut next) = (zeros(boundaries.memtable_count())?, zeros(boundaries.memtable_count())?);
        for item in items {
            ends[boundaries.memtable_of(item.position())] += 1;
        }
        let mut start = 0;
        for (end, next) in ends.iter_mut().zip(&mut next) {
            *next = start;
            start += *end;
            *end = start;
        }
        let mut memory = reserve.take_item_numbers();
        let numbers: &mut [u64] = bytemuck::cast_slice_mut(&mut memory);
        for (number, item) in items.iter().enumerate() {
            let next = &mut next[boundaries.memtable_of(item.position())];
            numbers[*next] = number as u64;
            *next += 1;
        }
        Ok(Self { memory, ends })
    }

    /// The numbers of the items of one memtable.
    #[inline]
    pub(super) fn item_numbers(&self, memtable: usize) -> &[u64] {
        let start = memtable.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &bytemuck::cast_slice(&self.memory)[start..self.ends[memtable]]
    }
}

fn zeros(count: usize) -> Result<Vec<usize>, Error> {
    filled(0, count).map_err(|_| refused::<usize>(count))
}
