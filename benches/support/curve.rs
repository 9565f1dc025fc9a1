//! The figures of each series while one thing grows.

use crate::document::{rate, table};

/// One thing that grows.
pub struct Curve {
    pub title: &'static str,
    /// The names of the series, which are in entries a second.
    pub series: Vec<&'static str>,
    pub points: Vec<Point>,
    /// The points of the same entries with keys that all begin with the same bytes, if they were measured.
    pub with_common_prefix: Vec<Point>,
}

pub struct Point {
    pub label: String,
    /// The figure of each series, in entries a second.
    pub rates: Vec<f64>,
}

impl Curve {
    /// The curve as Markdown tables.
    pub fn tables(&self) -> Vec<String> {
        let mut tables = vec![self.table_of(self.title, &self.points)];
        if !self.with_common_prefix.is_empty() {
            let title = format!("{}, all but the last 8 the same", self.title);
            tables.push(self.table_of(&title, &self.with_common_prefix));
        }
        tables
    }

    fn table_of(&self, title: &str, points: &[Point]) -> String {
        let head: Vec<String> = [title].into_iter().chain(self.series.iter().copied()).map(String::from).collect();
        let row = |point: &Point| {
            let rates = point.rates.iter().copied().map(rate);
            [point.label.clone()].into_iter().chain(rates).collect()
        };
        table(&head, &points.iter().map(row).collect::<Vec<_>>())
    }
}
