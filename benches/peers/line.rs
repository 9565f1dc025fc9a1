//! A line of the table.

use crate::document::{self, digits};
use crate::plot::Group;

/// One kind of work, and the figure of each store, libkevo first.
pub struct Line {
    pub what: String,
    pub values: Vec<f64>,
    pub unit: Unit,
}

#[derive(Clone, Copy)]
pub enum Unit {
    /// A rate: more is better.
    EntriesPerSecond,
    /// A multiple of the log's size: less is better.
    TimesTheLog,
}

impl Line {
    /// How many times better libkevo is than each peer.
    pub fn advantages(&self) -> impl Iterator<Item = f64> {
        let kevo = self.values[0];
        self.values[1..].iter().map(move |peer| match self.unit {
            Unit::EntriesPerSecond => kevo / peer,
            Unit::TimesTheLog => peer / kevo,
        })
    }

    pub fn group(&self) -> Group {
        Group { what: self.what.clone(), times: self.advantages().collect() }
    }

    pub fn row(&self) -> Vec<String> {
        let mut row = vec![self.what.clone(), self.unit.show(self.values[0])];
        for (peer, advantage) in self.values[1..].iter().zip(self.advantages()) {
            row.extend([self.unit.show(*peer), format!("**{} ×**", digits(advantage))]);
        }
        row
    }
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::EntriesPerSecond => document::rate(value),
            Self::TimesTheLog => format!("{} × the log", digits(value)),
        }
    }
}
