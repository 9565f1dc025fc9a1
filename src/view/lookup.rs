//! What a lookup finds.

use crate::log::bytes::LogBytes;
use crate::log::entry::{Entry, Op};
use crate::memtable::index::item::Item;
use crate::memtable::written::Version;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

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
pub struct Value<'a>(Source<'a>);

#[derive(Clone)]
enum Source<'a> {
    Logged(&'a [u8]),
    Written(Arc<Version>),
}

impl<'a> Lookup<'a> {
    /// Of a version in the log.
    #[inline]
    pub(super) fn logged(version: Option<&Item>, log: &'a LogBytes) -> Self {
        let Some(item) = version else { return Self::NeverSeen };
        let sequence = item.sequence;
        match item.value(log) {
            Some(value) => Self::Found { value: Value(Source::Logged(value)), sequence },
            None => Self::Deleted { sequence },
        }
    }

    /// Of a version that was written after recovery.
    pub(super) fn written(version: Arc<Version>) -> Self {
        let Entry { op, sequence, .. } = version.entry();
        match op {
            Op::Delete => Self::Deleted { sequence },
            Op::Put | Op::Merge => Self::Found { value: Value(Source::Written(version)), sequence },
        }
    }
}

impl Deref for Value<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Source::Logged(value) => value,
            Source::Written(version) => version.entry().value,
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}
