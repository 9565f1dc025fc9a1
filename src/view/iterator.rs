//! Iterators: they walk through a range of keys in both directions, and give the versions that the scan asks for.

mod batch;

use super::block_run::BlockRun;
use super::key_range::KeyRange;
use super::merge::{Head, Merge, Taken};
use crate::error::Error;
use crate::log::format::entry::{Entry, Op};
use crate::memory::push;
use crate::order::{Direction, Point, Rank};
use crate::scan::{Scan, Wanted};
use crate::table::Table;
use crate::version::source::Source;
use batch::LEAST_AHEAD;
use std::any::Any;
use std::sync::Arc;

/// An iterator over the entries that a [`Scan`] asks for, as they were when the iterator was made. Later writes do not
/// change what it gives.
///
/// It is on an entry, before the first entry, or after the last one. It starts before the first. A move that fails
/// leaves it where it was, and the next move tries again.
#[derive(Debug)]
pub struct Iter {
    merge: Merge,
    /// The merge has just passed `ahead` or, if that is `None`, the entry of the state. If false, the next move must
    /// seek.
    merge_is_in_place: bool,
    range: KeyRange,
    wanted: Wanted,
    state: State,
    /// Entries that were taken at once, and are lent; of account while the state says so.
    batch: Vec<Taken>,
    /// How many are taken the next time.
    batch_len: usize,
    /// The next entry, if it has been looked for already.
    ahead: Option<Head>,
    /// Kept alive as long as the iterator, because that was promised to the caller.
    _owner: Arc<dyn Any + Send + Sync>,
}

#[derive(Debug)]
enum State {
    Before,
    On(Head),
    /// On an entry of a block, and the next ones are there, too. The merge stands where the walk came into the block.
    InBlock(BlockRun),
    /// On an entry of the batch, by its number. The merge has passed all of them.
    InBatch(usize),
    After,
}

impl Iter {
    /// An iterator over `sources`, without the writes with the number `end` or a higher one. Keeps `owner` alive.
    pub(crate) fn new(
        owner: Arc<dyn Any + Send + Sync>,
        sources: impl Iterator<Item = Source>,
        end: u64,
        scan: &Scan,
    ) -> Result<Self, Error> {
        let range = KeyRange::of(scan)?;
        let mut cursors = Vec::new();
        for source in sources {
            push(&mut cursors, source.cursor(range.lower(), range.upper(), end)?)?;
        }
        Ok(Self {
            merge: Merge::new(cursors)?,
            merge_is_in_place: false,
            range,
            wanted: scan.wanted(),
            state: State::Before,
            batch: Vec::new(),
            batch_len: LEAST_AHEAD,
            ahead: None,
            _owner: owner,
        })
    }

    /// An iterator over one table. It goes through the versions of a key in the order of the file: the first of them is
    /// the newest. An entry's bytes stay in memory until the iterator moves.
    ///
    /// Where it comes to a damaged block, that is an error, and stays one: go to a key after the block. It goes past
    /// the damaged blocks of a table that was opened by [`Table::open_passing_over_damage`].
    ///
    /// # Errors
    ///
    /// If the table cannot be read, or there is not enough memory.
    #[doc(hidden)]
    pub fn over_table(table: &Arc<Table>, scan: &Scan) -> Result<Self, Error> {
        let source = Source::Table(Arc::clone(table), 0);
        Self::new(Arc::new(()), std::iter::once(source), 0, scan)
    }

    /// The entry that the iterator is on, if it is on one.
    #[inline]
    pub fn entry(&self) -> Option<Entry<'_>> {
        match &self.state {
            State::InBlock(run) => Some(run.entry()),
            State::InBatch(at) => Some(self.merge.taken(&self.batch[*at])),
            State::On(head) => Some(self.merge.entry(head)),
            State::Before | State::After => None,
        }
    }

    /// Goes to the first entry. If there is none, goes after the last and returns false.
    ///
    /// # Errors
    ///
    /// If what is stored cannot be read, or there is not enough memory.
    pub fn first(&mut self) -> Result<bool, Error> {
        self.leave_merge();
        self.merge.seek(Some(self.range.lower()), Direction::Forward)?;
        self.find_forward()?;
        Ok(self.arrive_forward())
    }

    /// Goes to the last entry. If there is none, goes before the first and returns false.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    pub fn last(&mut self) -> Result<bool, Error> {
        self.leave_merge();
        self.merge.seek(self.range.upper(), Direction::Backward)?;
        self.arrive_backward()
    }

    /// Goes to the first entry with this key or a higher one. If there is none, goes after the last and returns false.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    pub fn seek(&mut self, key: &[u8]) -> Result<bool, Error> {
        self.leave_merge();
        self.merge.seek(Some(self.range.clamp(Point::before(key))), Direction::Forward)?;
        self.find_forward()?;
        Ok(self.arrive_forward())
    }

    /// Goes to the last entry with this key or a lower one. If there is none, goes before the first and returns false.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    pub fn seek_for_prev(&mut self, key: &[u8]) -> Result<bool, Error> {
        self.leave_merge();
        self.merge.seek(Some(self.range.clamp(Point::after(key))), Direction::Backward)?;
        self.arrive_backward()
    }

    /// Goes to the next entry. If there is none, goes after the last and returns false.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    #[inline]
    #[allow(clippy::should_implement_trait)] // It moves a cursor; `entry` gives what the cursor is on.
    pub fn next(&mut self) -> Result<bool, Error> {
        if self.next_at_hand() {
            return Ok(true);
        }
        self.leave_batch();
        if (self.enter_block() && self.next_at_hand()) || self.enter_batch() {
            return Ok(true);
        }
        self.look_ahead()?;
        Ok(self.arrive_forward())
    }

    /// Goes to the next entry, if that is known to be in the same block, or was taken already.
    #[inline]
    pub(crate) fn next_at_hand(&mut self) -> bool {
        match &mut self.state {
            State::InBlock(run) => run.step(self.wanted),
            State::InBatch(at) if *at + 1 < self.batch.len() => {
                *at += 1;
                true
            }
            _ => false,
        }
    }

    /// The next entry, without going there.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    #[inline]
    pub fn peek(&mut self) -> Result<Option<Entry<'_>>, Error> {
        if let State::InBatch(at) = self.state
            && at + 1 < self.batch.len()
        {
            return Ok(Some(self.merge.taken(&self.batch[at + 1])));
        }
        self.leave_batch();
        self.enter_block();
        let wanted = self.wanted;
        let is_in_block = if let State::InBlock(run) = &mut self.state { run.look_ahead(wanted) } else { false };
        if !is_in_block {
            self.look_ahead()?;
        }
        Ok(match &self.state {
            State::InBlock(run) if is_in_block => Some(run.next_entry()),
            _ => self.ahead.as_ref().map(|head| self.merge.entry(head)),
        })
    }

    /// Goes to the previous entry. If there is none, goes before the first and returns false.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    pub fn prev(&mut self) -> Result<bool, Error> {
        if matches!(self.state, State::InBlock(_) | State::InBatch(_)) {
            self.leave_merge();
        }
        let was_in_place = std::mem::replace(&mut self.merge_is_in_place, false);
        match &self.state {
            State::Before | State::InBlock(_) | State::InBatch(_) => return Ok(false),
            State::After => self.merge.seek(self.range.upper(), Direction::Backward)?,
            // The merge is already there: going backward, it has taken all versions that the iterator does not give.
            State::On(_) if was_in_place && self.merge.direction() == Direction::Backward => {}
            State::On(current) => {
                let rank = if self.wanted.all_versions { current.rank } else { Rank::NEWEST };
                self.merge.seek_in_key_of(current, rank, Direction::Backward)?;
            }
        }
        self.arrive_backward()
    }

    /// If the entry that the walk is on is in a block and the next one is, too, goes through the block from there.
    /// Gives whether the walk is in a block.
    #[inline]
    fn enter_block(&mut self) -> bool {
        let State::On(current) = &self.state else { return matches!(self.state, State::InBlock(_)) };
        if !self.goes_on_forward() {
            return false;
        }
        let Some(run) = self.merge.block_run(current, self.range.upper()) else { return false };
        self.state = State::InBlock(run);
        true
    }

    /// Whether what the merge has next is what comes after the entry that the walk is on.
    #[inline]
    fn goes_on_forward(&self) -> bool {
        self.merge_is_in_place && self.ahead.is_none() && self.merge.direction() == Direction::Forward
    }

    /// Goes on behind the block that has been gone through.
    fn pass_block(&mut self) {
        let State::InBlock(run) = &self.state else { return };
        self.merge.pass(run);
        let is_in_place = run.hiding(self.wanted).is_none_or(|last| self.merge.skip_key_of(&last).is_ok());
        self.state = State::On(run.head());
        self.merge_is_in_place = is_in_place;
    }

    /// The merge will be elsewhere: the next move seeks.
    fn leave_merge(&mut self) {
        if let State::InBlock(run) = &self.state {
            self.state = State::On(run.head());
        }
        self.leave_batch();
        self.batch_len = LEAST_AHEAD;
        self.merge_is_in_place = false;
    }

    /// Looks for the next entry, if that has not been done yet.
    #[inline]
    fn look_ahead(&mut self) -> Result<(), Error> {
        if self.ahead.is_some() {
            return Ok(());
        }
        self.pass_block();
        let was_in_place = std::mem::replace(&mut self.merge_is_in_place, false);
        match &self.state {
            State::After | State::InBlock(_) | State::InBatch(_) => return Ok(()),
            State::Before => self.merge.seek(Some(self.range.lower()), Direction::Forward)?,
            State::On(current) => {
                if !was_in_place || self.merge.direction() == Direction::Backward {
                    self.merge.seek_in_key_of(current, current.rank.next(), Direction::Forward)?;
                }
                if !self.wanted.all_versions {
                    self.merge.skip_key_of(current)?;
                }
            }
        }
        self.find_forward()
    }

    #[inline]
    fn arrive_forward(&mut self) -> bool {
        self.state = self.ahead.take().map_or(State::After, State::On);
        matches!(self.state, State::On(_))
    }

    /// Looks forward for the next version to give, and keeps it in `ahead`.
    #[inline]
    fn find_forward(&mut self) -> Result<(), Error> {
        self.ahead = loop {
            self.merge.check()?;
            let Some(head) = self.merge.head().filter(|head| self.is_in_range(head)) else { break None };
            let (visible, wanted) = self.is_visible_and_wanted(head);
            let taken = self.merge.take();
            if visible && wanted {
                break taken;
            }
            if let Some(hidden) = taken.filter(|_| visible && !self.wanted.all_versions) {
                self.merge.skip_key_of(&hidden)?;
            }
        };
        self.merge_is_in_place = true;
        Ok(())
    }

    /// Goes backward to the next version to give.
    fn arrive_backward(&mut self) -> Result<bool, Error> {
        let found = loop {
            match self.take_backward()? {
                Some(head) if self.is_visible_and_wanted(&head) != (true, true) => {}
                found => break found,
            }
        };
        (self.merge_is_in_place, self.ahead) = (true, None);
        self.state = found.map_or(State::Before, State::On);
        Ok(matches!(self.state, State::On(_)))
    }

    /// Takes the previous version. If only the newest versions are wanted, takes all versions of the previous key, and
    /// gives the newest one that is visible.
    fn take_backward(&mut self) -> Result<Option<Head>, Error> {
        self.merge.check()?;
        if !self.merge.head().is_some_and(|head| self.is_in_range(head)) {
            return Ok(None);
        }
        let Some(mut newest) = self.merge.take() else { return Ok(None) };
        while !self.wanted.all_versions {
            self.merge.check_versions()?;
            if !self.merge.head().is_some_and(|head| self.merge.have_same_key(head, &newest)) {
                break;
            }
            let Some(newer) = self.merge.take() else { break };
            if self.is_visible_and_wanted(&newer).0 {
                newest = newer;
            }
        }
        Ok(Some(newest))
    }

    #[inline]
    fn is_in_range(&self, head: &Head) -> bool {
        self.merge.stays_in_range(head) || self.range.contains(self.merge.point(head))
    }

    /// Whether a version is visible (its sequence number is at most the maximum), and whether the scan wants this kind
    /// of entry.
    #[inline]
    fn is_visible_and_wanted(&self, head: &Head) -> (bool, bool) {
        let entry = self.merge.entry(head);
        (entry.sequence <= self.wanted.max_sequence, self.wanted.tombstones || entry.op != Op::Delete)
    }
}

#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
