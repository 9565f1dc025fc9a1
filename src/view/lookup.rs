//! The result of a lookup.

use crate::log::bytes::LogBytes;
use crate::log::format::entry::{Entry, Op};
use crate::memtable::entries::StoredEntry;
use crate::recovered::index::item::Item;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The result of a lookup.
#[derive(Clone, Debug)]
pub enum Lookup<'a> {
    /// The key has a value.
    Found {
        /// The value.
        value: Value<'a>,
        /// The sequence number of the put that gave it.
        sequence: u64,
    },
    /// The key was deleted.
    Deleted {
        /// The sequence number of the delete.
        sequence: u64,
    },
    /// The key has no version with a sequence number of at most the maximum.
    NeverSeen,
}

/// A reference to a value, which is not copied. The bytes of the value stay valid as long as the list lives, even after
/// this reference is dropped.
#[derive(Clone)]
pub struct Value<'a>(ValueBytes<'a>);

#[derive(Clone)]
enum ValueBytes<'a> {
    Recovered(&'a [u8]),
    Stored(Arc<StoredEntry>),
}

impl<'a> Lookup<'a> {
    /// The result for a version in a recovered log, or for no version.
    #[inline]
    pub(crate) fn recovered(version: Option<&Item>, log: &'a LogBytes) -> Self {
        let Some(item) = version else { return Self::NeverSeen };
        let sequence = item.sequence;
        match item.value(log) {
            Some(value) => Self::Found { value: Value(ValueBytes::Recovered(value)), sequence },
            None => Self::Deleted { sequence },
        }
    }

    /// The result for a version in a memtable.
    pub(crate) fn stored(version: Arc<StoredEntry>) -> Self {
        let Entry { op, sequence, .. } = version.entry();
        match op {
            Op::Delete => Self::Deleted { sequence },
            Op::Put | Op::Merge => Self::Found { value: Value(ValueBytes::Stored(version)), sequence },
        }
    }
}

impl Deref for Value<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            ValueBytes::Recovered(value) => value,
            ValueBytes::Stored(version) => version.entry().value,
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}
