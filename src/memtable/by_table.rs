//! Where in the index the versions of each table are: for whoever walks through one table.

use super::index::item::Item;
use super::index::tables::Tables;
use memmap2::MmapMut;

/// Positions in the index, those of each table together, and rising.
#[derive(Debug)]
pub(crate) struct ByTable {
    /// The positions, 64 bits wide.
    room: MmapMut,
    /// Where those of each table end.
    ends: Vec<usize>,
}

impl ByTable {
    /// `room` has as many bytes as there are positions.
    pub(crate) fn of(items: &[Item], tables: &Tables, mut room: MmapMut) -> Self {
        let mut ends = vec![0; tables.len()];
        for item in items {
            ends[tables.table_of(item.place())] += 1;
        }
        let mut next = Vec::with_capacity(ends.len());
        let mut start = 0;
        for end in &mut ends {
            next.push(start);
            start += *end;
            *end = start;
        }
        let positions: &mut [u64] = bytemuck::cast_slice_mut(&mut room);
        for (position, item) in items.iter().enumerate() {
            let next = &mut next[tables.table_of(item.place())];
            positions[*next] = position as u64;
            *next += 1;
        }
        Self { room, ends }
    }

    #[inline]
    pub(crate) fn positions(&self, table: usize) -> &[u64] {
        let start = table.checked_sub(1).map_or(0, |before| self.ends[before]);
        &bytemuck::cast_slice(&self.room)[start..self.ends[table]]
    }
}
