//! Iterators: a range of keys, in both directions, with the versions that were asked for.

use super::head::{Direction, Head};
use super::logged_run::LoggedRun;
use super::merge::Merge;
use super::scan::Scan;
use super::shared::Shared;
use super::source::Run;
use super::written_run::WrittenRun;
use crate::log::entry::{Entry, Op};
use crate::log::place::Place;
use crate::memtable::index::item::Item;
use crate::memtable::logged::Selection;
use crate::memtable::order::{Point, Rank};
use crate::memtable::table::{Table, VersionRef};
use std::ops::Bound;
use std::sync::Arc;

/// How many superseded versions of a key are passed over one by one before a search is made for their end.
const PATIENCE: usize = 8;

/// A walk through what a [`Scan`] asks for, as it was when the iterator was made, whatever is written meanwhile.
///
/// It stands on an entry, in front of the first or behind the last. It begins in front of the first.
#[derive(Debug)]
pub struct Iter {
    shared: Arc<Shared>,
    merge: Merge,
    range: Range,
    max_sequence: u64,
    all_versions: bool,
    tombstones: bool,
    state: State,
    /// The next entry, if it has been looked for already.
    ahead: Option<Head>,
}

#[derive(Debug)]
enum State {
    Before,
    On(Head),
    After,
}

/// The points between which an iterator moves.
#[derive(Debug)]
struct Range {
    lower: Edge,
    /// `None` if there is no end.
    upper: Option<Edge>,
}

/// A point with a key of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    key: Vec<u8>,
    rank: Rank,
}

impl Edge {
    fn before(key: &[u8]) -> Self {
        Self { key: key.to_vec(), rank: Rank::NEWEST }
    }

    fn after(key: &[u8]) -> Self {
        Self { key: key.to_vec(), rank: Rank::OLDEST }
    }

    fn point(&self) -> Point<'_> {
        Point { key: &self.key, rank: self.rank }
    }
}

impl Range {
    /// Where bounds and prefix intersect.
    fn of(scan: &Scan) -> Self {
        let lower = match &scan.lower {
            Bound::Included(key) => Edge::before(key),
            Bound::Excluded(key) => Edge::after(key),
            Bound::Unbounded => Edge::before(&[]),
        };
        let upper = match &scan.upper {
            Bound::Included(key) => Some(Edge::after(key)),
            Bound::Excluded(key) => Some(Edge::before(key)),
            Bound::Unbounded => None,
        };
        let behind_prefix = behind_all_with(&scan.prefix).map(|key| Edge::before(&key));
        Self { lower: lower.max(Edge::before(&scan.prefix)), upper: [upper, behind_prefix].into_iter().flatten().min() }
    }

    fn upper(&self) -> Option<Point<'_>> {
        self.upper.as_ref().map(Edge::point)
    }

    /// `key` in the range, or the range's end that is nearer to it.
    fn clamp<'a>(&'a self, point: Point<'a>) -> Point<'a> {
        let point = point.max(self.lower.point());
        self.upper().map_or(point, |upper| point.min(upper))
    }
}

/// The first key behind all that begin with `prefix`, if there is one.
fn behind_all_with(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte != u8::MAX)?;
    let mut key = prefix[..=last].to_vec();
    key[last] += 1;
    Some(key)
}

impl Iter {
    pub(super) fn over_list(shared: &Arc<Shared>, scan: &Scan) -> Self {
        // In this order: a table that is there later has nothing that is seen.
        let end = shared.snapshot();
        let tables = shared.tables();
        Self::over(shared, Some(Selection::All), &tables[shared.first_written()..], end, scan)
    }

    pub(super) fn over_table(shared: &Arc<Shared>, table: &Arc<Table>, scan: &Scan) -> Self {
        let logged = (table.number < shared.logged.tables()).then_some(Selection::Table(table.number));
        Self::over(shared, logged, std::slice::from_ref(table), shared.snapshot(), scan)
    }

    /// Over what was recovered, as far as selected, and what was written to `tables` in front of the place `end`.
    fn over(shared: &Arc<Shared>, logged: Option<Selection>, tables: &[Arc<Table>], end: Place, scan: &Scan) -> Self {
        let range = Range::of(scan);
        let logged = logged.map(|selection| {
            Run::Logged(LoggedRun::new(&shared.logged, selection, range.lower.point(), range.upper()))
        });
        let written = tables.iter().filter(|table| !table.written.is_empty());
        let runs = logged.into_iter().chain(written.map(|table| Run::Written(WrittenRun::new(table, end))));
        Self {
            merge: Merge::new(&shared.logged, runs),
            shared: Arc::clone(shared),
            range,
            max_sequence: scan.max_sequence,
            all_versions: scan.all_versions,
            tombstones: scan.tombstones,
            state: State::Before,
            ahead: None,
        }
    }

    /// The entry that it stands on, if it stands on one.
    #[inline]
    pub fn entry(&self) -> Option<Entry<'_>> {
        match &self.state {
            State::On(item) => Some(item.version.entry(&self.shared.logged.log)),
            State::Before | State::After => None,
        }
    }

    /// Goes to the first entry; false, and behind the last, if there is none.
    pub fn first(&mut self) -> bool {
        self.state = State::Before;
        self.ahead = None;
        self.next()
    }

    /// Goes to the last entry; false, and in front of the first, if there is none.
    pub fn last(&mut self) -> bool {
        self.state = State::After;
        self.prev()
    }

    /// Goes to the first entry with this key or a later one; false, and behind the last, if there is none.
    pub fn seek(&mut self, key: &[u8]) -> bool {
        self.merge.seek(Some(self.range.clamp(Point::before(key))), Direction::Forward);
        self.ahead = self.find_forward();
        self.arrive_forward()
    }

    /// Goes to the last entry with this key or an earlier one; false, and in front of the first, if there is none.
    pub fn seek_for_prev(&mut self, key: &[u8]) -> bool {
        self.merge.seek(Some(self.range.clamp(Point::after(key))), Direction::Backward);
        self.arrive_backward()
    }

    /// Goes one entry on; false, and behind the last, if there is none.
    #[inline]
    #[allow(clippy::should_implement_trait)] // It moves a cursor; what that stands on is asked for apart.
    pub fn next(&mut self) -> bool {
        self.look_ahead();
        self.arrive_forward()
    }

    /// The next entry, without going there.
    #[inline]
    pub fn peek(&mut self) -> Option<Entry<'_>> {
        self.look_ahead();
        self.ahead.as_ref().map(|item| item.version.entry(&self.shared.logged.log))
    }

    /// Goes one entry back; false, and in front of the first, if there is none.
    pub fn prev(&mut self) -> bool {
        match std::mem::replace(&mut self.state, State::Before) {
            State::Before => return false,
            State::After => self.merge.seek(self.range.upper(), Direction::Backward),
            State::On(current) => self.leave_backward(&current),
        }
        self.arrive_backward()
    }

    /// Goes on by at most `most` entries, handing over each, and stays on the last of them; the number of them. Only
    /// if there are none it goes behind the last.
    pub fn next_batch(&mut self, most: usize, mut take: impl FnMut(usize, Entry<'_>)) -> usize {
        let mut count = 0;
        while count < most && self.peek().is_some() {
            self.next();
            self.entry().into_iter().for_each(|entry| take(count, entry));
            count += 1;
            count += self.next_logged(most - count, |index, entry| take(count + index, entry));
        }
        if count == 0 && most > 0 {
            self.state = State::After;
        }
        count
    }

    /// Goes on as `next_batch` does, as long as only what was recovered comes: that is all in one array.
    fn next_logged(&mut self, most: usize, mut take: impl FnMut(usize, Entry<'_>)) -> usize {
        let State::On(Head { version: VersionRef::Logged(current), .. }) = &self.state else { return 0 };
        let Some((run, numbers)) = self.merge.logged_ahead() else { return 0 };
        let log = &self.shared.logged.log;
        let (mut count, mut at, mut seen, mut last) = (0, numbers.start, *current, None);
        while count < most && at < numbers.end {
            let item = run.item(at);
            at += 1;
            let is_seen = item.sequence <= self.max_sequence;
            if !is_seen || !self.all_versions && item.has_key_of(&seen, log) {
                continue;
            }
            seen = item;
            if self.tombstones || !item.is_delete() {
                take(count, item.entry(log));
                count += 1;
                last = Some(item);
            }
        }
        let head = |item: Item| Head { rank: self.shared.logged.rank(&item), version: VersionRef::Logged(item) };
        let (seen, last) = (head(seen), last.map(head));
        self.merge.go_to_logged(at);
        if !self.all_versions {
            self.pass_versions_of(&seen);
        }
        if let Some(last) = last {
            self.state = State::On(last);
        }
        count
    }

    /// Looks for the next entry, if it has not been done yet.
    #[inline]
    fn look_ahead(&mut self) {
        if self.ahead.is_some() {
            return;
        }
        match std::mem::replace(&mut self.state, State::After) {
            State::After => return,
            State::Before => {
                self.merge.seek(Some(self.range.lower.point()), Direction::Forward);
                self.state = State::Before;
            }
            State::On(current) => {
                self.leave_forward(&current);
                self.state = State::On(current);
            }
        }
        self.ahead = self.find_forward();
    }

    #[inline]
    fn arrive_forward(&mut self) -> bool {
        self.state = self.ahead.take().map_or(State::After, State::On);
        matches!(self.state, State::On(_))
    }

    fn arrive_backward(&mut self) -> bool {
        self.ahead = None;
        self.state = self.find_backward().map_or(State::Before, State::On);
        matches!(self.state, State::On(_))
    }

    /// Goes to where the next entry behind `current` is looked for.
    #[inline]
    fn leave_forward(&mut self, current: &Head) {
        if self.merge.direction() == Direction::Backward {
            let from = Point { rank: current.rank.next(), ..current.point(&self.shared.logged.log) };
            self.merge.seek(Some(from), Direction::Forward);
        }
        if !self.all_versions {
            self.pass_versions_of(current);
        }
    }

    /// Goes to where the next entry in front of `current` is looked for. Backward, the walk is there already: it has
    /// taken all versions that it does not give.
    fn leave_backward(&mut self, current: &Head) {
        if self.merge.direction() == Direction::Forward {
            let point = current.point(&self.shared.logged.log);
            let from = if self.all_versions { point } else { Point::before(point.key) };
            self.merge.seek(Some(from), Direction::Backward);
        }
    }

    /// Passes over what there is of the key of `current`, forward.
    #[inline]
    fn pass_versions_of(&mut self, current: &Head) {
        let log = &self.shared.logged.log;
        for _ in 0..PATIENCE {
            if self.merge.head().is_none_or(|head| !head.has_key_of(current, log)) {
                return;
            }
            self.merge.take();
        }
        self.merge.seek(Some(Point::after(current.key(log))), Direction::Forward);
    }

    /// The next version to be shown, forward.
    #[inline]
    fn find_forward(&mut self) -> Option<Head> {
        loop {
            let head = self.merge.head()?;
            if !self.is_in_range(head) {
                return None;
            }
            let (seen, shown) = self.is_seen_and_shown(head);
            let item = self.merge.take()?;
            if seen && shown {
                return Some(item);
            }
            if seen && !self.all_versions {
                self.pass_versions_of(&item);
            }
        }
    }

    /// The next version to be shown, backward.
    fn find_backward(&mut self) -> Option<Head> {
        loop {
            let item = self.take_backward()?;
            if self.is_seen_and_shown(&item) == (true, true) {
                return Some(item);
            }
        }
    }

    /// Takes the version in front of here; if only the newest count, the newest that is seen of the key in front.
    fn take_backward(&mut self) -> Option<Head> {
        let logged = Arc::clone(&self.shared.logged);
        let log = &logged.log;
        self.merge.head().filter(|head| self.is_in_range(head))?;
        let mut newest = self.merge.take()?;
        while !self.all_versions && self.merge.head().is_some_and(|head| head.has_key_of(&newest, log)) {
            let newer = self.merge.take()?;
            if self.is_seen_and_shown(&newer).0 {
                newest = newer;
            }
        }
        Some(newest)
    }

    /// Whether a version is in the range. A logged one always is: no others are walked through.
    #[inline]
    fn is_in_range(&self, head: &Head) -> bool {
        let VersionRef::Written(version) = &head.version else { return true };
        let point = version.point();
        point >= self.range.lower.point() && self.range.upper().is_none_or(|upper| point < upper)
    }

    /// Whether a version is at or below the bound, and whether it is one that was asked for.
    #[inline]
    fn is_seen_and_shown(&self, item: &Head) -> (bool, bool) {
        let entry = item.version.entry(&self.shared.logged.log);
        (entry.sequence <= self.max_sequence, self.tombstones || entry.op != Op::Delete)
    }
}

#[cfg(test)]
mod tests;
