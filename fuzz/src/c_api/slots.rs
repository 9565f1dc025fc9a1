//! Slots for handles.

/// A few slots, each with a handle or empty.
#[derive(Debug)]
pub struct Slots<T, const N: usize>([Option<T>; N]);

impl<T, const N: usize> Default for Slots<T, N> {
    fn default() -> Self {
        Self([const { None }; N])
    }
}

impl<T, const N: usize> Slots<T, N> {
    /// The handle in a slot, or in the next slot that has one: most steps should find what they need.
    pub fn at(&self, slot: Option<usize>) -> Option<&T> {
        self.0[self.find(slot)?].as_ref()
    }

    pub fn at_mut(&mut self, slot: Option<usize>) -> Option<&mut T> {
        self.0[self.find(slot)?].as_mut()
    }

    pub fn take(&mut self, slot: Option<usize>) -> Option<T> {
        self.0[self.find(slot)?].take()
    }

    /// Frees the handle in a slot.
    pub fn put(&mut self, slot: Option<usize>, handle: T) {
        self.0[slot.unwrap_or(0) % N] = Some(handle);
    }

    /// Takes all handles out.
    pub fn drain(&mut self) -> impl Iterator<Item = T> {
        self.0.iter_mut().filter_map(Option::take)
    }

    fn find(&self, slot: Option<usize>) -> Option<usize> {
        let slot = slot?;
        (slot..slot + N).map(|slot| slot % N).find(|&slot| self.0[slot].is_some())
    }
}
