//! A page of docs/, parts of which are generated, and the plots in the same directory.
#![allow(dead_code)] // Not every benchmark uses all of it.

use std::fs;
use std::path::PathBuf;

use crate::library::in_repository;

pub struct Document {
    path: PathBuf,
    text: String,
}

impl Document {
    /// Reads the page `page` of docs/, which will be written to `path`, another one of the repository or the same.
    pub fn open(page: &str, path: &str) -> Self {
        let page = in_repository("docs").join(page);
        let text = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        let path = in_repository(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        Self { path, text }
    }

    pub fn plot(&self, name: &str) -> PathBuf {
        self.path.with_file_name(name)
    }

    /// Replaces the part between its two comments, and writes the file.
    pub fn replace(&mut self, part: &str, text: &str) {
        println!("{text}\n");
        let (begin, end) = (format!("<!-- generated: {part} -->"), format!("<!-- end of {part} -->"));
        let (before, rest) =
            self.text.split_once(&begin).unwrap_or_else(|| panic!("no {begin} in {}", self.path.display()));
        let (_, after) =
            rest.split_once(&end).unwrap_or_else(|| panic!("no {end} after {begin} in {}", self.path.display()));
        self.text = format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim());
        fs::write(&self.path, &self.text).expect("a file that can be written");
    }
}

/// A Markdown table. The first column has words, the others have figures.
pub fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = format!("|---|{}\n", "---:|".repeat(head.len() - 1));
    (line(head) + &rule + &rows.iter().map(|row| line(row)).collect::<String>()).trim_end().to_owned()
}

pub fn time(seconds: f64) -> String {
    let (number, prefix) = scaled(seconds);
    format!("{} {prefix}s", digits(number))
}

pub fn rate(per_second: f64) -> String {
    let (number, prefix) = scaled(per_second);
    format!("{} {prefix}/s", digits(number))
}

/// A round number, such as 16 M.
pub fn count(number: f64) -> String {
    let (number, prefix) = scaled(number);
    format!("{} {prefix}", (number * 1000.0).round() / 1000.0).trim_end().to_owned()
}

/// The number as one between 1 and 1000, and the prefix that its unit then has.
fn scaled(number: f64) -> (f64, &'static str) {
    let prefixes = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n")];
    // A rounding error must not turn a million into 1000 k.
    let fits = |(size, _): &(f64, &str)| number * (1.0 + 1e-9) >= *size;
    let (size, prefix) = prefixes.into_iter().find(fits).unwrap_or((1.0, ""));
    (number / size, prefix)
}

/// The number with about three digits.
pub fn digits(number: f64) -> String {
    match number {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}
