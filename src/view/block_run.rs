//! Entries of one block that come one after the other: a walk goes through them without asking the merge.

use super::merge::Head;
use crate::log::format::entry::Entry;
use crate::order::Rank;
use crate::scan::Wanted;
use crate::table::{Block, Found};
use crate::version::source::{EntryRef, entry_of};

/// No entry of another source is between those before `end`, and all of them are in the range of the scan. The block
/// has one version of each key.
#[derive(Debug)]
pub(super) struct BlockRun {
    /// The number of the branch that the block comes from.
    pub(super) source: usize,
    pub(super) block: Block,
    /// Of every entry.
    pub(super) rank: Rank,
    /// The entry that the walk is on.
    pub(super) on: usize,
    /// The first one that has not been looked at.
    pub(super) next: usize,
    pub(super) end: usize,
}

impl BlockRun {
    /// The entry that the walk is on.
    #[inline]
    pub(super) fn entry(&self) -> Entry<'_> {
        entry_of(self.block.entry(self.on))
    }

    /// The same, as the merge gives it.
    pub(super) fn head(&self) -> Head {
        self.head_at(self.on)
    }

    /// The entry that `look_ahead` has found.
    pub(super) fn next_entry(&self) -> Entry<'_> {
        entry_of(self.block.entry(self.next))
    }

    /// Looks for the next entry that is wanted. Gives whether there is one.
    #[inline]
    pub(super) fn look_ahead(&mut self, wanted: Wanted) -> bool {
        while self.next < self.end {
            let entry = self.block.entry(self.next);
            if entry.sequence <= wanted.max_sequence && (wanted.tombstones || entry.value.is_some()) {
                return true;
            }
            self.next += 1;
        }
        false
    }

    /// Goes to the next entry that is wanted, if there is one.
    #[inline]
    pub(super) fn step(&mut self, wanted: Wanted) -> bool {
        if !self.look_ahead(wanted) {
            return false;
        }
        (self.on, self.next) = (self.next, self.next + 1);
        true
    }

    /// The last entry, if it hides what other sources have of its key: that may be what comes next.
    pub(super) fn hiding(&self, wanted: Wanted) -> Option<Head> {
        let last = self.end - 1;
        let is_visible = self.block.entry(last).sequence <= wanted.max_sequence;
        (is_visible && !wanted.all_versions).then(|| self.head_at(last))
    }

    fn head_at(&self, at: usize) -> Head {
        let entry = EntryRef::Table(Found::new(self.block.clone(), at));
        Head { source: self.source, entry, rank: self.rank }
    }
}
