//! Checksums of ranges that overlap, in time linear in the file.
//!
//! A search for records in damaged bytes checksums everything that looks like a record. In a malicious file that can be
//! 64 KiB at every few bytes. So ranges are summed directly only while that costs no more than a few times the bytes
//! before them. After that, each checksum is derived from the checksums of two prefixes of the file; those of prefixes at
//! regular steps are kept. Ranges come in any order: a damaged batch can claim an end far ahead, and a search that finds
//! nothing better goes back to the first record that it found.

use crate::log::format::record::{HEADER_LEN, Header};
use crc32fast::Hasher;
use std::collections::TryReserveError;

/// Bytes between the prefixes whose checksums are kept. These take 1/256 of the file's length, and deriving one checksum
/// takes about as long as summing this many bytes.
const STEP: usize = if cfg!(test) { 16 } else { 1024 };
/// How many bytes may be summed directly for each byte before the range, and how many more than that. (In tests all
/// longer ranges are derived from prefixes.)
const DIRECT_PER_BYTE: usize = if cfg!(test) { 0 } else { 4 };
const DIRECT_ALLOWANCE: usize = if cfg!(test) { 0 } else { 1 << 20 };

/// Checksums ranges of one file. The bytes before a range may have changed since an earlier call, but not the bytes of the
/// range itself.
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

    /// Whether the CRC-32 of `log[start..start + len]` is `wanted`. The range must lie inside the log.
    pub(crate) fn matches(&mut self, log: &[u8], start: usize, len: usize, wanted: u32) -> bool {
        let end = start + len;
        let affordable = self.direct + len <= DIRECT_ALLOWANCE + DIRECT_PER_BYTE * start;
        // Without memory for prefixes the range is summed directly, which is slow but correct.
        if len <= STEP || affordable || self.prefixes.extend_to(log, end).is_err() {
            self.direct += len;
            return sum(&log[start..end]) == wanted;
        }
        self.prefixes.difference(log, start, end) == wanted
    }
}

/// Checksums of prefixes of a file.
#[derive(Debug, Default)]
struct Prefixes {
    /// Number `i` is the checksum of the first `i` steps.
    kept: Vec<u32>,
    /// The hasher of the last prefix that is kept.
    last: Hasher,
}

impl Prefixes {
    /// Keeps the checksums of all prefixes up to `end`.
    fn extend_to(&mut self, log: &[u8], end: usize) -> Result<(), TryReserveError> {
        for number in self.kept.len()..=end / STEP {
            self.kept.try_reserve(1)?;
            update(&mut self.last, &log[number.saturating_sub(1) * STEP..number * STEP]);
            self.kept.push(self.last.clone().finalize());
        }
        Ok(())
    }

    /// The checksum of `log[start..end]`. The range is longer than a step, and [`extend_to`](Self::extend_to) has been
    /// called for its end. Bytes before `start` are not read: they may have changed since their checksums were kept.
    fn difference(&self, log: &[u8], start: usize, end: usize) -> u32 {
        let from = start.next_multiple_of(STEP);
        // A CRC is linear. Write shift(c, n) for the checksum `c` moved on by `n` bytes, which is what combining it with
        // `n` bytes whose checksum is 0 gives. Then for adjacent ranges A and B: crc(AB) = shift(crc(A), len(B)) ^
        // crc(B). With P for `..from`, S for `start..from` and B for `from..end`, the wanted crc(SB) is
        // shift(crc(S), len(B)) ^ crc(B), and crc(B) is shift(crc(P), len(B)) ^ crc(PB).
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
    /// How many bytes this thread has summed: for the tests of the cost.
    pub(super) static SUMMED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use super::{Checksums, Prefixes, STEP};

    fn bytes(len: u32) -> Vec<u8> {
        (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    fn derived(prefixes: &mut Prefixes, log: &[u8], start: usize, len: usize) -> u32 {
        prefixes.extend_to(log, start + len).unwrap();
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
    fn bytes_before_a_range_may_change() {
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
    fn ranges_may_come_in_any_order() {
        let log = bytes(2_000_000);
        let mut sums = Checksums::default();
        for start in [7, 100, 1_900_000, 600_001, 600_000, 470_000, 3, 1_900_001] {
            assert!(sums.matches(&log, start, 1000, crc32fast::hash(&log[start..start + 1000])));
            assert!(!sums.matches(&log, start, 1000, crc32fast::hash(&log[start + 1..start + 1001])));
        }
    }
}
