//! Which blocks stay.
//!
//! While there is room every block that is read comes in. Then only one that is wanted a second time, soon: while as
//! many others were turned away as there are blocks. So what is read once passes by, and costs neither memory nor the
//! block that would have to go for it. What is in goes round in a queue, once more for each use, and has to go when it
//! comes to the front unused. These are the rules of S3-FIFO (Yang and others, "FIFO queues are all you need for cache
//! eviction", SOSP 2023) without its small queue: there a block is held until it is known to be wanted a second time,
//! and here it is read again, mostly from the page cache of the system.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};

use super::{Caching, Slots};
use crate::table::block::{Block, Header};
use crate::thin_arc::Slot;

/// How many blocks in a row are spared for having been used, at most: the lock is held meanwhile.
const MERCY: u32 = 64;

pub(super) struct Queue {
    limit: u64,
    reserved: u64,
    entries: VecDeque<Entry>,
    /// Of the blocks of tables that are open.
    bytes: u64,
    /// Entries of tables that are gone.
    stale: usize,
    /// How many blocks were turned away; never 0, and no more than a slot can hold.
    clock: usize,
}

/// Stands for a block that is in its slot, unless its table is gone.
struct Entry {
    slots: Weak<Slots>,
    unit: usize,
    /// What the block costs the cache, in bytes.
    charge: u64,
}

impl Entry {
    /// Those of its table, if it is open.
    fn slots(&self) -> Option<Arc<Slots>> {
        self.slots.upgrade().filter(|slots| !slots.is_closed.load(Relaxed))
    }
}

/// What a block costs the cache, in bytes: entry, reference counts, and what the allocator adds.
fn charge(block: &Block) -> u64 {
    (block.weight() + size_of::<Entry>() + 32) as u64
}

impl Queue {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, reserved: 0, entries: VecDeque::new(), bytes: 0, stale: 0, clock: 1 }
    }

    pub(super) fn reserved(&self) -> u64 {
        self.reserved
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn blocks(&self) -> u64 {
        (self.entries.len() - self.stale) as u64
    }

    /// Entries, also of tables that are gone.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What blocks may take together.
    fn room(&self) -> u64 {
        self.limit.saturating_sub(self.reserved).max(self.limit / 16)
    }

    /// Whether the block of a unit, which takes so many bytes, is to come in. If not, it is remembered that it was wanted.
    pub(super) fn admits(&mut self, slots: &Slots, unit: usize, bytes: u64, caching: Caching) -> bool {
        // One block must not push out most others.
        if bytes > self.room() / 2 {
            return false;
        }
        if self.bytes + bytes <= self.room() {
            return true;
        }
        if caching != Caching::Fill {
            return false;
        }
        let slot = &slots.blocks[unit];
        let wanted_at = slot.number();
        if wanted_at != 0 && self.clock.wrapping_sub(wanted_at) <= self.entries.len() {
            return true;
        }
        slot.leave(self.clock);
        self.clock = if self.clock < Slot::<Header>::GREATEST { self.clock + 1 } else { 1 };
        false
    }

    pub(super) fn reserve(&mut self, bytes: u64) {
        self.reserved += bytes;
        self.make_room(0);
    }

    pub(super) fn insert(&mut self, slots: &Arc<Slots>, unit: usize, block: &Block, caching: Caching) {
        let (charge, slot) = (charge(block), &slots.blocks[unit]);
        if slot.is_full() || !self.admits(slots, unit, charge, caching) {
            return;
        }
        self.make_room(charge);
        if self.entries.try_reserve(1).is_err() {
            return;
        }
        slot.put(block.shared_bytes().clone());
        slots.entries.fetch_add(1, Relaxed);
        self.push(Entry { slots: Arc::downgrade(slots), unit, charge }, slots);
    }

    /// The table is gone: its blocks leave, and what it reserved is free.
    pub(super) fn close(&mut self, slots: &Arc<Slots>, reserved: u64) {
        self.reserved -= reserved;
        self.bytes -= slots.bytes.load(Relaxed);
        slots.is_closed.store(true, Relaxed);
        self.stale += slots.entries.load(Relaxed);
        // Seldom enough that an entry which stays is looked at once for each that became stale, at most.
        if self.stale > self.entries.len() / 2 {
            self.entries.retain(|entry| entry.slots().is_some());
            self.stale = 0;
        }
    }

    /// Lets blocks go until there is room for `more` bytes.
    fn make_room(&mut self, more: u64) {
        let mut mercy = MERCY;
        while self.bytes + more > self.room() && self.bytes > 0 {
            let is_spared = self.advance(mercy > 0);
            mercy = if is_spared { mercy - 1 } else { MERCY };
        }
    }

    /// Whether the block at the front was spared, for having been used.
    fn advance(&mut self, may_spare: bool) -> bool {
        let Some((entry, slots)) = self.pop() else { return false };
        let slot = &slots.blocks[entry.unit];
        match slot.uses().checked_sub(1) {
            Some(fewer) if may_spare => {
                slot.set_uses(fewer);
                self.push(entry, &slots);
                true
            }
            _ => {
                drop(slot.take());
                slots.entries.fetch_sub(1, Relaxed);
                false
            }
        }
    }

    /// There is room in the queue.
    fn push(&mut self, entry: Entry, slots: &Slots) {
        self.bytes += entry.charge;
        slots.bytes.fetch_add(entry.charge, Relaxed);
        self.entries.push_back(entry);
    }

    /// Takes the entry at the front, and those before it whose tables are gone.
    fn pop(&mut self) -> Option<(Entry, Arc<Slots>)> {
        loop {
            let entry = self.entries.pop_front()?;
            let Some(slots) = entry.slots() else {
                self.stale -= 1;
                continue;
            };
            self.bytes -= entry.charge;
            slots.bytes.fetch_sub(entry.charge, Relaxed);
            return Some((entry, slots));
        }
    }
}
