//! Checksums of stretches that overlap, at a cost that does not multiply.
//!
//! Whoever looks for records in damaged bytes checksums what merely could be one, up to 64 KiB at every few bytes where
//! the bytes are chosen with malice. Directly that is done only as long as it costs no more than a few times the bytes
//! that have been passed; from then on each checksum is derived from those of two prefixes of the file, some of which
//! are kept. A stretch may be anywhere: a damaged batch can say that it ends far ahead, and a search that finds nothing
//! better goes back to what it found first.

use crate::log::format::record::{HEADER_LEN, Header};
use crc32fast::Hasher;
use std::collections::TryReserveError;

/// Bytes between prefixes whose checksums are kept: these take 1/256 of the file's length, and deriving a checksum
/// takes as long as summing about so many bytes.
const STEP: usize = if cfg!(test) { 16 } else { 1024 };
/// So many bytes may be summed directly for each byte passed, and so many more. (Tests begin with the other way at
/// once.)
const DIRECT_PER_BYTE: usize = if cfg!(test) { 0 } else { 4 };
const DIRECT_AT_FIRST: usize = if cfg!(test) { 0 } else { 1 << 20 };

/// Checksums stretches of one file. Bytes in front of a stretch may have changed since others were asked for, but not
/// its own.
#[derive(Debug, Default)]
pub(crate) struct Checksums {
    /// Bytes summed directly so far.
    direct: usize,
    prefixes: Prefixes,
}

impl Checksums {
    /// The header of the record at `offset`, if that is intact.
    pub(crate) fn intact(&mut self, log: &[u8], offset: usize) -> Option<Header> {
        let header = Header::at(log, offset)?;
        header.record_type?;
        let start = offset + HEADER_LEN;
        let inside = start + header.length <= log.len();
        (inside && self.matches(log, start, header.length, header.checksum)).then_some(header)
    }

    /// Whether the CRC-32 of `log[start..start + len]` is `wanted`. The stretch must lie inside the log.
    pub(crate) fn matches(&mut self, log: &[u8], start: usize, len: usize, wanted: u32) -> bool {
        let end = start + len;
        let affordable = self.direct + len <= DIRECT_AT_FIRST + DIRECT_PER_BYTE * start;
        // Without memory for prefixes the answer comes late, but it comes.
        if len <= STEP || affordable || self.prefixes.reach(log, end).is_err() {
            self.direct += len;
            return sum(&log[start..end]) == wanted;
        }
        self.prefixes.difference(log, start, end) == wanted
    }
}

/// The checksums of prefixes of a file.
#[derive(Debug, Default)]
struct Prefixes {
    /// That number `i` is of the first `i` steps.
    kept: Vec<u32>,
    /// Of the last that is kept.
    last: Hasher,
}

impl Prefixes {
    /// Keeps all up to `end`.
    fn reach(&mut self, log: &[u8], end: usize) -> Result<(), TryReserveError> {
        for number in self.kept.len()..=end / STEP {
            self.kept.try_reserve(1)?;
            update(&mut self.last, &log[number.saturating_sub(1) * STEP..number * STEP]);
            self.kept.push(self.last.clone().finalize());
        }
        Ok(())
    }

    /// The checksum of `log[start..end]`, which is longer than a step and has been reached. Bytes in front of `start`
    /// are not looked at: they may have changed since their checksums were kept.
    fn difference(&self, log: &[u8], start: usize, end: usize) -> u32 {
        let from = start.next_multiple_of(STEP);
        // A checksum is linear: that of two parts is that of the first, moved on by the length of the second, plus that
        // of the second. With the prefix up to `from` as the first part, that gives the second, from `from` to `end`;
        // with `start` to `from` as the first, and moved on by as much, the whole. What moves on is combining with a
        // second part whose checksum is 0.
        let both = self.prefix(log, from) ^ sum(&log[start..from]);
        let mut moved = Hasher::new_with_initial_len(both, from as u64);
        moved.combine(&Hasher::new_with_initial_len(0, (end - from) as u64));
        moved.finalize() ^ self.prefix(log, end)
    }

    /// The checksum of `log[..end]`.
    fn prefix(&self, log: &[u8], end: usize) -> u32 {
        let from = end / STEP * STEP;
        let mut hasher = Hasher::new_with_initial_len(self.kept[end / STEP], from as u64);
        update(&mut hasher, &log[from..end]);
        hasher.finalize()
    }
}

/// The checksum of `bytes`.
fn sum(bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    update(&mut hasher, bytes);
    hasher.finalize()
}

fn update(hasher: &mut Hasher, bytes: &[u8]) {
    #[cfg(test)]
    SUMMED.set(SUMMED.get() + bytes.len());
    hasher.update(bytes);
}

#[cfg(test)]
thread_local! {
    /// How many bytes this thread has summed.
    pub(super) static SUMMED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use super::{Checksums, Prefixes, STEP};

    fn bytes(len: u32) -> Vec<u8> {
        (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    fn derived(prefixes: &mut Prefixes, log: &[u8], start: usize, len: usize) -> u32 {
        prefixes.reach(log, start + len).unwrap();
        prefixes.difference(log, start, start + len)
    }

    #[test]
    fn a_checksum_derived_from_prefixes_is_the_one_summed_directly() {
        let log = bytes(300_000);
        let mut prefixes = Prefixes::default();
        for start in (5..200_000).step_by(977) {
            for len in [STEP + 1, STEP + 15, 2 * STEP, 1000, 65535] {
                let direct = crc32fast::hash(&log[start..start + len]);
                assert_eq!(derived(&mut prefixes, &log, start, len), direct);
            }
        }
    }

    #[test]
    fn what_changes_in_front_of_a_stretch_does_not_matter() {
        for start in 1000..1032 {
            let mut log = bytes(100_000);
            let mut prefixes = Prefixes::default();
            derived(&mut prefixes, &log, 0, 90_000);
            log[..start].fill(0xee);
            let direct = crc32fast::hash(&log[start..start + 5000]);
            assert_eq!(derived(&mut prefixes, &log, start, 5000), direct);
        }
    }

    #[test]
    fn stretches_may_be_anywhere() {
        let log = bytes(2_000_000);
        let mut sums = Checksums::default();
        for start in [7, 100, 1_900_000, 600_001, 600_000, 470_000, 3, 1_900_001] {
            assert!(sums.matches(&log, start, 1000, crc32fast::hash(&log[start..start + 1000])));
            assert!(!sums.matches(&log, start, 1000, crc32fast::hash(&log[start + 1..start + 1001])));
        }
    }
}
