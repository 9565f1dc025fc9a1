//! Checksums of stretches that overlap, at a cost that does not multiply.
//!
//! Whoever looks for records in damaged bytes checksums what merely could be one, up to 64 KiB at every few bytes where
//! the bytes are chosen with malice. Directly that is done only as long as it costs no more than a few times the bytes
//! that have been passed; from then on each checksum is derived from those of two prefixes, which are kept for every
//! sixteenth byte of what lies ahead.

use super::record::{HEADER_LEN, Header, MAX_RECORD};
use crc32fast::Hasher;
use std::collections::VecDeque;

/// Stretches up to this length are always summed directly: it is the faster way.
const SHORT: usize = 256;
/// So many bytes may be summed directly for each byte passed, and so many more. (Tests begin with the other way at once.)
const DIRECT_PER_BYTE: usize = if cfg!(test) { 0 } else { 4 };
const DIRECT_AT_FIRST: usize = if cfg!(test) { 0 } else { 1 << 20 };
/// Bytes between prefixes whose checksums are kept.
const STEP: usize = 16;
/// How far in front of one stretch another may start that is asked for later: two records.
const WINDOW: usize = 2 * MAX_RECORD;

/// Checksums stretches of one file, from its start to its end: a stretch may start in front of another that was asked
/// for before by no more than two records.
#[derive(Debug, Default)]
pub(crate) struct Checksums {
    /// Bytes summed directly so far.
    direct: usize,
    prefixes: Option<Prefixes>,
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
        let affordable = self.direct + len <= DIRECT_AT_FIRST + DIRECT_PER_BYTE * start;
        if len <= SHORT || affordable {
            self.direct += len;
            return crc32fast::hash(&log[start..start + len]) == wanted;
        }
        let prefixes = match &mut self.prefixes {
            Some(prefixes) if !prefixes.is_far_behind(start) => prefixes,
            prefixes => prefixes.insert(Prefixes::from(start.saturating_sub(WINDOW))),
        };
        prefixes.difference(log, start, len) == wanted
    }
}

/// The checksums of prefixes of what starts at `origin`.
#[derive(Debug)]
struct Prefixes {
    origin: usize,
    /// Where the prefix of the first that is kept ends.
    first: usize,
    kept: VecDeque<u32>,
    /// Of the last that is kept.
    last: Hasher,
}

impl Prefixes {
    fn from(origin: usize) -> Self {
        Self { origin, first: origin, kept: VecDeque::from([0]), last: Hasher::new() }
    }

    /// Whether nothing that is kept is of use any more.
    fn is_far_behind(&self, start: usize) -> bool {
        self.first + self.kept.len() * STEP + WINDOW < start
    }

    /// The checksum of `log[start..start + len]`. Bytes in front of `start` are not looked at: they may have changed
    /// since their checksums were kept.
    fn difference(&mut self, log: &[u8], start: usize, len: usize) -> u32 {
        self.forget_before(start.saturating_sub(WINDOW));
        let (from, end) = (self.first + (start - self.first).div_ceil(STEP) * STEP, start + len);
        if end <= from {
            return crc32fast::hash(&log[start..end]);
        }
        self.reach(log, end);
        // A checksum is linear: that of two parts is that of the first, moved on by the length of the second, plus that
        // of the second. With the prefix up to `from` as the first part, that gives the second, from `from` to `end`;
        // with `start` to `from` as the first, and moved on by as much, the whole. What moves on is combining with a
        // second part whose checksum is 0.
        let both = self.prefix(log, from) ^ crc32fast::hash(&log[start..from]);
        let mut moved = Hasher::new_with_initial_len(both, (from - self.origin) as u64);
        moved.combine(&Hasher::new_with_initial_len(0, (end - from) as u64));
        moved.finalize() ^ self.prefix(log, end)
    }

    /// The checksum of `log[origin..end]`.
    fn prefix(&self, log: &[u8], end: usize) -> u32 {
        let index = (end - self.first) / STEP;
        let from = self.first + index * STEP;
        let mut hasher = Hasher::new_with_initial_len(self.kept[index], (from - self.origin) as u64);
        hasher.update(&log[from..end]);
        hasher.finalize()
    }

    fn reach(&mut self, log: &[u8], end: usize) {
        let mut at = self.first + (self.kept.len() - 1) * STEP;
        while at + STEP <= end {
            self.last.update(&log[at..at + STEP]);
            self.kept.push_back(self.last.clone().finalize());
            at += STEP;
        }
    }

    fn forget_before(&mut self, start: usize) {
        while self.first + STEP <= start && self.kept.len() > 1 {
            self.kept.pop_front();
            self.first += STEP;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Checksums, Prefixes};

    fn bytes(len: u32) -> Vec<u8> {
        (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    #[test]
    fn a_checksum_derived_from_prefixes_is_the_one_summed_directly() {
        let log = bytes(300_000);
        let mut prefixes = Prefixes::from(5);
        for start in (5..200_000).step_by(977) {
            for len in [0, 1, 15, 16, 17, 1000, 65535] {
                assert_eq!(prefixes.difference(&log, start, len), crc32fast::hash(&log[start..start + len]));
            }
            let back = start.saturating_sub(1000).max(5);
            assert_eq!(prefixes.difference(&log, back, 300), crc32fast::hash(&log[back..back + 300]));
        }
    }

    #[test]
    fn what_changes_in_front_of_a_stretch_does_not_matter() {
        for start in 1000..1032 {
            let mut log = bytes(100_000);
            let mut prefixes = Prefixes::from(0);
            prefixes.difference(&log, 0, 90_000);
            log[..start].fill(0xee);
            assert_eq!(prefixes.difference(&log, start, 5000), crc32fast::hash(&log[start..start + 5000]));
        }
    }

    #[test]
    fn stretches_far_from_each_other_are_summed_alike() {
        let log = bytes(2_000_000);
        let mut sums = Checksums::default();
        for start in [7, 100, 600_000, 600_001, 470_000, 1_900_000] {
            assert!(sums.matches(&log, start, 1000, crc32fast::hash(&log[start..start + 1000])));
            assert!(sums.prefixes.as_ref().unwrap().kept.len() < 40_000);
        }
    }
}
