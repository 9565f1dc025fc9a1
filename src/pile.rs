//! Piles: lists that may become as long as a log makes them.
//!
//! A vector that grows moves, and is there twice while it does. A pile grows by pieces that stay where they are, and
//! goes away piece by piece while what was in it is taken elsewhere.

use std::collections::TryReserveError;

/// Items in the first piece, and in the longest. In between a piece is as long as all in front of it.
const SHORTEST: usize = 4;
const LONGEST: usize = 1 << 15;

#[derive(Debug)]
pub(crate) struct Pile<T> {
    /// Each but the last is full.
    pieces: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Pile<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), len: 0 }
    }
}

impl<T> Pile<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push(&mut self, item: T) -> Result<(), TryReserveError> {
        if self.pieces.last().is_none_or(|piece| piece.len() == piece.capacity()) {
            let mut piece = Vec::new();
            piece.try_reserve_exact(self.len.clamp(SHORTEST, LONGEST))?;
            self.pieces.try_reserve(1)?;
            self.pieces.push(piece);
        }
        self.pieces.last_mut().expect("a piece with room").push(item);
        self.len += 1;
        Ok(())
    }

    /// What is in it, in order, in the pieces that it is in.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[T]> {
        self.pieces.iter().map(Vec::as_slice)
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        self.pieces.last_mut()?.last_mut()
    }
}

impl<T> IntoIterator for Pile<T> {
    type Item = T;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<T>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.pieces.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Pile};

    #[test]
    fn what_was_pushed_comes_back_in_order() {
        let len = 3 * LONGEST + 7;
        let mut pile = Pile::default();
        for item in 0..len {
            pile.push(item).unwrap();
            assert_eq!((pile.len(), pile.last_mut()), (item + 1, Some(&mut { item })));
        }
        assert!(pile.pieces().flatten().copied().eq(0..len));
        assert!(pile.into_iter().eq(0..len));
    }
}
