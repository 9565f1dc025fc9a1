//! A place for a counted reference, of one word, that threads read while others put something in and take it out.
//!
//! The references point to multiples of 16, so four bits of the word are free: whether a thread is at it, whether it
//! is full, and how often its reference was asked for. A mutex with a pointer is two words, and the count another one,
//! in another cache line. (`arc_swap` is one word, too. Its readers wait for nothing, but taking something out
//! means to look through the marks of all threads.)

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use super::{ALIGNMENT, Head, ThinArc};
use crate::sync::{AtomicPtr, Memory, relax};

/// A thread is at it: for as long as it takes to count one reference more, or to change the word.
const LOCKED: usize = 1;
/// The rest is a pointer; without it, a number.
const FULL: usize = 2;
const USE: usize = 4;
const USES: usize = 12;
const FLAGS: usize = LOCKED | FULL | USES;
const NUMBER_SHIFT: u32 = FLAGS.count_ones();
const _: () = assert!(FLAGS < ALIGNMENT);

/// Holds a reference, or a number.
pub(crate) struct Slot<H: Copy> {
    word: AtomicPtr<Head<H>>,
    owned: PhantomData<ThinArc<H>>,
}

// SAFETY: it gives references to any thread, so it is for threads what they are.
unsafe impl<H: Copy + Send + Sync> Send for Slot<H> {}
// SAFETY: as above. What is in it changes only under its lock.
unsafe impl<H: Copy + Send + Sync> Sync for Slot<H> {}

impl<H: Copy> Slot<H> {
    /// Numbers above this one lose their higher bits.
    pub(crate) const GREATEST: usize = usize::MAX >> NUMBER_SHIFT;
    /// No use is counted after this one.
    pub(crate) const MOST_USES: usize = USES / USE;

    /// The reference, if there is one. With `counts`, that is a use of it.
    #[inline]
    pub(crate) fn get(&self, counts: bool) -> Option<ThinArc<H>> {
        if !self.is_full() {
            return None;
        }
        let word = self.lock();
        let found = Self::reference(word).map(|reference| ThinArc::clone(&reference));
        let is_use = counts && found.is_some() && word.addr() & USES < USES;
        self.unlock(if is_use { word.map_addr(|bits| bits + USE) } else { word });
        found
    }

    /// Whether there is a reference.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.word.load(Memory::Relaxed).addr() & FULL != 0
    }

    /// Puts in a reference that was not used yet.
    pub(crate) fn put(&self, reference: ThinArc<H>) {
        let head = ManuallyDrop::new(reference).head.as_ptr();
        drop(self.replace(head.map_addr(|bits| bits | FULL)));
    }

    /// Takes out the reference, if there is one.
    pub(crate) fn take(&self) -> Option<ThinArc<H>> {
        self.replace(ptr::null_mut())
    }

    /// Leaves a number, if there is no reference.
    pub(crate) fn leave(&self, number: usize) {
        let word = self.lock();
        let is_full = word.addr() & FULL != 0;
        self.unlock(if is_full { word } else { ptr::without_provenance_mut(number << NUMBER_SHIFT) });
    }

    /// The number that was left; 0 if there is a reference, or was none yet.
    pub(crate) fn number(&self) -> usize {
        let bits = self.word.load(Memory::Relaxed).addr();
        if bits & FULL == 0 { bits >> NUMBER_SHIFT } else { 0 }
    }

    /// How often the reference was used, up to a few times.
    pub(crate) fn uses(&self) -> usize {
        (self.word.load(Memory::Relaxed).addr() & USES) / USE
    }

    /// From now on it was used so often, if there is one.
    pub(crate) fn set_uses(&self, uses: usize) {
        let word = self.lock();
        let uses = uses.min(Self::MOST_USES) * USE;
        let is_full = word.addr() & FULL != 0;
        self.unlock(if is_full { word.map_addr(|bits| (bits & !USES) | uses) } else { word });
    }

    /// Gives the reference of the word that was there before.
    fn replace(&self, word: *mut Head<H>) -> Option<ThinArc<H>> {
        let before = self.lock();
        self.unlock(word);
        Self::reference(before).map(ManuallyDrop::into_inner)
    }

    /// The word without the lock, which the caller has from now on.
    #[inline]
    fn lock(&self) -> *mut Head<H> {
        let mut tries = 0_u32;
        loop {
            let word = self.word.load(Memory::Relaxed);
            let locked = word.map_addr(|bits| bits | LOCKED);
            let is_free = word.addr() & LOCKED == 0;
            // Acquire, with the Release of `unlock`: what was put in was written before.
            // What it gives counts, and not what was loaded: a new reference may have the address of an old one.
            if is_free && let Ok(word) = self.word.compare_exchange_weak(word, locked, Memory::Acquire, Memory::Relaxed)
            {
                return word;
            }
            tries += 1;
            // The one who has it needs a few instructions, unless it was interrupted.
            relax(tries);
        }
    }

    #[inline]
    fn unlock(&self, word: *mut Head<H>) {
        self.word.store(word, Memory::Release);
    }

    /// The reference that a word is, which counts once: for the slot, or for the one who has taken the word out of it.
    /// Until then the lock keeps others from that.
    #[inline]
    fn reference(word: *mut Head<H>) -> Option<ManuallyDrop<ThinArc<H>>> {
        if word.addr() & FULL == 0 {
            return None;
        }
        // `put` got it from a reference.
        let head = NonNull::new(word.map_addr(|bits| bits & !FLAGS))?;
        Some(ManuallyDrop::new(ThinArc { head, owned: PhantomData }))
    }
}

impl<H: Copy> Default for Slot<H> {
    fn default() -> Self {
        Self { word: AtomicPtr::new(ptr::null_mut()), owned: PhantomData }
    }
}

impl<H: Copy> Drop for Slot<H> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

#[cfg(test)]
mod tests {
    use super::Slot;
    use crate::thin_arc::ThinArc;
    use std::thread;

    fn of(number: u8) -> ThinArc<u8> {
        let mut bytes = ThinArc::zeroed(number, 100).unwrap();
        bytes.get_mut().unwrap().fill(number);
        bytes
    }

    #[test]
    fn it_is_empty_or_holds_one_reference() {
        let slot = Slot::default();
        assert!(slot.get(true).is_none() && !slot.is_full() && slot.number() == 0);
        let seven = of(7);
        slot.put(seven.clone());
        assert_eq!((seven.count(), slot.is_full(), slot.number()), (2, true, 0));
        let got = slot.get(false).unwrap();
        assert!(ThinArc::ptr_eq(&got, &seven));
        assert_eq!(seven.count(), 3);
        slot.put(of(8));
        assert_eq!((seven.count(), *slot.get(false).unwrap().header()), (2, 8));
        slot.leave(5);
        assert_eq!(*slot.take().unwrap().header(), 8);
        assert!(slot.get(false).is_none() && slot.take().is_none() && slot.number() == 0);
        slot.leave(Slot::<u8>::GREATEST);
        assert_eq!((slot.number(), slot.is_full(), slot.uses()), (Slot::<u8>::GREATEST, false, 0));
        slot.put(seven.clone());
        drop(slot);
        assert_eq!(seven.count(), 2);
    }

    #[test]
    fn uses_are_counted_up_to_a_few() {
        let slot = Slot::default();
        slot.set_uses(2);
        assert_eq!((slot.uses(), slot.is_full()), (0, false));
        slot.put(of(1));
        for expected in [0, 1, 2, Slot::<u8>::MOST_USES, Slot::<u8>::MOST_USES] {
            assert_eq!(slot.uses(), expected);
            slot.get(false);
            slot.get(true);
        }
        slot.set_uses(1);
        assert_eq!((slot.uses(), *slot.get(false).unwrap().header()), (1, 1));
        slot.take();
        assert_eq!(slot.uses(), 0);
    }

    #[test]
    fn threads_read_what_another_thread_replaces() {
        let slot = Slot::default();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..5000 {
                        if let Some(bytes) = slot.get(true) {
                            assert!(bytes.bytes().iter().all(|byte| byte == bytes.header()));
                        }
                    }
                });
            }
            for number in 0..5000_u32 {
                if number % 3 == 0 {
                    slot.put(of(number as u8));
                } else {
                    slot.set_uses(0);
                    drop(slot.take());
                    slot.leave(number as usize);
                    assert_eq!(slot.number(), number as usize);
                }
            }
        });
        assert!(slot.uses() == 0);
    }
}
