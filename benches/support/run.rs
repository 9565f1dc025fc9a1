//! Runs programs alternately, each time in its own process.

use std::collections::HashMap;
use std::path::Path;
use tempfile::TempDir;

use crate::compile::succeed;
use crate::figure::Figure;
use crate::program::Program;
use crate::shape::random;

/// A program, and the steps that it takes.
pub struct Run<'a> {
    program: &'a Program,
    options: Vec<String>,
    /// The directory to open; `None` is a new, empty one each time.
    directory: Option<&'a Path>,
    steps: Vec<String>,
}

impl<'a> Run<'a> {
    pub fn new(program: &'a Program, directory: Option<&'a Path>, steps: &[String]) -> Self {
        Self { program, options: Vec::new(), directory, steps: steps.to_vec() }
    }

    pub fn option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    #[allow(dead_code)]
    pub fn threads(self, count: usize) -> Self {
        self.option("--threads").option(&count.to_string())
    }

    #[allow(dead_code)]
    pub fn memtable_size(self, bytes: u64) -> Self {
        self.option("--memtable-size").option(&bytes.to_string())
    }

    /// Runs the program once, and gives a figure for each step.
    pub fn once(&self) -> Vec<Figure> {
        let empty = TempDir::new().expect("a directory");
        let directory = self.directory.unwrap_or(empty.path());
        let output = succeed(self.program.command().args(&self.options).arg(directory).args(&self.steps));
        String::from_utf8_lossy(&output.stdout).lines().map(Figure::of_line).collect()
    }
}

/// Makes all runs of a group `rounds` times, in another order each round, and then those of the next group. Gives the
/// medians of each run, step by step. Programs that free gigabytes of memory are not in a group with programs that need
/// little: on a virtual machine the next process waits until the host has given that memory back.
#[allow(dead_code)] // Not every benchmark uses all of it.
pub fn in_turn(rounds: usize, groups: &[Vec<Run>]) -> Vec<Vec<Figure>> {
    let figures: Vec<_> = groups.iter().flat_map(|runs| rounds_in_turn(rounds, runs)).collect();
    assert_same_answers(groups.iter().flatten(), &figures);
    figures.iter().map(|rounds| medians(rounds)).collect()
}

/// The median of each step.
pub fn medians(rounds: &[Vec<Figure>]) -> Vec<Figure> {
    let step = |step: usize| rounds.iter().map(|round| round[step].clone()).collect::<Vec<_>>();
    (0..rounds[0].len()).map(|number| Figure::median(&step(number))).collect()
}

/// The figures of each run, in each round, at each step. All must have the same answers.
pub fn rounds_in_turn(rounds: usize, runs: &[Run]) -> Vec<Vec<Vec<Figure>>> {
    let mut figures = vec![Vec::new(); runs.len()];
    for round in 0..rounds {
        let mut order: Vec<usize> = (0..runs.len()).collect();
        order.sort_by_key(|number| random((round * runs.len() + number) as u64));
        for number in order {
            figures[number].push(runs[number].once());
        }
    }
    assert_same_answers(runs.iter(), &figures);
    figures
}

/// A store that is fast because it leaves something out is not measured.
fn assert_same_answers<'a>(runs: impl Iterator<Item = &'a Run<'a>>, figures: &[Vec<Vec<Figure>>]) {
    let mut answers = HashMap::new();
    for (run, rounds) in runs.zip(figures) {
        for (step, figure) in rounds.iter().flat_map(|round| run.steps.iter().zip(round)) {
            let answer = (figure.entries, figure.bytes);
            let first = *answers.entry(step).or_insert(answer);
            assert_eq!(first, answer, "{} gives another answer to {step}", run.program.name);
        }
    }
}
