//! What an iterator is asked to go through.

use std::ops::Bound;

/// A range of keys, and which versions of each.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Keys before it are left out.
    pub lower: Bound<Vec<u8>>,
    /// Keys after it are left out.
    pub upper: Bound<Vec<u8>>,
    /// Keys that do not begin with it are left out.
    pub prefix: Vec<u8>,
    /// Versions above this sequence number are not seen.
    pub max_sequence: u64,
    /// Every version, newest first, not only the newest.
    pub all_versions: bool,
    /// Deletes too.
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
    pub(crate) fn wanted(&self) -> Wanted {
        let Self { max_sequence, all_versions, tombstones, .. } = *self;
        Wanted { max_sequence, all_versions, tombstones }
    }
}
