//! Memory for what is made of a log on first use. It is asked for while it can still be refused, and costs nothing
//! before it is used.

use super::index::item::Item;
use memmap2::MmapMut;
use std::io;

/// Bytes for each entry.
const ITEM: usize = size_of::<Item>();
const POSITION: usize = size_of::<u64>();

#[derive(Debug)]
pub(crate) struct Reserve {
    items: Option<MmapMut>,
    positions: Option<MmapMut>,
}

impl Reserve {
    /// For so many entries.
    pub(crate) fn for_entries(entries: usize) -> io::Result<Self> {
        let reserve = |bytes| MmapMut::map_anon(entries * bytes).map(Some);
        let reserved = Self { items: reserve(ITEM)?, positions: reserve(POSITION)? };
        if let Some(items) = &reserved.items {
            // No more than a hint.
            let _ = items.advise(memmap2::Advice::HugePage);
        }
        Ok(reserved)
    }

    /// How many bytes are reserved for so many entries.
    pub(crate) fn bytes(entries: usize) -> u64 {
        (entries * (ITEM + POSITION)) as u64
    }

    /// What [`take_items`](Self::take_items) gives, while it has not been taken.
    pub(super) fn items(&mut self) -> &mut [Item] {
        self.items.as_mut().map_or(&mut [], |items| bytemuck::cast_slice_mut(items))
    }

    pub(super) fn take_items(&mut self) -> MmapMut {
        self.items.take().expect("sorted only once")
    }

    pub(super) fn take_positions(&mut self) -> MmapMut {
        self.positions.take().expect("told apart only once")
    }
}
