//! Where in the index the versions of each memtable are: for walks through one memtable of several.

use super::boundaries::Boundaries;
use super::index::item::Item;
use super::reserve::Reserve;
use crate::error::Error;
use crate::memory::{filled, refused};
use memmap2::MmapMut;

/// Positions in the index, those of each memtable together, and rising.
#[derive(Debug)]
pub(crate) struct ByMemtable {
    /// The positions, 64 bits wide.
    memory: MmapMut,
    /// Where those of each memtable end.
    ends: Vec<usize>,
}

impl ByMemtable {
    /// Takes the memory that was reserved for it.
    pub(super) fn of(items: &[Item], boundaries: &Boundaries, reserve: &mut Reserve) -> Result<Self, Error> {
        let (mut ends, mut next) = (zeros(boundaries.len())?, zeros(boundaries.len())?);
        for item in items {
            ends[boundaries.memtable_of(item.position())] += 1;
        }
        let mut start = 0;
        for (end, next) in ends.iter_mut().zip(&mut next) {
            *next = start;
            start += *end;
            *end = start;
        }
        let mut memory = reserve.take_positions();
        let positions: &mut [u64] = bytemuck::cast_slice_mut(&mut memory);
        for (position, item) in items.iter().enumerate() {
            let next = &mut next[boundaries.memtable_of(item.position())];
            positions[*next] = position as u64;
            *next += 1;
        }
        Ok(Self { memory, ends })
    }

    #[inline]
    pub(super) fn positions(&self, memtable: usize) -> &[u64] {
        let start = memtable.checked_sub(1).map_or(0, |before| self.ends[before]);
        &bytemuck::cast_slice(&self.memory)[start..self.ends[memtable]]
    }
}

fn zeros(count: usize) -> Result<Vec<usize>, Error> {
    filled(0, count).map_err(|_| refused::<usize>(count))
}
