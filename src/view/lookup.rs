//! What a lookup finds.

use crate::log::bytes::LogBytes;
use crate::log::entry::Op;
use crate::memtable::table::VersionRef;
use std::fmt;
use std::ops::Deref;

/// What a lookup finds.
#[derive(Clone, Debug)]
pub enum Lookup<'a> {
    /// The key has a value.
    Found {
        /// The value.
        value: Value<'a>,
        /// Of the put that gave it.
        sequence: u64,
    },
    /// The key was deleted.
    Deleted {
        /// Of the delete.
        sequence: u64,
    },
    /// Nothing is known of the key at or below the bound.
    NeverSeen,
}

/// A value, where it is: nothing is copied. Its bytes stay in their place for as long as the list lives, even when
/// this is gone.
#[derive(Clone)]
pub struct Value<'a> {
    version: VersionRef,
    log: &'a LogBytes,
}

impl<'a> Lookup<'a> {
    #[inline]
    pub(super) fn of(version: Option<VersionRef>, log: &'a LogBytes) -> Self {
        let Some(version) = version else { return Self::NeverSeen };
        let entry = version.entry(log);
        let sequence = entry.sequence;
        match entry.op {
            Op::Delete => Self::Deleted { sequence },
            Op::Put | Op::Merge => Self::Found { value: Value { version, log }, sequence },
        }
    }
}

impl Deref for Value<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.version.entry(self.log).value
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}
