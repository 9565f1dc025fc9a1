//! Several sorted runs walked through as one.

use super::head::{Direction, Head};
use super::logged_run::LoggedRun;
use super::source::{Run, Source};
use crate::memtable::logged::Logged;
use crate::memtable::order::Point;
use std::ops::Range;
use std::sync::Arc;

/// A heap of sources by their heads, the next one on top.
#[derive(Debug)]
pub(crate) struct Merge {
    logged: Arc<Logged>,
    sources: Vec<Source>,
    /// Numbers of the sources that have a head: a binary heap.
    heap: Vec<usize>,
    direction: Direction,
}

impl Merge {
    pub(crate) fn new(logged: &Arc<Logged>, runs: impl Iterator<Item = Run>) -> Self {
        let sources: Vec<Source> = runs.map(Source::new).collect();
        let heap = Vec::with_capacity(sources.len());
        Self { logged: Arc::clone(logged), sources, heap, direction: Direction::Forward }
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
    pub(crate) fn head(&self) -> Option<&Head> {
        self.sources[*self.heap.first()?].head()
    }

    /// Takes the next version.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Head> {
        let source = &mut self.sources[*self.heap.first()?];
        let taken = source.take(self.direction);
        if source.head().is_none() {
            self.heap.swap_remove(0);
        }
        self.sift_down(0);
        taken
    }

    /// Forward, if the next versions are logged ones: the run of these, and their numbers in it, up to the first that
    /// is not logged.
    pub(crate) fn logged_ahead(&self) -> Option<(&LoggedRun, Range<usize>)> {
        let (&top, others) = self.heap.split_first()?;
        let Run::Logged(run) = &self.sources[top].run else { return None };
        let heads = others.iter().filter_map(|&number| self.sources[number].head());
        let next = heads.map(|head| head.point(&self.logged.log)).min();
        Some((run, run.ahead(next)))
    }

    /// Forward, where the next versions are logged ones: goes on to that of this number.
    pub(crate) fn go_to_logged(&mut self, number: usize) {
        let Some(source) = self.heap.first().map(|&top| &mut self.sources[top]) else { return };
        if let Run::Logged(run) = &mut source.run {
            run.go(number);
        }
        source.step(self.direction);
        if source.head().is_none() {
            self.heap.swap_remove(0);
        }
        self.sift_down(0);
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
        let (a, b) = (a.point(&self.logged.log), b.point(&self.logged.log));
        match self.direction {
            Direction::Forward => a < b,
            Direction::Backward => a > b,
        }
    }
}
