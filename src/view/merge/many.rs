//! Many entries of several branches at once. What is in blocks is neither kept alive nor let go of one by one: the
//! blocks are lent, until the next batch.

use super::{Head, Merge, prefix};
use crate::error::Error;
use crate::log::format::entry::{Entry, Op};
use crate::order::{Point, Rank};
use crate::scan::{Bulk, Wanted};
use crate::table::Found;
use crate::version::source::{EntryRef, entry_of};

/// After so many entries of one branch in turn it pays to look how many come from it together; after so many versions
/// of a key, to seek the next one.
const IN_TURN: usize = 16;

/// An entry that was taken, and what keeps its bytes in memory.
#[derive(Clone, Debug)]
pub(in crate::view) enum Taken {
    InBlock {
        source: usize,
        /// The number of the block among those that the branch has lent.
        block: usize,
        at: usize,
        rank: Rank,
    },
    Other(Head),
}

impl Merge {
    /// Takes the newest versions before `upper` that are `wanted`, at most `most`, forward, and lends what they are in.
    /// `current` is the entry that was given last.
    ///
    /// It ends before that where blocks of more than `most_lent` bytes are lent, where a step has failed, and where one
    /// branch is better gone through by itself. `None`, and nothing is done, if only one branch has entries.
    pub(in crate::view) fn take_many(
        &mut self,
        current: &Head,
        upper: Option<Point<'_>>,
        wanted: Wanted,
        (most, most_lent): (usize, usize),
        mut take: impl FnMut(usize, Entry<'_>, &Taken),
    ) -> Result<Option<Bulk<Head>>, Error> {
        if self.heap.len() < 2 {
            return Ok(None);
        }
        self.lend(current)?;
        let mut seen = self.note(current);
        let mut seen_prefix = prefix(self.key(current));
        let (mut last, mut count, mut in_turn) = (None, 0, 0);
        while self.failure.is_none() && self.lent_bytes < most_lent && in_turn < IN_TURN {
            let Some(&top) = self.heap.first() else { break };
            self.lend_head_of(top)?;
            let branch = &self.branches[top];
            let Some(head) = &branch.head else { break };
            if branch.prefix == seen_prefix && self.key(head) == self.key_of(&seen) {
                in_turn += 1;
                self.step_top();
                continue;
            }
            if !self.stays_in_range(head) && upper.is_some_and(|upper| self.point(head) >= upper) {
                break;
            }
            let entry = self.entry(head);
            if entry.sequence <= wanted.max_sequence {
                let is_given = wanted.tombstones || entry.op != Op::Delete;
                if is_given && count == most {
                    break;
                }
                in_turn = if top == seen.source() { in_turn + 1 } else { 0 };
                (seen, seen_prefix) = (self.note(head), branch.prefix);
                if is_given {
                    take(count, entry, &seen);
                    count += 1;
                    last = Some(seen.clone());
                }
            }
            self.step_top();
        }
        let last = last.map(|last| self.head_of(&last));
        Ok(Some(Bulk { count, last, seen: self.head_of(&seen) }))
    }

    /// Lends what the head of a branch is in.
    #[inline]
    fn lend_head_of(&mut self, branch: usize) -> Result<(), Error> {
        let branch = &mut self.branches[branch];
        if let Some(block) = branch.head.as_ref().and_then(|head| head.entry.block()) {
            self.lent_bytes += super::lend(&mut branch.lent, block)?;
        }
        Ok(())
    }

    /// What is known of a head whose block, if it has one, is the last that its branch has lent.
    #[inline]
    fn note(&self, head: &Head) -> Taken {
        match &head.entry {
            EntryRef::Table(found) => {
                let block = self.branches[head.source].lent.len() - 1;
                Taken::InBlock { source: head.source, block, at: found.at(), rank: head.rank }
            }
            _ => Taken::Other(head.clone()),
        }
    }

    #[inline]
    fn key_of<'a>(&'a self, taken: &'a Taken) -> &'a [u8] {
        match taken {
            Taken::InBlock { source, block, at, .. } => self.branches[*source].lent[*block].key(*at),
            Taken::Other(head) => self.key(head),
        }
    }

    /// The content of what was taken, and is still lent.
    #[inline]
    pub(in crate::view) fn taken<'a>(&'a self, taken: &'a Taken) -> Entry<'a> {
        match taken {
            Taken::InBlock { source, block, at, .. } => entry_of(self.branches[*source].lent[*block].entry(*at)),
            Taken::Other(head) => self.entry(head),
        }
    }

    /// The same, as the merge gives it.
    pub(in crate::view) fn head_of(&self, taken: &Taken) -> Head {
        match taken {
            &Taken::InBlock { source, block, at, rank } => {
                let found = Found::new(self.branches[source].lent[block].clone(), at);
                Head { source, entry: EntryRef::Table(found), rank }
            }
            Taken::Other(head) => head.clone(),
        }
    }
}

impl Taken {
    #[inline]
    fn source(&self) -> usize {
        match self {
            Self::InBlock { source, .. } | Self::Other(Head { source, .. }) => *source,
        }
    }
}
