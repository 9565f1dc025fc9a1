//! Splitters: keys that cut the index into runs of about the same length, however keys are spread.

use super::alphabet::Alphabet;
use super::buckets::{Buckets, looks_even};
use super::common_prefix::CommonPrefix;
use crate::key::prefix;
use crate::log::bytes::LogBytes;
use crate::log::place::Place;
use crate::log::row::Row;
use crate::pile::Pile;

/// Items in a run, about: few enough to be sorted in the processor's cache.
const RUN_LEN: usize = 2048;
/// More runs would be filled in turn so that none of them stays in the cache.
const MOST_RUNS: usize = 2048;
/// But longer ones would not be sorted in it, either.
const LONGEST_RUN: usize = 1 << 15;
/// Keys looked at for each splitter that is chosen: the more, the more even the runs.
const SAMPLES: usize = 8;
/// But of few entries more: they must tell in which bytes keys are written.
const FEWEST_SAMPLES: usize = 512;

/// Keys that rise, none twice: the run of this number has the keys from the one in front of it up to this one.
#[derive(Debug)]
pub(crate) struct Splitters {
    /// A version of each key.
    places: Vec<Place>,
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
    pub(crate) fn choose(log: &LogBytes, rows: &Pile<Row>, entries: usize) -> Self {
        let runs = (entries / RUN_LEN).min(MOST_RUNS).max(entries / LONGEST_RUN);
        let mut sample = sample(log, rows, (entries / (runs * SAMPLES).max(FEWEST_SAMPLES)).max(1));
        sample.sort_unstable();
        let between = (sample.len() / runs.max(1)).max(1);
        let chosen = sample.iter().skip(between / 2).step_by(between).take(runs);
        let mut chosen: Vec<(&[u8], Place)> = chosen.copied().collect();
        chosen.dedup_by_key(|(key, _)| *key);
        let places: Vec<Place> = chosen.into_iter().map(|(_, place)| place).collect();
        let common = common_prefix_of_most(&sample, between, log);
        let prefixes: Vec<u64> = places.iter().map(|&place| prefix(log.key(place), common.len)).collect();
        sample.retain(|(key, _)| common.begins(key, log));
        let sample: Vec<u64> = sample.iter().map(|(key, _)| prefix(key, common.len)).collect();
        let alphabet = Alphabet::of(sample.iter().copied());
        let numbers = |prefixes: &[u64]| prefixes.iter().map(|&prefix| alphabet.number(prefix)).collect::<Vec<_>>();
        let buckets = Buckets::of(numbers(&prefixes).into_iter());
        let look_even = !places.is_empty() && looks_even(&numbers(&sample), entries);
        Self { places, common, prefixes, alphabet, buckets, look_even }
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
    pub(crate) fn runs(&self) -> usize {
        self.places.len() + 1
    }

    /// The number of the run that `key` belongs into.
    #[inline(always)]
    pub(crate) fn run_of(&self, key: &[u8], log: &LogBytes) -> usize {
        if !self.common.begins(key, log) {
            return if key < self.common.bytes(log) { 0 } else { self.places.len() };
        }
        let wanted = prefix(key, self.common.len);
        let range = self.buckets.range(self.alphabet.number(wanted), self.prefixes.len());
        let run = range.start + self.prefixes[range].partition_point(|&prefix| prefix < wanted);
        if self.prefixes.get(run) == Some(&wanted) {
            return self.run_among_equals(run, wanted, key, log);
        }
        run
    }

    /// Where the splitters from number `run` on have the prefix of `key`.
    #[cold]
    fn run_among_equals(&self, run: usize, wanted: u64, key: &[u8], log: &LogBytes) -> usize {
        let equals = self.prefixes[run..].partition_point(|&prefix| prefix == wanted);
        run + self.places[run..run + equals].partition_point(|&place| log.key(place) <= key)
    }

    /// A version of the key that this run begins with, if a splitter tells it.
    pub(crate) fn lowest_of(&self, run: usize) -> Option<Place> {
        self.places.get(run.checked_sub(1)?).copied()
    }
}

/// What a sorted sample has in common, but for a few keys at its ends, which may be far from all others. All splitters,
/// which are so far apart in the sample, have it.
fn common_prefix_of_most(sample: &[(&[u8], Place)], between: usize, log: &LogBytes) -> CommonPrefix {
    let few = ((between - 1) / 2).min(sample.len() / 16);
    match &sample[few..sample.len() - few] {
        [(_, lowest), .., (_, highest)] => CommonPrefix::of(*lowest, *highest, log),
        _ => CommonPrefix::default(),
    }
}

/// About every entry number `step`. Where it is far to the next one, no more than the first of a row.
fn sample<'a>(log: &'a LogBytes, rows: &Pile<Row>, step: usize) -> Vec<(&'a [u8], Place)> {
    let (mut passed, mut sample) = (step, Vec::new());
    for row in rows.pieces().flatten() {
        if passed >= step {
            let own = row.entries(log).step_by(step).map(|(place, entry)| (entry.key, place));
            // Else it would be walked on to its end, for nothing.
            sample.extend(own.take(row.len.div_ceil(step)));
            passed = 0;
        }
        passed += row.len;
    }
    sample
}
