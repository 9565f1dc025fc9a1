//! A reader of what one writer writes, which checks all that it sees.

use kevo::{Iter, MemtableList};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use super::history::{History, Version, found, newest_of_each};
use super::progress::Progress;
use super::walk::{all_versions, newest, walk};

/// How many iterators a reader keeps and uses again.
const KEPT: usize = 2;

/// How many writes a list had seen when these were all its versions.
fn count_in(versions: &[Version]) -> usize {
    versions.iter().map(|version| version.number() + 1).max().unwrap_or(0)
}

/// For each key, the rank of the newest version that any lookup has found.
pub type Newest = Mutex<BTreeMap<Vec<u8>, (usize, u64)>>;

/// One reader of what one writer writes, and the iterators that it keeps.
pub struct Reader<'a> {
    list: &'a MemtableList,
    history: &'a History,
    progress: &'a Progress,
    newest: &'a Newest,
    kept: VecDeque<(Iter, Vec<Version>)>,
}

impl<'a> Reader<'a> {
    pub fn new(list: &'a MemtableList, history: &'a History, progress: &'a Progress, newest: &'a Newest) -> Self {
        Self { list, history, progress, newest, kept: VecDeque::new() }
    }

    /// A lookup sees all writes that ended before it, and nothing older than what a lookup before it saw.
    pub fn look_up(&self, turn: usize) {
        let ended = self.progress.ended();
        let recent = &self.history.writes()[ended.saturating_sub(1 + turn % 7)];
        let bound = if turn.is_multiple_of(3) { recent.sequence } else { u64::MAX };
        let floor = self.newest.lock().expect("no reader has failed").get(&recent.key).copied();
        let seen = found(&recent.key, &self.list.get(&recent.key, bound).unwrap());
        let begun = self.progress.begun();
        assert!(
            self.history.may_find(&recent.key, bound, ended..=begun, seen.as_ref()),
            "{seen:?} at or below {bound}, with {ended} to {begun} writes"
        );
        if bound == u64::MAX {
            let rank = seen.map(|seen| self.history.rank(seen.number()));
            assert!(rank >= floor, "a lookup before has seen a newer version");
            let mut newest = self.newest.lock().expect("no reader has failed");
            let floor = newest.entry(recent.key.clone()).or_default();
            *floor = rank.unwrap_or_default().max(*floor);
        }
    }

    /// A new iterator sees all writes that ended before it was made, and none that began after.
    pub fn make_iterators(&mut self, turn: usize) {
        let ended = self.progress.ended();
        let mut all = self.list.scan(&all_versions()).unwrap();
        let begun = self.progress.begun();
        let versions = walk(&mut all, turn);
        let count = count_in(&versions);
        assert!((ended..=begun).contains(&count), "{count} of {ended} ended and {begun} begun writes are seen");
        assert!(versions.iter().eq(self.history.versions(count, None)), "the versions are not those of {count} writes");
        self.kept.push_back((all, versions));

        let mut newest = self.list.scan(&newest()).unwrap();
        let begun = self.progress.begun();
        let seen = walk(&mut newest, turn + 1);
        let fits = |count: usize| newest_of_each(self.history.versions(count, None)).eq(&seen);
        assert!((count..=begun).any(fits), "the newest versions are those of one moment");
        self.kept.push_back((newest, seen));
    }

    /// Iterators give the same at any time, whichever way they are walked through.
    pub fn walk_again(&mut self, turn: usize) {
        for (iter, versions) in &mut self.kept {
            assert_eq!(walk(iter, turn), *versions, "an iterator sees the same at any time");
        }
        while self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }

    /// The same for one of the tables.
    fn read_table(&self, turn: usize) {
        let number = turn % self.list.count();
        let table = self.list.memtable(number).expect("tables are not taken away");
        let ended = self.progress.ended();
        let was_immutable = table.is_immutable();
        let versions = walk(&mut table.scan(&all_versions()).unwrap(), turn);
        let totals = (table.entry_count(), table.approximate_size());
        let begun = self.progress.begun();
        let fits = |count: usize| self.history.versions(count, Some(number)).eq(&versions);
        assert!((ended..=begun).any(fits), "the versions of a table are those of one moment");
        let (least, most) = (self.history.totals(ended, number), self.history.totals(begun, number));
        assert!((least.0..=most.0).contains(&totals.0) && (least.1..=most.1).contains(&totals.1), "{totals:?}");
        assert!(!was_immutable || least == most, "an immutable table is not written to");
        if let Some(version) = versions.first() {
            let seen =
                found(&version.key, &table.get(&version.key, u64::MAX).unwrap()).expect("it was seen by the scan");
            assert!(self.history.rank(seen.number()) >= self.history.rank(version.number()));
        }
    }

    pub fn read(&mut self, turn: usize) {
        self.look_up(turn);
        self.make_iterators(turn);
        self.walk_again(turn);
        self.read_table(turn);
        let ended = self.progress.ended();
        let max_sequence = self.list.max_sequence();
        let begun = self.progress.begun();
        assert!((self.history.max_sequence(ended)..=self.history.max_sequence(begun)).contains(&max_sequence));
    }
}
