//! The figures of each series while one thing grows.

use crate::document::{rate, table};

/// The series, in entries a second. The first is what the others are compared to.
pub const SERIES: [&str; 4] = ["read + CRC-32", "recovery", "get", "scan"];

/// One thing that grows.
pub struct Curve {
    pub title: &'static str,
    pub points: Vec<Point>,
    /// The points of the same logs with keys that all begin with the same bytes.
    pub with_common_prefix: Vec<Point>,
}

pub struct Point {
    pub label: String,
    /// The figure of each series, in entries a second.
    pub rates: [f64; SERIES.len()],
}

impl Curve {
    /// The curve as Markdown tables.
    pub fn tables(&self) -> Vec<String> {
        let mut tables = vec![table_of(self.title, &self.points)];
        if !self.with_common_prefix.is_empty() {
            tables.push(table_of(&format!("{}, all but the last 8 the same", self.title), &self.with_common_prefix));
        }
        tables
    }
}

fn table_of(title: &str, points: &[Point]) -> String {
    let head: Vec<String> = [title].into_iter().chain(SERIES).map(String::from).collect();
    let row = |point: &Point| [point.label.clone()].into_iter().chain(point.rates.map(rate)).collect();
    table(&head, &points.iter().map(row).collect::<Vec<_>>())
}
