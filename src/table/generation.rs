//! Generations: told apart by what is in a table, since the version in its footer does not tell.

use std::fmt;

use super::footer::{Footer, Shape};
use super::place::Place;
use crate::rest::Rest;

/// Which writer's layout a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generation {
    /// Kevo's first release to v1.1: no sequence numbers, no tombstones.
    A,
    /// Kevo v1.2 to v1.3: the same blocks, another footer.
    B,
    /// Kevo v1.4 and later: sequence numbers and tombstones.
    C,
    /// Ours: as C, and sections that Kevo does not see.
    Libkevo,
}

impl Generation {
    /// Whether its entries have sequence numbers, and may be tombstones.
    pub fn has_sequences(self) -> bool {
        matches!(self, Self::C | Self::Libkevo)
    }

    /// `index` is the index block, whose checksum is right.
    pub(super) fn of(footer: &Footer, index: &[u8]) -> Option<Self> {
        match footer.shape {
            Shape::Short => Some(Self::A),
            Shape::Ours { .. } => Some(Self::Libkevo),
            Shape::Long => Self::of_index(index),
        }
    }

    fn of_index(index: &[u8]) -> Option<Self> {
        const TRAILER: usize = 12;
        let is_empty = index.len() >= TRAILER && index[index.len() - TRAILER..][..4] == [0; 4];
        if is_empty {
            return Some(Self::C);
        }
        let mut entry = Rest(index);
        let key_len = entry.u16()?;
        entry.take(usize::from(key_len))?;
        let (mut with_sequence, mut without) = (entry, entry);
        let is_place = |len: Option<u32>| len.is_some_and(|len| len as usize >= Place::SIZE);
        if with_sequence.u64() == Some(0) && is_place(with_sequence.u32()) {
            Some(Self::C)
        } else if is_place(without.u32()) {
            Some(Self::B)
        } else {
            None
        }
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::Libkevo => "libkevo",
        })
    }
}
