//! Several sorted runs walked through as one.

use super::source::{Direction, Item, Source};
use crate::key::common_prefix_len;
use crate::log::bytes::LogBytes;
use crate::memtable::order::Point;
use std::sync::Arc;

/// A heap of sources by their heads, the next one on top.
#[derive(Debug)]
pub(crate) struct Merge {
    log: Arc<LogBytes>,
    sources: Vec<Source>,
    /// Numbers of the sources that have a head: a binary heap.
    heap: Vec<usize>,
    direction: Direction,
}

impl Merge {
    pub(crate) fn new(log: Arc<LogBytes>, mut sources: Vec<Source>) -> Self {
        let shared = shared_by_all(&sources);
        for source in &mut sources {
            source.leave_out(shared);
        }
        let heap = Vec::with_capacity(sources.len());
        Self { log, sources, heap, direction: Direction::Forward }
    }

    pub(crate) fn direction(&self) -> Direction {
        self.direction
    }

    /// Goes to `point`, or to the end behind everything, to walk in `direction` from there.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) {
        self.direction = direction;
        self.heap.clear();
        for (number, source) in self.sources.iter_mut().enumerate() {
            source.seek(point, direction);
            if source.head().is_some() {
                self.heap.push(number);
            }
        }
        for at in (0..self.heap.len() / 2).rev() {
            self.sift_down(at);
        }
    }

    /// The next version.
    #[inline]
    pub(crate) fn head(&self) -> Option<&Item> {
        self.sources[*self.heap.first()?].head()
    }

    /// Takes the next version.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Item> {
        let source = &mut self.sources[*self.heap.first()?];
        let taken = source.take(self.direction);
        if source.head().is_none() {
            self.heap.swap_remove(0);
        }
        self.sift_down(0);
        taken
    }

    /// Restores the heap's order where only the one at `at` may have a later head than those below it.
    #[inline]
    fn sift_down(&mut self, mut at: usize) {
        loop {
            let below = [2 * at + 1, 2 * at + 2].into_iter().filter(|&child| child < self.heap.len());
            let Some(first) = below.reduce(|a, b| if self.goes_first(b, a) { b } else { a }) else { return };
            if !self.goes_first(first, at) {
                return;
            }
            self.heap.swap(at, first);
            at = first;
        }
    }

    /// Whether of two places of the heap, the head of the first is to be taken before that of the second.
    #[inline]
    fn goes_first(&self, a: usize, b: usize) -> bool {
        let head = |at: usize| self.sources[self.heap[at]].head();
        let (Some(a), Some(b)) = (head(a), head(b)) else { return false };
        match self.direction {
            Direction::Forward => a.order(b, &self.log).is_lt(),
            Direction::Backward => a.order(b, &self.log).is_gt(),
        }
    }
}

/// How many bytes the keys of all sources are known to share.
fn shared_by_all(sources: &[Source]) -> usize {
    let Some(first) = sources.first().map(Source::shared) else { return 0 };
    sources.iter().fold(first.len(), |len, source| common_prefix_len(&first[..len], source.shared()))
}
