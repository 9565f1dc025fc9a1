//! Many entries at once: for callers that ask for them, and ahead of callers that ask for the next one.

use super::{Iter, State};
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::view::merge::Taken;

/// How many bytes of blocks a batch of entries may keep in memory. It ends with the block that exceeds this.
const MOST_LENT: usize = 1 << 20;
/// The same, and how many entries, of those that are taken at once where the caller wants the next one. The first time
/// they are few: a caller that seeks may want no more.
const MOST_LENT_AHEAD: usize = 1 << 16;
pub(super) const LEAST_AHEAD: usize = 4;
const MOST_AHEAD: usize = 64;

impl Iter {
    /// Goes forward by at most `most` entries, and gives each to `take` with its number, from 0. Stays on the last of
    /// them, and returns how many there were. If there are none, goes after the last.
    ///
    /// What it gives stays in memory until the next call. So that this does not take much of it, the entries of tables
    /// are fewer than `most` as soon as the blocks that they are in have a million bytes.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first), if not even one entry could be given; otherwise it gives those before the error.
    pub fn next_batch(&mut self, most: usize, mut take: impl FnMut(usize, Entry<'_>)) -> Result<usize, Error> {
        let mut count = 0;
        if matches!(self.state, State::InBatch(_)) {
            self.leave_merge();
        }
        self.merge.let_go();
        while count < most && self.merge.lent_bytes() < MOST_LENT {
            match self.next_in_lent_block(most - count, |index, entry| take(count + index, entry)) {
                Err(error) if count == 0 => return Err(error),
                Err(_) => break,
                Ok(more) => count += more,
            }
            if count == most {
                break;
            }
            match self.look_ahead().and_then(|()| self.lend_ahead()) {
                Err(error) if count == 0 => return Err(error),
                Ok(()) if self.ahead.is_some() => {}
                Err(_) | Ok(()) => break,
            }
            self.arrive_forward();
            self.entry().into_iter().for_each(|entry| take(count, entry));
            count += 1;
            count += self.next_bulk(most - count, |index, entry| take(count + index, entry));
        }
        self.merge.keep_lent();
        if count == 0 && most > 0 {
            self.state = State::After;
        }
        Ok(count)
    }

    /// Goes forward as `next_batch` does, as long as the entries are in one block.
    fn next_in_lent_block(&mut self, most: usize, mut take: impl FnMut(usize, Entry<'_>)) -> Result<usize, Error> {
        self.enter_block();
        let State::InBlock(run) = &mut self.state else { return Ok(0) };
        self.merge.lend(&run.head())?;
        let mut count = 0;
        while count < most && run.step(self.wanted) {
            take(count, run.entry());
            count += 1;
        }
        Ok(count)
    }

    /// Goes forward as `next_batch` does, as long as the entries are from one source that has a bulk step. An error
    /// ends this early; the next move meets the error again.
    fn next_bulk(&mut self, most: usize, mut take: impl FnMut(usize, Entry<'_>)) -> usize {
        let State::On(current) = &self.state else { return 0 };
        if !std::mem::replace(&mut self.merge_is_in_place, false) {
            return 0;
        }
        let mut bulk = self.merge.bulk(current, self.range.upper(), self.wanted, most, &mut take);
        if matches!(bulk, Ok(None)) && !self.wanted.all_versions {
            let most = (most, MOST_LENT);
            let take = |index, entry: Entry<'_>, _: &Taken| take(index, entry);
            bulk = self.merge.take_many(current, self.range.upper(), self.wanted, most, take);
        }
        let bulk = match bulk {
            Ok(Some(bulk)) => bulk,
            Ok(None) => {
                self.merge_is_in_place = true;
                return 0;
            }
            Err(_) => return 0,
        };
        self.merge_is_in_place = self.wanted.all_versions || self.merge.skip_key_of(&bulk.seen).is_ok();
        if let Some(last) = bulk.last {
            self.state = State::On(last);
        }
        bulk.count
    }

    /// If the entry that the walk is on is one of several runs, takes more of them at once. Gives whether it has gone to
    /// the next one. An error ends this early; the next move meets the error again.
    pub(super) fn enter_batch(&mut self) -> bool {
        let State::On(current) = &self.state else { return false };
        if !self.goes_on_forward() || self.wanted.all_versions {
            return false;
        }
        self.batch.clear();
        if self.batch.try_reserve(self.batch_len).is_err() {
            return false;
        }
        self.merge.let_go_of_rest();
        let (most, batch) = ((self.batch_len, MOST_LENT_AHEAD), &mut self.batch);
        let take = |_, _: Entry<'_>, taken: &Taken| batch.push(taken.clone());
        let bulk = match self.merge.take_many(current, self.range.upper(), self.wanted, most, take) {
            Ok(Some(bulk)) => bulk,
            Ok(None) => return false,
            Err(_) => {
                self.merge_is_in_place = false;
                return false;
            }
        };
        self.merge_is_in_place = self.merge.skip_key_of(&bulk.seen).is_ok();
        self.batch_len = (2 * self.batch_len).min(MOST_AHEAD);
        if bulk.count > 0 {
            self.state = State::InBatch(0);
        }
        bulk.count > 0
    }

    /// Goes out of the batch, and stays on the entry.
    #[inline]
    pub(super) fn leave_batch(&mut self) {
        if let State::InBatch(at) = self.state {
            self.state = State::On(self.merge.head_of(&self.batch[at]));
        }
    }

    /// Keeps the next entry, which has been looked for, in memory beyond the move after it.
    #[inline]
    fn lend_ahead(&mut self) -> Result<(), Error> {
        self.ahead.as_ref().map_or(Ok(()), |ahead| self.merge.lend(ahead))
    }
}
