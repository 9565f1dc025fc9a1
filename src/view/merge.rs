//! Merges the entries of several sources in order.

mod many;

use super::block_run::BlockRun;
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memory::{push, refused, try_collected, with_capacity};
use crate::order::{Direction, Point, Rank};
use crate::scan::{Bulk, Wanted};
use crate::table::Block;
use crate::version::source::{Cursor, EntryRef, RestOfBlock};
use std::cmp::Ordering;

pub(super) use many::Taken;

/// How many superseded versions of a key are skipped one by one before a seek goes to the next key.
const MAX_SKIPS: usize = 8;

/// An entry, and the source that it comes from.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// The number of the branch that the entry comes from.
    pub(super) source: usize,
    pub(super) entry: EntryRef,
    pub(super) rank: Rank,
}

/// A cursor, and the entry that it has stepped over but that has not been taken yet.
#[derive(Debug)]
struct Branch {
    cursor: Cursor,
    head: Option<Head>,
    /// The first bytes of the key of the head: most keys differ in them. Of no account if there is only one branch.
    prefix: u64,
    /// Blocks whose entries have been lent, and that nothing else is sure to keep in memory.
    lent: Vec<Block>,
    /// So many of them, the first ones, stay until all is let go of.
    kept: usize,
}

impl Branch {
    #[inline]
    fn step(&mut self, source: usize, direction: Direction) -> Result<(), Error> {
        self.head = None;
        self.head = self.cursor.step(direction)?.map(|(entry, rank)| Head { source, entry, rank });
        Ok(())
    }

    /// As [`step`](Self::step), forward, if the next entry is in the block of the head, which is the last that the cursor
    /// has stepped over. Gives whether it is.
    #[inline]
    fn step_within_block(&mut self) -> bool {
        match &mut self.head {
            Some(Head { entry: EntryRef::Table(found), .. }) => self.cursor.step_within_block(found),
            _ => false,
        }
    }

    /// Notes the first bytes of the key of the head.
    #[inline]
    fn note_prefix(&mut self) {
        self.prefix = self.head.as_ref().map_or(0, |head| prefix(self.cursor.key(&head.entry)));
    }
}

/// Adds a block to those that are lent, if it is not the last of them. Gives how many bytes more are lent now.
#[inline]
fn lend(lent: &mut Vec<Block>, block: &Block) -> Result<usize, Error> {
    if lent.last().is_some_and(|last| last.is_same(block)) {
        return Ok(0);
    }
    push(lent, block.clone())?;
    Ok(block.weight())
}

/// The first bytes of a key as a number, in the order of keys where two differ.
#[inline]
fn prefix(key: &[u8]) -> u64 {
    if let Some(bytes) = key.first_chunk() {
        return u64::from_be_bytes(*bytes);
    }
    let mut bytes = [0; 8];
    bytes[..key.len()].copy_from_slice(key);
    u64::from_be_bytes(bytes)
}

/// A step that failed, after an entry had been taken.
#[derive(Debug)]
struct Failure {
    error: Error,
    /// There may be more versions of the key that had been taken.
    hides_versions: bool,
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
    /// What the blocks that are lent and not kept take.
    lent_bytes: usize,
    /// Its branch has no head.
    failure: Option<Failure>,
}

impl Merge {
    pub(super) fn new(cursors: Vec<Cursor>) -> Result<Self, Error> {
        let heap = with_capacity(cursors.len())?;
        let branches =
            cursors.into_iter().map(|cursor| Ok(Branch { cursor, head: None, prefix: 0, lent: Vec::new(), kept: 0 }));
        Ok(Self {
            branches: try_collected(branches)?,
            heap,
            direction: Direction::Forward,
            key_buffer: Vec::new(),
            lent_bytes: 0,
            failure: None,
        })
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

    /// Keeps the bytes of an entry in memory until [`let_go`](Self::let_go), as the source of most does anyway.
    #[inline]
    pub(super) fn lend(&mut self, head: &Head) -> Result<(), Error> {
        if let Some(block) = head.entry.block() {
            self.lent_bytes += lend(&mut self.branches[head.source].lent, block)?;
        }
        Ok(())
    }

    /// How many bytes of memory are held by what was lent and is not kept.
    pub(super) fn lent_bytes(&self) -> usize {
        self.lent_bytes
    }

    /// What is lent stays until [`let_go`](Self::let_go).
    pub(super) fn keep_lent(&mut self) {
        if std::mem::take(&mut self.lent_bytes) > 0 {
            self.branches.iter_mut().for_each(|branch| branch.kept = branch.lent.len());
        }
    }

    /// What was lent and is not kept need not stay any longer.
    pub(super) fn let_go_of_rest(&mut self) {
        if std::mem::take(&mut self.lent_bytes) > 0 {
            self.branches.iter_mut().for_each(|branch| branch.lent.truncate(branch.kept));
        }
    }

    /// Nothing that was lent need stay any longer.
    pub(super) fn let_go(&mut self) {
        self.lent_bytes = 0;
        for branch in &mut self.branches {
            branch.lent.clear();
            branch.kept = 0;
        }
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
        self.failure = None;
        for (number, branch) in self.branches.iter_mut().enumerate() {
            let result = branch.cursor.seek(point, direction).and_then(|()| branch.step(number, direction));
            if let Err(error) = result {
                self.heap.clear();
                return Err(error);
            }
            branch.note_prefix();
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
            self.take();
        }
        self.seek_in_key_of(head, Rank::OLDEST, Direction::Forward)
    }

    /// Fails if the step after an entry that was taken has failed. What was taken before is right nevertheless; what
    /// comes next is not known.
    #[inline]
    pub(super) fn check(&mut self) -> Result<(), Error> {
        if self.failure.is_some() { self.end_by_failure() } else { Ok(()) }
    }

    /// As [`check`](Self::check), but does not fail if only other keys can come from where the step has failed.
    #[inline]
    pub(super) fn check_versions(&mut self) -> Result<(), Error> {
        if self.failure.as_ref().is_some_and(|failure| failure.hides_versions) { self.check() } else { Ok(()) }
    }

    #[cold]
    fn end_by_failure(&mut self) -> Result<(), Error> {
        self.heap.clear();
        self.failure.take().map_or(Ok(()), |failure| Err(failure.error))
    }

    /// The next entry, which is not taken. See [`check`](Self::check).
    #[inline]
    pub(super) fn head(&self) -> Option<&Head> {
        self.branches[*self.heap.first()?].head.as_ref()
    }

    /// Takes the next entry.
    #[inline]
    pub(super) fn take(&mut self) -> Option<Head> {
        let taken = self.branches[*self.heap.first()?].head.take();
        self.step_top();
        taken
    }

    /// The entries after `current` in its block that come before those of all other sources and before `upper`, if
    /// the next entry is one of them. The walk is forward, and has just taken `current`.
    pub(super) fn block_run(&self, current: &Head, upper: Option<Point<'_>>) -> Option<BlockRun> {
        let &top = self.heap.first()?;
        let EntryRef::Table(found) = &current.entry else { return None };
        // Where a step has failed, nothing is known of what comes next.
        if top != current.source || self.failure.is_some() {
            return None;
        }
        // In the heap, only the next two may have the lowest head of the other branches.
        let others = self.heap[1..].iter().take(2).filter_map(|&number| self.branches[number].head.as_ref());
        let until = others.map(|head| self.point(head)).chain(upper).min();
        let RestOfBlock { block, next, end, rank } = self.branches[top].cursor.rest_of_block(found, until)?;
        let block = block.clone();
        Some(BlockRun { source: top, block, rank, on: found.at(), next, end })
    }

    /// Passes all of a run.
    pub(super) fn pass(&mut self, run: &BlockRun) {
        self.branches[run.source].cursor.go_within_block(run.end);
        self.step_top();
    }

    /// Takes many entries before `upper` at once, forward, if the next entry is from the same source as `current` and
    /// that source has a bulk step. See [`Cursor::bulk`].
    pub(super) fn bulk(
        &mut self,
        current: &Head,
        upper: Option<Point<'_>>,
        wanted: Wanted,
        most: usize,
        take: impl FnMut(usize, Entry<'_>),
    ) -> Result<Option<Bulk<Head>>, Error> {
        let Some((&top, others)) = self.heap.split_first() else { return Ok(None) };
        if top != current.source || self.failure.is_some() {
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
        let until = if own.cursor.stays_in_range() { until } else { until.into_iter().chain(upper).min() };
        let Some(bulk) = own.cursor.bulk(&current.entry, until, wanted, most, take)? else { return Ok(None) };
        let bulk = bulk.map(|(entry, rank)| Head { source: top, entry, rank });
        self.step_top();
        Ok(Some(bulk))
    }

    /// Steps the top branch, and restores the order of the heap.
    #[inline]
    fn step_top(&mut self) {
        let top = self.heap[0];
        if self.direction == Direction::Forward && self.branches[top].step_within_block() {
            // The head is the next one now.
        } else if let Err(error) = self.branches[top].step(top, self.direction) {
            let hides_versions = self.branches[top].cursor.may_have_versions();
            self.failure = Some(Failure { error, hides_versions });
        }
        if self.branches[top].head.is_none() {
            self.heap.swap_remove(0);
        } else if self.heap.len() > 1 {
            self.branches[top].note_prefix();
        }
        self.sift_down(0);
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
        let (one, other) = (self.heap[a], self.heap[b]);
        let prefixes = self.branches[one].prefix.cmp(&self.branches[other].prefix);
        let order = prefixes.then_with(|| self.next_of(one).cmp(&self.next_of(other)));
        match self.direction {
            Direction::Forward => order == Ordering::Less,
            Direction::Backward => order == Ordering::Greater,
        }
    }

    /// Where the head of a branch is.
    #[inline]
    fn next_of(&self, branch: usize) -> Option<Point<'_>> {
        self.branches[branch].head.as_ref().map(|head| self.point(head))
    }
}
