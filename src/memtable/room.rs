//! Memory for what is made of a log on first use. It is asked for while it can still be refused, and costs nothing
//! before it is used.

use super::index::item::Item;
use memmap2::MmapMut;
use std::io;

/// Bytes for each entry.
const ITEM: usize = size_of::<Item>();
const POSITION: usize = size_of::<u64>();

#[derive(Debug)]
pub(crate) struct Room {
    items: Option<MmapMut>,
    by_table: Option<MmapMut>,
}

impl Room {
    /// For so many entries.
    pub(crate) fn reserve(entries: usize) -> io::Result<Self> {
        let reserve = |bytes| MmapMut::map_anon(entries * bytes).map(Some);
        let room = Self { items: reserve(ITEM)?, by_table: reserve(POSITION)? };
        if let Some(items) = &room.items {
            // No more than a hint.
            let _ = items.advise(memmap2::Advice::HugePage);
        }
        Ok(room)
    }

    /// How many bytes are reserved for so many entries.
    pub(crate) fn bytes(entries: usize) -> u64 {
        (entries * (ITEM + POSITION)) as u64
    }

    pub(crate) fn take_items(&mut self) -> MmapMut {
        self.items.take().expect("sorted only once")
    }

    pub(crate) fn take_by_table(&mut self) -> MmapMut {
        self.by_table.take().expect("told apart only once")
    }
}
