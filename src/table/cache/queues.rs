//! Which blocks stay: the rules of S3-FIFO (Yang and others, "FIFO queues are all you need for cache eviction", SOSP
//! 2023).
//!
//! A new block comes into the *small* queue, a tenth of the room. Those that are used there go on into the *main*
//! queue, the others have to go, so a scan passes through a tenth of the cache and leaves the rest as it is. In the
//! main queue a block goes round once more for each use. A block that had to go and is soon wanted again comes
//! straight into the main queue; "soon" is while as many others had to go as the main queue has entries.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};

use super::Slots;
use crate::table::block::{Block, Header};
use crate::thin_arc::Slot;

const SMALL: usize = 0;
const MAIN: usize = 1;
/// How many blocks of the main queue in a row are spared for having been used, at most: the lock is held meanwhile.
const MERCY: u32 = 64;

pub(super) struct Queues {
    limit: u64,
    reserved: u64,
    both: [Queue; 2],
    /// Entries of tables that are gone.
    stale: usize,
    /// How many blocks had to go; never 0, and no more than a slot can hold.
    clock: usize,
}

#[derive(Default)]
struct Queue {
    entries: VecDeque<Entry>,
    /// Of the blocks of tables that are open.
    bytes: u64,
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

impl Queues {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, reserved: 0, both: Default::default(), stale: 0, clock: 1 }
    }

    pub(super) fn reserved(&self) -> u64 {
        self.reserved
    }

    pub(super) fn bytes(&self) -> u64 {
        self.both.iter().map(|queue| queue.bytes).sum()
    }

    pub(super) fn blocks(&self) -> u64 {
        (self.len() - self.stale) as u64
    }

    /// Entries, also of tables that are gone.
    pub(super) fn len(&self) -> usize {
        self.both.iter().map(|queue| queue.entries.len()).sum()
    }

    /// What blocks may take together.
    fn room(&self) -> u64 {
        self.limit.saturating_sub(self.reserved).max(self.limit / 16)
    }

    pub(super) fn has_room(&self, bytes: u64) -> bool {
        self.bytes() + bytes <= self.room()
    }

    pub(super) fn reserve(&mut self, bytes: u64) {
        self.reserved += bytes;
        self.make_room(0);
    }

    pub(super) fn insert(&mut self, slots: &Arc<Slots>, unit: usize, block: &Block) {
        let charge = charge(block);
        // One block must not push out most others.
        if charge > self.room() / 2 || slots.blocks[unit].is_full() {
            return;
        }
        let went_at = slots.blocks[unit].number();
        let is_wanted_again = went_at != 0 && self.clock.wrapping_sub(went_at) <= self.both[MAIN].entries.len();
        let queue = if is_wanted_again { MAIN } else { SMALL };
        self.make_room(charge);
        if self.both[queue].entries.try_reserve(1).is_err() {
            return;
        }
        slots.blocks[unit].put(block.shared_bytes().clone());
        slots.entries.fetch_add(1, Relaxed);
        self.push(queue, Entry { slots: Arc::downgrade(slots), unit, charge }, slots);
        self.keep_small();
    }

    /// The table is gone: its blocks leave, and what it reserved is free.
    pub(super) fn close(&mut self, slots: &Arc<Slots>, reserved: u64) {
        self.reserved -= reserved;
        for (queue, bytes) in self.both.iter_mut().zip(&slots.bytes) {
            queue.bytes -= bytes.load(Relaxed);
        }
        slots.is_closed.store(true, Relaxed);
        self.stale += slots.entries.load(Relaxed);
        // Seldom enough that an entry which stays is looked at once for each that became stale, at most.
        if self.stale > self.len() / 2 {
            let is_live = |entry: &Entry| entry.slots().is_some();
            self.both.iter_mut().for_each(|queue| queue.entries.retain(is_live));
            self.stale = 0;
        }
    }

    /// Lets blocks go until there is room for `more` bytes.
    fn make_room(&mut self, more: u64) {
        let mut mercy = MERCY;
        while self.bytes() + more > self.room() && self.bytes() > 0 {
            let small = self.both[SMALL].bytes;
            if small > 0 && (small + more > self.small_share() || self.both[MAIN].bytes == 0) {
                self.advance_small();
            } else {
                let is_spared = self.advance_main(mercy > 0);
                mercy = if is_spared { mercy - 1 } else { MERCY };
            }
        }
    }

    fn small_share(&self) -> u64 {
        self.room() / 10
    }

    /// The oldest block of the small queue has to go, or into the main one if it was used.
    fn advance_small(&mut self) {
        let Some((entry, slots)) = self.pop(SMALL) else { return };
        let block = &slots.blocks[entry.unit];
        if block.uses() > 0 && self.both[MAIN].entries.try_reserve(1).is_ok() {
            block.set_uses(0);
            self.push(MAIN, entry, &slots);
        } else {
            self.evict(&entry, &slots, self.clock);
        }
    }

    /// Whether the oldest block of the main queue was spared, for having been used.
    fn advance_main(&mut self, may_spare: bool) -> bool {
        let Some((entry, slots)) = self.pop(MAIN) else { return false };
        let block = &slots.blocks[entry.unit];
        match block.uses().checked_sub(1) {
            Some(fewer) if may_spare => {
                block.set_uses(fewer);
                self.push(MAIN, entry, &slots);
                true
            }
            _ => {
                self.evict(&entry, &slots, 0);
                false
            }
        }
    }

    /// While the cache is not full nothing has to go, and what is too much for the small queue goes on all the same. So
    /// it is never so long that going through it takes time.
    fn keep_small(&mut self) {
        while self.both[SMALL].bytes > self.small_share() && self.both[SMALL].entries.len() > 1 {
            if self.both[MAIN].entries.try_reserve(1).is_err() {
                return;
            }
            let Some((entry, slots)) = self.pop(SMALL) else { return };
            self.push(MAIN, entry, &slots);
        }
    }

    /// Its slot keeps `went_at`.
    fn evict(&mut self, entry: &Entry, slots: &Slots, went_at: usize) {
        drop(slots.blocks[entry.unit].take(went_at));
        slots.entries.fetch_sub(1, Relaxed);
        self.clock = if self.clock < Slot::<Header>::GREATEST { self.clock + 1 } else { 1 };
    }

    /// There is room in the queue.
    fn push(&mut self, queue: usize, entry: Entry, slots: &Slots) {
        let charge = entry.charge;
        self.both[queue].entries.push_back(entry);
        self.both[queue].bytes += charge;
        slots.bytes[queue].fetch_add(charge, Relaxed);
    }

    /// Takes the oldest entry of a queue that is not stale.
    fn pop(&mut self, queue: usize) -> Option<(Entry, Arc<Slots>)> {
        loop {
            let entry = self.both[queue].entries.pop_front()?;
            let Some(slots) = entry.slots() else {
                self.stale -= 1;
                continue;
            };
            self.both[queue].bytes -= entry.charge;
            slots.bytes[queue].fetch_sub(entry.charge, Relaxed);
            return Some((entry, slots));
        }
    }
}
