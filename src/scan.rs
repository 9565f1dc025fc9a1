//! The request for an iterator: which keys, and which versions of them.

use crate::error::Error;
use crate::memory::copied_bytes;
use std::ops::Bound;

/// A range of keys, and which versions of each.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Lower keys are left out.
    pub lower: Bound<Vec<u8>>,
    /// Higher keys are left out.
    pub upper: Bound<Vec<u8>>,
    /// Keys that do not begin with these bytes are left out.
    pub prefix: Vec<u8>,
    /// Versions with a higher sequence number are ignored, as if they had not been written.
    pub max_sequence: u64,
    /// If true, the iterator gives every version of a key, newest first. If false, only the newest.
    pub all_versions: bool,
    /// If true, the iterator gives deletes too.
    pub tombstones: bool,
}

impl Default for Scan {
    fn default() -> Self {
        Self {
            lower: Bound::Unbounded,
            upper: Bound::Unbounded,
            prefix: Vec::new(),
            max_sequence: u64::MAX,
            all_versions: false,
            tombstones: false,
        }
    }
}

/// Which versions of a key a scan gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) max_sequence: u64,
    pub(crate) all_versions: bool,
    pub(crate) tombstones: bool,
}

impl Scan {
    /// A copy, for which there may not be enough memory.
    pub(crate) fn copied(&self) -> Result<Self, Error> {
        let bound = |bound: &Bound<Vec<u8>>| -> Result<Bound<Vec<u8>>, Error> {
            Ok(match bound {
                Bound::Unbounded => Bound::Unbounded,
                Bound::Included(end) => Bound::Included(copied_bytes(end)?),
                Bound::Excluded(end) => Bound::Excluded(copied_bytes(end)?),
            })
        };
        Ok(Self {
            lower: bound(&self.lower)?,
            upper: bound(&self.upper)?,
            prefix: copied_bytes(&self.prefix)?,
            ..*self
        })
    }

    pub(crate) fn wanted(&self) -> Wanted {
        let Self { max_sequence, all_versions, tombstones, .. } = *self;
        Wanted { max_sequence, all_versions, tombstones }
    }
}

/// The result of a step over many entries at once.
#[derive(Debug)]
pub(crate) struct Bulk<E> {
    /// How many entries were given.
    pub(crate) count: usize,
    /// The last of them.
    pub(crate) last: Option<E>,
    /// The last entry that passed `max_sequence`, whether it was given or not.
    pub(crate) seen: E,
}

impl<E> Bulk<E> {
    pub(crate) fn map<T>(self, mut entry: impl FnMut(E) -> T) -> Bulk<T> {
        Bulk { count: self.count, last: self.last.map(&mut entry), seen: entry(self.seen) }
    }
}
