//! Memory for what is built from a log on first use. It is reserved during recovery, which can still fail if there is
//! not enough. It costs nothing before it is used.

use super::index::item::Item;
use memmap2::MmapMut;
use std::io;

/// Bytes of an item, of which there is one for each entry.
const ITEM_LEN: usize = size_of::<Item>();
/// Bytes of the number of an item.
const ITEM_NUMBER_LEN: usize = size_of::<u64>();

#[derive(Debug)]
pub(crate) struct Reserve {
    items: Option<MmapMut>,
    item_numbers: Option<MmapMut>,
}

impl Reserve {
    /// Reserves memory for this many entries.
    pub(crate) fn for_entries(entries: usize) -> io::Result<Self> {
        let reserve = |bytes| MmapMut::map_anon(entries * bytes).map(Some);
        let reserved = Self { items: reserve(ITEM_LEN)?, item_numbers: reserve(ITEM_NUMBER_LEN)? };
        if let Some(items) = &reserved.items {
            // It is only a hint, so a failure does not matter.
            let _ = items.advise(memmap2::Advice::HugePage);
        }
        Ok(reserved)
    }

    /// How many bytes are reserved for this many entries.
    pub(crate) fn bytes(entries: usize) -> u64 {
        (entries * (ITEM_LEN + ITEM_NUMBER_LEN)) as u64
    }

    /// The memory that [`take_items`](Self::take_items) takes; nothing after it has been taken.
    pub(super) fn items(&mut self) -> &mut [Item] {
        self.items.as_mut().map_or(&mut [], |items| bytemuck::cast_slice_mut(items))
    }

    pub(super) fn take_items(&mut self) -> MmapMut {
        self.items.take().expect("the index is built only once")
    }

    pub(super) fn take_item_numbers(&mut self) -> MmapMut {
        self.item_numbers.take().expect("items are grouped by memtable only once")
    }
}
