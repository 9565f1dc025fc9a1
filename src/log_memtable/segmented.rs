//! An array that grows while it is read: by segments that never move, each as long as all segments before it together.

use crate::error::Error;
use std::sync::OnceLock;

/// The first segment has two to the power of this many items.
const FIRST_BITS: u32 = if cfg!(loom) { 2 } else { 6 };
const SEGMENTS: usize = 32 - FIRST_BITS as usize;

/// The most items that an array can have.
pub(super) const MOST: usize = (1 << 32) - (1 << FIRST_BITS);

pub(super) struct Segmented<T> {
    segments: [OnceLock<Box<[T]>>; SEGMENTS],
}

impl<T> Default for Segmented<T> {
    fn default() -> Self {
        Self { segments: std::array::from_fn(|_| OnceLock::new()) }
    }
}

impl<T> Segmented<T> {
    /// The item with the number `index`, for which there must be room.
    #[inline]
    pub(super) fn get(&self, index: usize) -> &T {
        let (segment, offset) = locate(index);
        &self.segments[segment].get().expect("room is reserved before it is used")[offset]
    }

    /// Makes room for `len` items at least, by segments of the given length, and gives for how many there is room now.
    /// `len` must be at most [`MOST`]. Only one thread may call this at a time.
    pub(super) fn reserve(&self, len: usize, make: impl Fn(usize) -> Result<Box<[T]>, Error>) -> Result<usize, Error> {
        let last = locate(len.max(1) - 1).0;
        for (segment, number) in self.segments[..=last].iter().zip(0..) {
            if segment.get().is_none() {
                // Only this thread sets it, so it is not set in between.
                let _ = segment.set(make(1 << (FIRST_BITS + number))?);
            }
        }
        Ok((2 << FIRST_BITS << last) - (1 << FIRST_BITS))
    }
}

/// The segment of an item, and its place there.
#[inline]
fn locate(index: usize) -> (usize, usize) {
    let shifted = index + (1 << FIRST_BITS);
    let bits = shifted.ilog2();
    ((bits - FIRST_BITS) as usize, shifted ^ (1 << bits))
}

#[cfg(test)]
mod tests {
    use super::{FIRST_BITS, MOST, SEGMENTS, Segmented, locate};
    use crate::error::Error;
    use std::cell::Cell;

    #[allow(clippy::unnecessary_wraps)] // As an array asks for it.
    fn numbers(len: usize) -> Result<Box<[Cell<usize>]>, Error> {
        Ok((0..len).map(|_| Cell::new(0)).collect())
    }

    #[test]
    fn every_item_has_a_place_of_its_own() {
        let items = Segmented::default();
        let mut room = 0;
        for index in 0..1000 {
            if index == room {
                room = items.reserve(index + 1, numbers).unwrap();
                assert!(room > index);
            }
            items.get(index).set(index);
        }
        assert!((0..1000).all(|index| items.get(index).get() == index));
    }

    #[test]
    fn the_last_item_is_the_last_of_the_last_segment() {
        assert_eq!(locate(MOST - 1), (SEGMENTS - 1, (1 << 31) - 1));
        assert_eq!((locate(0), locate(1 << FIRST_BITS)), ((0, 0), (1, 0)));
    }

    #[test]
    fn what_was_refused_can_be_had_later() {
        let items = Segmented::default();
        let refuse = |len| if len > 100 { Err(Error::NoMemory(len as u64)) } else { numbers(len) };
        assert!(items.reserve(500, refuse).is_err());
        items.get(63).set(7);
        assert!(items.reserve(500, numbers).unwrap() >= 500);
        assert_eq!((items.get(63).get(), items.get(499).get()), (7, 0));
    }
}
