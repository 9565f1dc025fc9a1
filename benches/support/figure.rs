//! The figures of one step of a run, as a measure.c prints them.

use std::fmt;

#[derive(Clone, Debug, Default)]
pub struct Figure {
    pub nanoseconds: u64,
    pub entries: u64,
    pub bytes: u64,
    pub faults: u64,
    /// The most memory that the process had used when the step was done, in bytes.
    pub peak: u64,
    /// What else a step says of itself.
    pub more: Vec<u64>,
}

impl Figure {
    /// Reads a line, and skips the name of the step, with which it begins.
    pub fn of_line(line: &str) -> Self {
        let mut numbers = line.split_whitespace().skip(1).map(|number| number.parse().expect("a number"));
        let mut next = || numbers.next().expect("at least five numbers");
        let [nanoseconds, entries, bytes, faults, peak] = std::array::from_fn(|_| next());
        Self { nanoseconds, entries, bytes, faults, peak, more: numbers.collect() }
    }

    /// The median of each number in `figures`. Entries and bytes are the same in all of them.
    pub fn median(figures: &[Self]) -> Self {
        let of = |number: fn(&Self) -> u64| middle(figures.iter().map(number).collect());
        Self {
            nanoseconds: of(|f| f.nanoseconds),
            faults: of(|f| f.faults),
            peak: of(|f| f.peak),
            more: (0..figures[0].more.len())
                .map(|number| middle(figures.iter().map(|figure| figure.more[number]).collect()))
                .collect(),
            ..figures[0].clone()
        }
    }

    pub fn seconds(&self) -> f64 {
        self.nanoseconds as f64 / 1e9
    }

    /// How many times a second something was done that was done `times` times.
    pub fn rate(&self, times: u64) -> f64 {
        times as f64 / self.seconds()
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { nanoseconds, entries, bytes, faults, peak, more } = self;
        write!(f, "figure {nanoseconds} {entries} {bytes} {faults} {peak}")?;
        more.iter().try_for_each(|number| write!(f, " {number}"))
    }
}

fn middle(mut numbers: Vec<u64>) -> u64 {
    numbers.sort_unstable();
    numbers[numbers.len() / 2]
}
