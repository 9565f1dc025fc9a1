//! Splitters: keys that cut the index into runs of about the same length, however keys are spread.

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

/// Items in a run, about: few enough to be sorted in the processor's cache.
const PARTITION_LEN: usize = 2048;
/// More runs would be filled in turn so that none of them stays in the cache.
const MOST_PARTITIONS: usize = 2048;
/// But longer ones would not be sorted in it, either.
const LONGEST_PARTITION: usize = 1 << 15;
/// Keys looked at for each splitter that is chosen: the more, the more even the runs.
const SAMPLES: usize = 8;
/// But of few entries more: they must tell in which bytes keys are written.
const FEWEST_SAMPLES: usize = 512;

/// Keys that rise, none twice: the run of this number has the keys from the one in front of it up to this one.
#[derive(Debug)]
pub(crate) struct Splitters {
    /// A version of each key.
    positions: Vec<Position>,
    /// What most keys begin with, splitters among them.
    common: CommonPrefix,
    /// [`prefix`] of each, without that.
    prefixes: Vec<u64>,
    alphabet: Alphabet,
    buckets: Buckets,
    look_even: bool,
}

impl Splitters {
    /// For the entries of `rows`, which are so many.
    pub(crate) fn choose(log: &LogBytes, rows: &ChunkedVec<Row>, entries: usize) -> Result<Self, Error> {
        let partitions = (entries / PARTITION_LEN).min(MOST_PARTITIONS).max(entries / LONGEST_PARTITION);
        let mut sample = sample(log, rows, (entries / (partitions * SAMPLES).max(FEWEST_SAMPLES)).max(1))?;
        sample.sort_unstable();
        let between = (sample.len() / partitions.max(1)).max(1);
        let mut chosen = collected(sample.iter().skip(between / 2).step_by(between).take(partitions).copied())?;
        chosen.dedup_by_key(|(key, _)| *key);
        let positions = collected(chosen.into_iter().map(|(_, position)| position))?;
        let common = common_prefix_of_most(&sample, between, log);
        let prefixes = collected(positions.iter().map(|&position| prefix(log.key(position), common.len)))?;
        sample.retain(|(key, _)| common.begins(key, log));
        let sample = collected(sample.iter().map(|(key, _)| prefix(key, common.len)))?;
        let alphabet = Alphabet::of(sample.iter().copied());
        let numbers = |prefixes: &[u64]| collected(prefixes.iter().map(|&prefix| alphabet.number(prefix)));
        let buckets = Buckets::of(numbers(&prefixes)?.into_iter());
        let look_even = !positions.is_empty() && looks_even(&numbers(&sample)?, entries);
        Ok(Self { positions, common, prefixes, alphabet, buckets, look_even })
    }

    /// The bytes that keys are written in, behind what most begin with.
    #[inline]
    pub(super) fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    /// What most keys begin with.
    pub(super) fn common(&self) -> CommonPrefix {
        self.common
    }

    /// Whether one line leads near each key, as far as a sample tells.
    pub(super) fn look_even(&self) -> bool {
        self.look_even
    }

    /// How many runs there are.
    pub(crate) fn partitions(&self) -> usize {
        self.positions.len() + 1
    }

    /// The number of the run that `key` belongs into.
    #[inline(always)]
    pub(crate) fn partition_of(&self, key: &[u8], log: &LogBytes) -> usize {
        if !self.common.begins(key, log) {
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

    /// Where the splitters from number `partition` on have the prefix of `key`.
    #[cold]
    fn partition_among_equals(&self, partition: usize, wanted: u64, key: &[u8], log: &LogBytes) -> usize {
        let equals = self.prefixes[partition..].partition_point(|&prefix| prefix == wanted);
        partition + self.positions[partition..partition + equals].partition_point(|&position| log.key(position) <= key)
    }

    /// A version of the key that this run begins with, if a splitter tells it.
    pub(crate) fn lowest_of(&self, partition: usize) -> Option<Position> {
        self.positions.get(partition.checked_sub(1)?).copied()
    }
}

/// What a sorted sample has in common, but for a few keys at its ends, which may be far from all others. All splitters,
/// which are so far apart in the sample, have it.
fn common_prefix_of_most(sample: &[(&[u8], Position)], between: usize, log: &LogBytes) -> CommonPrefix {
    let few = ((between - 1) / 2).min(sample.len() / 16);
    match &sample[few..sample.len() - few] {
        [(_, lowest), .., (_, highest)] => CommonPrefix::of(*lowest, *highest, log),
        _ => CommonPrefix::default(),
    }
}

/// About every entry number `step`. Where it is far to the next one, no more than the first of a row.
fn sample<'a>(log: &'a LogBytes, rows: &ChunkedVec<Row>, step: usize) -> Result<Vec<(&'a [u8], Position)>, Error> {
    let (mut passed, mut sample) = (step, Vec::new());
    for row in rows.chunks().flatten() {
        if passed >= step {
            // Without the limit it would be walked on to its end, for nothing.
            let taken = row.len.div_ceil(step);
            sample.try_reserve(taken).map_err(|_| refused::<(&[u8], Position)>(sample.len() + taken))?;
            sample.extend(row.entries(log).step_by(step).map(|(position, entry)| (entry.key, position)).take(taken));
            passed = 0;
        }
        passed += row.len;
    }
    Ok(sample)
}
