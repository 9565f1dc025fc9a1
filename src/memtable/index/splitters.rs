//! Splitters: keys that cut the index into parts of about the same length, however keys are spread.

use super::alphabet::Alphabet;
use super::buckets::Buckets;
use crate::key::{common_prefix_len, prefix};
use crate::log::bytes::{LogBytes, key_start};
use crate::log::place::Place;
use crate::log::row::Row;
use crate::pile::Pile;

/// Items in a part, about: few enough to be sorted in the processor's cache.
const PART_LEN: usize = 2048;
/// More parts would be filled in turn so that none of them stays in the cache.
const MOST_PARTS: usize = 2048;
/// But longer ones cannot count their items.
const LONGEST_PART: usize = 1 << 15;
/// Keys looked at for each splitter that is chosen: the more, the more even the parts.
const SAMPLES: usize = 8;

/// Keys that rise, none twice: the part of this number has the keys from the one in front of it up to this one.
#[derive(Debug)]
pub(crate) struct Splitters {
    /// A version of each key.
    places: Vec<Place>,
    /// How many bytes all of them share, and where in the log these are.
    shared: usize,
    shared_at: usize,
    /// [`prefix`] of each, without these.
    prefixes: Vec<u64>,
    alphabet: Alphabet,
    buckets: Buckets,
}

impl Splitters {
    /// For the entries of `rows`.
    pub(crate) fn choose(log: &LogBytes, rows: &Pile<Row>) -> Self {
        let entries: usize = rows.pieces().flatten().map(|row| row.len).sum();
        let parts = (entries / PART_LEN).min(MOST_PARTS).max(entries / LONGEST_PART);
        let mut sample = sample(log, rows, entries / (parts * SAMPLES).max(1));
        sample.sort_unstable();
        let chosen = sample.iter().skip(SAMPLES / 2).step_by(SAMPLES).take(parts);
        let mut chosen: Vec<(&[u8], Place)> = chosen.copied().collect();
        chosen.dedup_by_key(|(key, _)| *key);
        let shared = match (chosen.first(), chosen.last()) {
            (Some((first, _)), Some((last, _))) => common_prefix_len(first, last),
            _ => 0,
        };
        let prefixes: Vec<u64> = chosen.iter().map(|(key, _)| prefix(key, shared)).collect();
        let alphabet =
            Alphabet::of(sample.iter().filter(|(key, _)| key.len() >= shared).map(|(key, _)| prefix(key, shared)));
        let buckets = Buckets::of(prefixes.iter().copied(), &alphabet);
        let places: Vec<Place> = chosen.into_iter().map(|(_, place)| place).collect();
        let shared_at = places.first().map_or(0, |&place| key_start(place));
        Self { places, shared, shared_at, prefixes, alphabet, buckets }
    }

    /// The bytes that keys are written in, behind what all splitters share.
    #[inline]
    pub(super) fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    /// How many parts there are.
    pub(crate) fn parts(&self) -> usize {
        self.places.len() + 1
    }

    /// The number of the part that `key` belongs into.
    #[inline(always)]
    pub(crate) fn part_of(&self, key: &[u8], log: &LogBytes) -> usize {
        if self.shared > 0 && !key.starts_with(self.shared(log)) {
            return if key < self.shared(log) { 0 } else { self.places.len() };
        }
        let wanted = prefix(key, self.shared);
        let range = self.buckets.range(wanted, &self.alphabet, self.prefixes.len());
        let part = range.start + self.prefixes[range].partition_point(|&prefix| prefix < wanted);
        if self.prefixes.get(part) == Some(&wanted) {
            return self.part_among_equals(part, wanted, key, log);
        }
        part
    }

    /// The bytes that all of them share.
    #[inline]
    fn shared<'a>(&self, log: &'a LogBytes) -> &'a [u8] {
        log.bytes(self.shared_at, self.shared)
    }

    /// Where the splitters from number `part` on have the prefix of `key`.
    #[cold]
    fn part_among_equals(&self, part: usize, wanted: u64, key: &[u8], log: &LogBytes) -> usize {
        let equals = self.prefixes[part..].partition_point(|&prefix| prefix == wanted);
        part + self.places[part..part + equals].partition_point(|&place| log.key(place) <= key)
    }

    /// A version of the key that this part begins with, if a splitter tells it.
    pub(crate) fn lowest_of(&self, part: usize) -> Option<Place> {
        self.places.get(part.checked_sub(1)?).copied()
    }
}

/// About every entry number `step`, as far as rows lead there.
fn sample<'a>(log: &'a LogBytes, rows: &Pile<Row>, step: usize) -> Vec<(&'a [u8], Place)> {
    let (mut passed, mut sample) = (step, Vec::new());
    for row in rows.pieces().flatten() {
        if passed >= step {
            sample.push((log.key(row.first), row.first));
            passed = 0;
        }
        passed += row.len;
    }
    sample
}
