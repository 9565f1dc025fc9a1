//! A vector in chunks, for lists whose length depends on the log.
//!
//! When a `Vec` grows, its items move, and for a moment they take twice the memory. This vector grows by chunks that do
//! not move. It frees them one by one while its items are moved out of it.

use std::collections::TryReserveError;

/// Items in the first chunk, and in the longest. Between these a chunk is as long as all chunks before it together.
const SHORTEST: usize = 4;
const LONGEST: usize = 1 << 15;

#[derive(Debug)]
pub(crate) struct ChunkedVec<T> {
    /// All chunks except the last are full.
    chunks: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for ChunkedVec<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<T> ChunkedVec<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push(&mut self, item: T) -> Result<(), TryReserveError> {
        if self.chunks.last().is_none_or(|chunk| chunk.len() == chunk.capacity()) {
            let mut chunk = Vec::new();
            chunk.try_reserve_exact(self.len.clamp(SHORTEST, LONGEST))?;
            self.chunks.try_reserve(1)?;
            self.chunks.push(chunk);
        }
        self.chunks.last_mut().expect("a chunk with free capacity").push(item);
        self.len += 1;
        Ok(())
    }

    /// The items in order, chunk by chunk.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &[T]> {
        self.chunks.iter().map(Vec::as_slice)
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        self.chunks.last_mut()?.last_mut()
    }
}

impl<T> IntoIterator for ChunkedVec<T> {
    type Item = T;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<T>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.chunks.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::{ChunkedVec, LONGEST};

    #[test]
    fn items_come_back_in_the_order_they_were_pushed() {
        let len = 3 * LONGEST + 7;
        let mut chunked = ChunkedVec::default();
        for item in 0..len {
            chunked.push(item).unwrap();
            assert_eq!((chunked.len(), chunked.last_mut()), (item + 1, Some(&mut { item })));
        }
        assert!(chunked.chunks().flatten().copied().eq(0..len));
        assert!(chunked.into_iter().eq(0..len));
    }
}
