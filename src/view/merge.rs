//! Merges the entries of several sources in order.

use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memory::{refused, try_collected, with_capacity};
use crate::order::{Direction, Point, Rank};
use crate::scan::{Bulk, Wanted};
use crate::version::source::{Cursor, EntryRef};

/// How many superseded versions of a key are skipped one by one before a seek goes to the next key.
const MAX_SKIPS: usize = 8;

/// An entry, and the source that it comes from.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// The number of the branch that the entry comes from.
    source: usize,
    entry: EntryRef,
    pub(super) rank: Rank,
}

/// A cursor, and the entry that it has stepped over but that has not been taken yet.
#[derive(Debug)]
struct Branch {
    cursor: Cursor,
    head: Option<Head>,
}

impl Branch {
    #[inline]
    fn step(&mut self, source: usize, direction: Direction) -> Result<(), Error> {
        self.head = None;
        self.head = self.cursor.step(direction)?.map(|(entry, rank)| Head { source, entry, rank });
        Ok(())
    }
}

/// A heap of cursors, ordered by their heads. The next entry is on top.
///
/// After an error it has no entries until the next seek.
#[derive(Debug)]
pub(super) struct Merge {
    branches: Vec<Branch>,
    /// The numbers of the branches that have a head, as a binary heap.
    heap: Vec<usize>,
    direction: Direction,
    /// A copy of the key of a seek, if the key itself cannot stay borrowed.
    key_buffer: Vec<u8>,
}

impl Merge {
    pub(super) fn new(cursors: Vec<Cursor>) -> Result<Self, Error> {
        let heap = with_capacity(cursors.len())?;
        let branches = cursors.into_iter().map(|cursor| Ok(Branch { cursor, head: None }));
        Ok(Self { branches: try_collected(branches)?, heap, direction: Direction::Forward, key_buffer: Vec::new() })
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }

    /// The content of a head.
    #[inline]
    pub(super) fn entry<'a>(&'a self, head: &'a Head) -> Entry<'a> {
        self.branches[head.source].cursor.entry(&head.entry)
    }

    /// The key of a head.
    #[inline]
    fn key<'a>(&'a self, head: &'a Head) -> &'a [u8] {
        self.branches[head.source].cursor.key(&head.entry)
    }

    #[inline]
    pub(super) fn point<'a>(&'a self, head: &'a Head) -> Point<'a> {
        Point { key: self.key(head), rank: head.rank }
    }

    /// Whether two heads have the same key.
    #[inline]
    pub(super) fn have_same_key(&self, one: &Head, other: &Head) -> bool {
        if one.source == other.source {
            return self.branches[one.source].cursor.have_same_key(&one.entry, &other.entry);
        }
        self.key(one) == self.key(other)
    }

    /// Whether the source of a head gives only entries in the range that the cursors were made for.
    #[inline]
    pub(super) fn stays_in_range(&self, head: &Head) -> bool {
        self.branches[head.source].cursor.stays_in_range()
    }

    /// Goes to `point`, or to the end, to walk in `direction` from there.
    pub(super) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) -> Result<(), Error> {
        self.direction = direction;
        self.heap.clear();
        for (number, branch) in self.branches.iter_mut().enumerate() {
            let result = branch.cursor.seek(point, direction).and_then(|()| branch.step(number, direction));
            if let Err(error) = result {
                self.heap.clear();
                return Err(error);
            }
            if branch.head.is_some() {
                self.heap.push(number);
            }
        }
        for at in (0..self.heap.len() / 2).rev() {
            self.sift_down(at);
        }
        Ok(())
    }

    /// Goes to the point with the key of `head` and with `rank`.
    pub(super) fn seek_in_key_of(&mut self, head: &Head, rank: Rank, direction: Direction) -> Result<(), Error> {
        let mut buffer = std::mem::take(&mut self.key_buffer);
        buffer.clear();
        let key = self.key(head);
        buffer.try_reserve(key.len()).map_err(|_| refused::<u8>(key.len()))?;
        buffer.extend_from_slice(key);
        let result = self.seek(Some(Point { key: &buffer, rank }), direction);
        self.key_buffer = buffer;
        result
    }

    /// Skips the remaining versions of the key of `head`, forward.
    #[inline]
    pub(super) fn skip_key_of(&mut self, head: &Head) -> Result<(), Error> {
        for _ in 0..MAX_SKIPS {
            if self.head().is_none_or(|next| !self.have_same_key(next, head)) {
                return Ok(());
            }
            self.take()?;
        }
        self.seek_in_key_of(head, Rank::OLDEST, Direction::Forward)
    }

    /// The next entry, which is not taken.
    #[inline]
    pub(super) fn head(&self) -> Option<&Head> {
        self.branches[*self.heap.first()?].head.as_ref()
    }

    /// Takes the next entry.
    #[inline]
    pub(super) fn take(&mut self) -> Result<Option<Head>, Error> {
        let Some(&top) = self.heap.first() else { return Ok(None) };
        let taken = self.branches[top].head.take();
        self.step_top()?;
        Ok(taken)
    }

    /// Takes many entries at once, forward, if the next entry is from the same source as `current` and that source has
    /// a bulk step. See [`Cursor::bulk`]. Also gives whether the merge can continue after that; if not, a step failed.
    pub(super) fn bulk(
        &mut self,
        current: &Head,
        wanted: Wanted,
        most: usize,
        take: impl FnMut(usize, Entry<'_>),
    ) -> Result<Option<(Bulk<Head>, bool)>, Error> {
        let Some((&top, others)) = self.heap.split_first() else { return Ok(None) };
        if top != current.source {
            return Ok(None);
        }
        let head_point = |&number: &usize| self.branches[number].head.as_ref().map(|head| self.point(head));
        let next = others.iter().min_by(|a, b| head_point(a).cmp(&head_point(b))).copied();
        // Only the top branch is changed. The limit is the lowest head of the other branches.
        let (before, rest) = self.branches.split_at_mut(top);
        let Some((own, after)) = rest.split_first_mut() else { return Ok(None) };
        let until = next.and_then(|number| {
            let branch = if number < top { &before[number] } else { &after[number - top - 1] };
            branch.head.as_ref().map(|head| Point { key: branch.cursor.key(&head.entry), rank: head.rank })
        });
        let Some(bulk) = own.cursor.bulk(&current.entry, until, wanted, most, take)? else { return Ok(None) };
        let bulk = bulk.map(|(entry, rank)| Head { source: top, entry, rank });
        let continues = self.step_top().is_ok();
        Ok(Some((bulk, continues)))
    }

    /// Steps the top branch, and restores the order of the heap.
    #[inline]
    fn step_top(&mut self) -> Result<(), Error> {
        let top = self.heap[0];
        if let Err(error) = self.branches[top].step(top, self.direction) {
            self.heap.clear();
            return Err(error);
        }
        if self.branches[top].head.is_none() {
            self.heap.swap_remove(0);
        }
        self.sift_down(0);
        Ok(())
    }

    /// Restores the order of the heap, if only the branch at `at` may have a later head than its children.
    #[inline]
    fn sift_down(&mut self, mut at: usize) {
        loop {
            let children = [2 * at + 1, 2 * at + 2].into_iter().filter(|&child| child < self.heap.len());
            let Some(first) = children.reduce(|a, b| if self.goes_first(b, a) { b } else { a }) else { return };
            if !self.goes_first(first, at) {
                return;
            }
            self.heap.swap(at, first);
            at = first;
        }
    }

    /// Whether the head at `a` in the heap is to be taken before the one at `b`.
    #[inline]
    fn goes_first(&self, a: usize, b: usize) -> bool {
        let head = |at: usize| self.branches[self.heap[at]].head.as_ref();
        let (Some(a), Some(b)) = (head(a), head(b)) else { return false };
        let (a, b) = (self.point(a), self.point(b));
        match self.direction {
            Direction::Forward => a < b,
            Direction::Backward => a > b,
        }
    }
}
