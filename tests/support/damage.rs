//! Ways to damage a file. Offsets and lengths are cut down to what the file has, so any number is allowed.

use std::ops::Range;

#[derive(Clone, Debug)]
pub enum Damage {
    /// Flips a bit. Bit 0 is the lowest bit of the first byte.
    FlipBit {
        bit: usize,
    },
    Truncate {
        length: usize,
    },
    Overwrite {
        offset: usize,
        bytes: Vec<u8>,
    },
    Insert {
        offset: usize,
        bytes: Vec<u8>,
    },
    AppendZeros {
        count: usize,
    },
    DeleteRange {
        range: Range<usize>,
    },
    /// Copies a range to another place.
    DuplicateRange {
        range: Range<usize>,
        offset: usize,
    },
    /// Four offsets, in any order: the bytes between the two lowest change places with the bytes between the others.
    SwapRanges {
        bounds: [usize; 4],
    },
}

impl Damage {
    pub fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::FlipBit { bit } => flip_bit(file, *bit),
            Self::Truncate { length } => file.truncate(*length),
            Self::Overwrite { offset, bytes } => overwrite(file, *offset, bytes),
            Self::Insert { offset, bytes } => insert(file, *offset, bytes),
            Self::AppendZeros { count } => file.resize(file.len() + count, 0),
            Self::DeleteRange { range } => drop(file.drain(within(file, range))),
            Self::DuplicateRange { range, offset } => {
                let copy = file[within(file, range)].to_vec();
                insert(file, *offset, &copy);
            }
            Self::SwapRanges { bounds } => swap_ranges(file, *bounds),
        }
    }
}

pub fn flip_bit(file: &mut [u8], bit: usize) {
    if let Some(byte) = file.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
}

/// Bytes that do not fit into the file are dropped.
fn overwrite(file: &mut [u8], offset: usize, bytes: &[u8]) {
    for (byte, new) in file.iter_mut().skip(offset).zip(bytes) {
        *byte = *new;
    }
}

fn insert(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let offset = offset.min(file.len());
    file.splice(offset..offset, bytes.iter().copied());
}

fn swap_ranges(file: &mut Vec<u8>, bounds: [usize; 4]) {
    let mut bounds = bounds.map(|bound| bound.min(file.len()));
    bounds.sort_unstable();
    let [a, b, c, d] = bounds;
    *file = [&file[..a], &file[c..d], &file[b..c], &file[a..b], &file[d..]].concat();
}

fn within(file: &[u8], range: &Range<usize>) -> Range<usize> {
    let end = range.end.min(file.len());
    range.start.min(end)..end
}
