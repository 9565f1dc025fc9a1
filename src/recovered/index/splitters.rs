//! Splitters: keys that divide the index into partitions of about the same length, however the keys are spread.

use super::alphabet::Alphabet;
use super::buckets::{Buckets, looks_even};
use super::common_prefix::CommonPrefix;
use crate::chunked::ChunkedVec;
use crate::error::Error;
use crate::key::prefix;
use crate::log::bytes::LogBytes;
use crate::log::position::Position;
use crate::log::row::Row;
use crate::memory::{collected, refused};

/// About how many items a partition has: few enough to be sorted in the processor's cache.
const PARTITION_LEN: usize = 2048;
/// The most partitions. With more, the cache could not hold the slots that are filled next.
const MAX_PARTITIONS: usize = 2048;
/// There are more partitions after all if they would be longer than this: they could not be sorted in the cache.
const MAX_PARTITION_LEN: usize = 1 << 15;
/// How many keys are sampled for each splitter: the more, the more even are the partitions.
const SAMPLES: usize = 8;
/// At least this many keys are sampled, because the alphabet is taken from them too.
const MIN_SAMPLES: usize = 512;

/// Keys in ascending order, all different. A partition has the keys from the splitter before it up to, but not
/// including, the splitter with its own number.
#[derive(Debug)]
pub(super) struct Splitters {
    /// A version of each splitter, as its position in the log.
    positions: Vec<Position>,
    /// The bytes that most keys begin with, and all splitters.
    common: CommonPrefix,
    /// [`prefix`] of each splitter, after these bytes.
    prefixes: Vec<u64>,
    alphabet: Alphabet,
    buckets: Buckets,
    look_even: bool,
}

impl Splitters {
    /// Chooses splitters for the entries of `rows`. `entries` is how many there are.
    pub(super) fn choose(log: &LogBytes, rows: &ChunkedVec<Row>, entries: usize) -> Result<Self, Error> {
        let partitions = (entries / PARTITION_LEN).min(MAX_PARTITIONS).max(entries / MAX_PARTITION_LEN);
        let mut sample = sample(log, rows, (entries / (partitions * SAMPLES).max(MIN_SAMPLES)).max(1))?;
        sample.sort_unstable();
        let between = (sample.len() / partitions.max(1)).max(1);
        let mut chosen = collected(sample.iter().skip(between / 2).step_by(between).take(partitions).copied())?;
        chosen.dedup_by_key(|(key, _)| *key);
        let positions = collected(chosen.into_iter().map(|(_, position)| position))?;
        let common = common_prefix_of_most(&sample, between, log);
        let prefixes = collected(positions.iter().map(|&position| prefix(log.key(position), common.len)))?;
        sample.retain(|(key, _)| common.is_prefix_of(key, log));
        let sample = collected(sample.iter().map(|(key, _)| prefix(key, common.len)))?;
        let alphabet = Alphabet::of(sample.iter().copied());
        let numbers = |prefixes: &[u64]| collected(prefixes.iter().map(|&prefix| alphabet.number(prefix)));
        let buckets = Buckets::of(numbers(&prefixes)?.into_iter());
        let look_even = !positions.is_empty() && looks_even(&numbers(&sample)?, entries);
        Ok(Self { positions, common, prefixes, alphabet, buckets, look_even })
    }

    /// The alphabet of the keys, after the bytes that most keys begin with.
    #[inline]
    pub(super) fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    /// The bytes that most keys begin with.
    pub(super) fn common(&self) -> CommonPrefix {
        self.common
    }

    /// Whether the keys are spread evenly, as far as the sample tells.
    pub(super) fn look_even(&self) -> bool {
        self.look_even
    }

    /// How many partitions there are.
    pub(super) fn partition_count(&self) -> usize {
        self.positions.len() + 1
    }

    /// The number of the partition that `key` belongs to.
    #[inline(always)]
    pub(super) fn partition_of(&self, key: &[u8], log: &LogBytes) -> usize {
        if !self.common.is_prefix_of(key, log) {
            return if key < self.common.bytes(log) { 0 } else { self.positions.len() };
        }
        let wanted = prefix(key, self.common.len);
        let range = self.buckets.range(self.alphabet.number(wanted), self.prefixes.len());
        let partition = range.start + self.prefixes[range].partition_point(|&prefix| prefix < wanted);
        if self.prefixes.get(partition) == Some(&wanted) {
            return self.partition_among_equals(partition, wanted, key, log);
        }
        partition
    }

    /// The same if the splitters from number `partition` on have the same prefix as `key`.
    #[cold]
    fn partition_among_equals(&self, partition: usize, wanted: u64, key: &[u8], log: &LogBytes) -> usize {
        let equals = self.prefixes[partition..].partition_point(|&prefix| prefix == wanted);
        partition + self.positions[partition..partition + equals].partition_point(|&position| log.key(position) <= key)
    }

    /// A version of the splitter with which this partition starts; `None` for the first partition and after the last.
    pub(super) fn lowest_of(&self, partition: usize) -> Option<Position> {
        self.positions.get(partition.checked_sub(1)?).copied()
    }
}

/// The common prefix of a sorted sample, except for a few keys at its ends, which may be far from all others. `between`
/// is the distance of the splitters in the sample. All splitters begin with that prefix, because none is among these
/// few.
fn common_prefix_of_most(sample: &[(&[u8], Position)], between: usize, log: &LogBytes) -> CommonPrefix {
    let few = ((between - 1) / 2).min(sample.len() / 16);
    match &sample[few..sample.len() - few] {
        [(_, lowest), .., (_, highest)] => CommonPrefix::of(*lowest, *highest, log),
        _ => CommonPrefix::default(),
    }
}

/// A sample of about one entry in `step`. From short rows, only the first entry may be taken.
fn sample<'a>(log: &'a LogBytes, rows: &ChunkedVec<Row>, step: usize) -> Result<Vec<(&'a [u8], Position)>, Error> {
    let (mut passed, mut sample) = (step, Vec::new());
    for row in rows.chunks().flatten() {
        if passed >= step {
            // Without the limit the walk would go on to the end of the row for nothing.
            let taken = row.len.div_ceil(step);
            sample.try_reserve(taken).map_err(|_| refused::<(&[u8], Position)>(sample.len() + taken))?;
            sample.extend(row.entries(log).step_by(step).map(|(position, entry)| (entry.key, position)).take(taken));
            passed = 0;
        }
        passed += row.len;
    }
    Ok(sample)
}
