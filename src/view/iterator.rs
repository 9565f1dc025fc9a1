//! Iterators: they walk through a range of keys in both directions, and give the versions that the scan asks for.

use super::key_range::KeyRange;
use super::merge::{Head, Merge};
use crate::error::Error;
use crate::log::format::entry::{Entry, Op};
use crate::memory::push;
use crate::order::{Direction, Point, Rank};
use crate::scan::{Scan, Wanted};
use crate::version::source::Source;
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
    /// The next entry, if it has been looked for already.
    ahead: Option<Head>,
    /// Kept alive as long as the iterator, because that was promised to the caller.
    _owner: Arc<dyn Any + Send + Sync>,
}

#[derive(Debug)]
enum State {
    Before,
    On(Head),
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
            ahead: None,
            _owner: owner,
        })
    }

    /// The entry that the iterator is on, if it is on one.
    #[inline]
    pub fn entry(&self) -> Option<Entry<'_>> {
        match &self.state {
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
        self.merge_is_in_place = false;
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
        self.merge_is_in_place = false;
        self.merge.seek(self.range.upper(), Direction::Backward)?;
        self.arrive_backward()
    }

    /// Goes to the first entry with this key or a higher one. If there is none, goes after the last and returns false.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    pub fn seek(&mut self, key: &[u8]) -> Result<bool, Error> {
        self.merge_is_in_place = false;
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
        self.merge_is_in_place = false;
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
        self.look_ahead()?;
        Ok(self.arrive_forward())
    }

    /// The next entry, without going there.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    #[inline]
    pub fn peek(&mut self) -> Result<Option<Entry<'_>>, Error> {
        self.look_ahead()?;
        Ok(self.ahead.as_ref().map(|head| self.merge.entry(head)))
    }

    /// Goes to the previous entry. If there is none, goes before the first and returns false.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    pub fn prev(&mut self) -> Result<bool, Error> {
        let was_in_place = std::mem::replace(&mut self.merge_is_in_place, false);
        match &self.state {
            State::Before => return Ok(false),
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

    /// Goes forward by at most `most` entries, and gives each to `take` with its number, from 0. Stays on the last of
    /// them, and returns how many there were. If there are none, goes after the last.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first), if not even one entry could be given; otherwise it gives those before the error.
    pub fn next_batch(&mut self, most: usize, mut take: impl FnMut(usize, Entry<'_>)) -> Result<usize, Error> {
        let mut count = 0;
        while count < most {
            match self.look_ahead() {
                Err(error) if count == 0 => return Err(error),
                Ok(()) if self.ahead.is_some() => {}
                Err(_) | Ok(()) => break,
            }
            self.arrive_forward();
            self.entry().into_iter().for_each(|entry| take(count, entry));
            count += 1;
            count += self.next_bulk(most - count, |index, entry| take(count + index, entry));
        }
        if count == 0 && most > 0 {
            self.state = State::After;
        }
        Ok(count)
    }

    /// Goes forward as `next_batch` does, as long as the entries are from one source that has a bulk step. An error
    /// ends this early; the next move meets the error again.
    fn next_bulk(&mut self, most: usize, take: impl FnMut(usize, Entry<'_>)) -> usize {
        let State::On(current) = &self.state else { return 0 };
        if !std::mem::replace(&mut self.merge_is_in_place, false) {
            return 0;
        }
        let (bulk, continues) = match self.merge.bulk(current, self.wanted, most, take) {
            Ok(Some(taken)) => taken,
            Ok(None) => {
                self.merge_is_in_place = true;
                return 0;
            }
            Err(_) => return 0,
        };
        self.merge_is_in_place = continues && (self.wanted.all_versions || self.merge.skip_key_of(&bulk.seen).is_ok());
        if let Some(last) = bulk.last {
            self.state = State::On(last);
        }
        bulk.count
    }

    /// Looks for the next entry, if that has not been done yet.
    #[inline]
    fn look_ahead(&mut self) -> Result<(), Error> {
        if self.ahead.is_some() {
            return Ok(());
        }
        let was_in_place = std::mem::replace(&mut self.merge_is_in_place, false);
        match &self.state {
            State::After => return Ok(()),
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
            let Some(head) = self.merge.head().filter(|head| self.is_in_range(head)) else { break None };
            let (visible, wanted) = self.is_visible_and_wanted(head);
            let taken = self.merge.take()?;
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
        if !self.merge.head().is_some_and(|head| self.is_in_range(head)) {
            return Ok(None);
        }
        let Some(mut newest) = self.merge.take()? else { return Ok(None) };
        while !self.wanted.all_versions && self.merge.head().is_some_and(|head| self.merge.have_same_key(head, &newest))
        {
            let Some(newer) = self.merge.take()? else { break };
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
mod tests;
