//! Iterators: a range of keys, in both directions, with the versions that were asked for.

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

/// A walk through what a [`Scan`] asks for, as it was when the iterator was made, whatever is written meanwhile.
///
/// It stands on an entry, before the first or after the last. It begins before the first. A move that fails leaves it
/// where it was, and the next move tries again.
#[derive(Debug)]
pub struct Iter {
    merge: Merge,
    /// The merge stands where the state says.
    is_in_step: bool,
    range: KeyRange,
    wanted: Wanted,
    state: State,
    /// The next entry, if it has been looked for already.
    ahead: Option<Head>,
    /// What the caller was promised to be there as long as the iterator is.
    _owner: Arc<dyn Any + Send + Sync>,
}

#[derive(Debug)]
enum State {
    Before,
    On(Head),
    After,
}

impl Iter {
    /// Over `sources`, without the writes that have the number `end` or a higher one. Keeps `owner` alive.
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
            is_in_step: false,
            range,
            wanted: scan.wanted(),
            state: State::Before,
            ahead: None,
            _owner: owner,
        })
    }

    /// The entry that it stands on, if it stands on one.
    #[inline]
    pub fn entry(&self) -> Option<Entry<'_>> {
        match &self.state {
            State::On(head) => Some(self.merge.entry(head)),
            State::Before | State::After => None,
        }
    }

    /// Goes to the first entry. False, and it goes after the last, if there is none.
    ///
    /// # Errors
    ///
    /// If what is stored cannot be read, or there is not enough memory.
    pub fn first(&mut self) -> Result<bool, Error> {
        self.is_in_step = false;
        self.merge.seek(Some(self.range.lower()), Direction::Forward)?;
        self.find_forward()?;
        Ok(self.arrive_forward())
    }

    /// Goes to the last entry. False, and it goes before the first, if there is none.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    pub fn last(&mut self) -> Result<bool, Error> {
        self.is_in_step = false;
        self.merge.seek(self.range.upper(), Direction::Backward)?;
        self.arrive_backward()
    }

    /// Goes to the first entry with this key or a later one. False, and it goes after the last, if there is none.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    pub fn seek(&mut self, key: &[u8]) -> Result<bool, Error> {
        self.is_in_step = false;
        self.merge.seek(Some(self.range.clamp(Point::before(key))), Direction::Forward)?;
        self.find_forward()?;
        Ok(self.arrive_forward())
    }

    /// Goes to the last entry with this key or an earlier one. False, and it goes before the first, if there is none.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    pub fn seek_for_prev(&mut self, key: &[u8]) -> Result<bool, Error> {
        self.is_in_step = false;
        self.merge.seek(Some(self.range.clamp(Point::after(key))), Direction::Backward)?;
        self.arrive_backward()
    }

    /// Goes to the next entry. False, and it goes after the last, if there is none.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    #[inline]
    #[allow(clippy::should_implement_trait)] // It moves a cursor; what that stands on is asked for separately.
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

    /// Goes to the entry before. False, and it goes before the first, if there is none.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first).
    pub fn prev(&mut self) -> Result<bool, Error> {
        let was_in_step = std::mem::replace(&mut self.is_in_step, false);
        match &self.state {
            State::Before => return Ok(false),
            State::After => self.merge.seek(self.range.upper(), Direction::Backward)?,
            // Backward, the merge is there already: it has taken all versions that it does not give.
            State::On(_) if was_in_step && self.merge.direction() == Direction::Backward => {}
            State::On(current) => {
                let rank = if self.wanted.all_versions { current.rank } else { Rank::NEWEST };
                self.merge.seek_beside(current, rank, Direction::Backward)?;
            }
        }
        self.arrive_backward()
    }

    /// Goes on by at most `most` entries, gives each to `take` with its number, and stays on the last of them. Gives how
    /// many there were. If there are none, it goes after the last.
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

    /// Goes on as `next_batch` does, as long as the entries are of a source that can give many at once. An error ends it
    /// early: the next move comes upon it again.
    fn next_bulk(&mut self, most: usize, take: impl FnMut(usize, Entry<'_>)) -> usize {
        let State::On(current) = &self.state else { return 0 };
        if !std::mem::replace(&mut self.is_in_step, false) {
            return 0;
        }
        let bulk = match self.merge.bulk(current, self.wanted, most, take) {
            Ok(Some(bulk)) => bulk,
            Ok(None) => {
                self.is_in_step = true;
                return 0;
            }
            Err(_) => return 0,
        };
        let passed = self.wanted.all_versions || bulk.stands && self.merge.pass_key_of(&bulk.seen).is_ok();
        self.is_in_step = bulk.stands && passed;
        if let Some(last) = bulk.last {
            self.state = State::On(last);
        }
        bulk.count
    }

    /// Looks for the next entry, if it has not been done yet.
    #[inline]
    fn look_ahead(&mut self) -> Result<(), Error> {
        if self.ahead.is_some() {
            return Ok(());
        }
        let was_in_step = std::mem::replace(&mut self.is_in_step, false);
        match &self.state {
            State::After => return Ok(()),
            State::Before => self.merge.seek(Some(self.range.lower()), Direction::Forward)?,
            State::On(current) => {
                if !was_in_step || self.merge.direction() == Direction::Backward {
                    self.merge.seek_beside(current, current.rank.next(), Direction::Forward)?;
                }
                if !self.wanted.all_versions {
                    self.merge.pass_key_of(current)?;
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

    /// Looks ahead for the next version to be shown, forward.
    #[inline]
    fn find_forward(&mut self) -> Result<(), Error> {
        self.ahead = loop {
            let Some(head) = self.merge.head().filter(|head| self.is_in_range(head)) else { break None };
            let (seen, shown) = self.is_seen_and_shown(head);
            let taken = self.merge.take()?;
            if seen && shown {
                break taken;
            }
            if let Some(hidden) = taken.filter(|_| seen && !self.wanted.all_versions) {
                self.merge.pass_key_of(&hidden)?;
            }
        };
        self.is_in_step = true;
        Ok(())
    }

    /// Goes to the next version to be shown, backward.
    fn arrive_backward(&mut self) -> Result<bool, Error> {
        let found = loop {
            match self.take_backward()? {
                Some(head) if self.is_seen_and_shown(&head) != (true, true) => {}
                found => break found,
            }
        };
        (self.is_in_step, self.ahead) = (true, None);
        self.state = found.map_or(State::Before, State::On);
        Ok(matches!(self.state, State::On(_)))
    }

    /// Takes the version before here; if only the newest count, the newest that is seen of the key before here.
    fn take_backward(&mut self) -> Result<Option<Head>, Error> {
        if !self.merge.head().is_some_and(|head| self.is_in_range(head)) {
            return Ok(None);
        }
        let Some(mut newest) = self.merge.take()? else { return Ok(None) };
        while !self.wanted.all_versions && self.merge.head().is_some_and(|head| self.merge.have_one_key(head, &newest))
        {
            let Some(newer) = self.merge.take()? else { break };
            if self.is_seen_and_shown(&newer).0 {
                newest = newer;
            }
        }
        Ok(Some(newest))
    }

    #[inline]
    fn is_in_range(&self, head: &Head) -> bool {
        self.merge.keeps_to_range(head) || self.range.contains(self.merge.point(head))
    }

    /// Whether a version is at or below the maximum sequence number, and whether it is one that was asked for.
    #[inline]
    fn is_seen_and_shown(&self, head: &Head) -> (bool, bool) {
        let entry = self.merge.entry(head);
        (entry.sequence <= self.wanted.max_sequence, self.wanted.tombstones || entry.op != Op::Delete)
    }
}

#[cfg(test)]
mod tests;
