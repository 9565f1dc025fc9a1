//! Filters: which keys are certainly not in a table, at the cost of one cache line a lookup.

use twox_hash::XxHash3_64;

use crate::little_endian::le_u32;
use crate::memory;
use std::collections::TryReserveError;

const LINE: usize = 64;
/// Probes, and what is reserved.
const HEAD: usize = 8;
const MOST_PROBES: u32 = 16;

/// The hash of a key that the filters of all tables ask for.
#[inline]
pub fn hash(key: &[u8]) -> u64 {
    XxHash3_64::oneshot(key)
}

/// A cache line of its own.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u8; LINE]);

pub(super) struct Filter {
    probes: u32,
    lines: Vec<Line>,
}

impl Filter {
    /// The filter in a section; nothing in the `Ok` if it is none.
    pub(super) fn parse(section: &[u8]) -> Result<Option<Self>, TryReserveError> {
        let Some((head, lines)) = section.split_at_checked(HEAD) else { return Ok(None) };
        let probes = le_u32(head, 0);
        let count = lines.len() / LINE;
        if !lines.len().is_multiple_of(LINE) || !(1..=MOST_PROBES).contains(&probes) || !(1..1 << 32).contains(&count) {
            return Ok(None);
        }
        let mut filter = Self { probes, lines: memory::filled(Line([0; LINE]), count)? };
        for (line, bytes) in filter.lines.iter_mut().zip(lines.chunks_exact(LINE)) {
            line.0.copy_from_slice(bytes);
        }
        Ok(Some(filter))
    }

    /// A filter of so many bits a key that lets all of these pass.
    pub(super) fn of(hashes: &[u64], bits_per_key: u32) -> Result<Self, TryReserveError> {
        let bits = hashes.len() as u64 * u64::from(bits_per_key);
        let count = bits.div_ceil(8 * LINE as u64).clamp(1, u64::from(u32::MAX)) as usize;
        let probes = ((6 * bits_per_key + 5) / 10).clamp(1, MOST_PROBES);
        let mut filter = Self { probes, lines: memory::filled(Line([0; LINE]), count)? };
        for &hash in hashes {
            let line = filter.line_of(hash);
            let bytes = &mut filter.lines[line].0;
            for bit in bits_of(hash, probes) {
                bytes[bit / 8] |= 1 << (bit % 8);
            }
        }
        Ok(filter)
    }

    /// Whether a key with this hash may be in the table.
    #[inline]
    pub(super) fn passes(&self, hash: u64) -> bool {
        let bytes = &self.lines[self.line_of(hash)].0;
        bits_of(hash, self.probes).all(|bit| bytes[bit / 8] & (1 << (bit % 8)) != 0)
    }

    #[inline]
    fn line_of(&self, hash: u64) -> usize {
        (((hash >> 32) * self.lines.len() as u64) >> 32) as usize
    }

    /// The section, in the pieces that it consists of.
    pub(super) fn encoded(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(|line| &line.0[..])
    }

    pub(super) fn head(&self) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        head[..4].copy_from_slice(&self.probes.to_le_bytes());
        head
    }

    pub(super) fn size(&self) -> u64 {
        (HEAD + LINE * self.lines.len()) as u64
    }
}

/// Which bits of its line a key has.
#[inline]
fn bits_of(hash: u64, probes: u32) -> impl Iterator<Item = usize> {
    let mut g = hash as u32;
    (0..probes).map(move |_| {
        let bit = (g >> 23) as usize;
        g = g.wrapping_mul(0x9E37_79B9);
        bit
    })
}
