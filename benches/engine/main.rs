//! Compares the database of libkevo with LevelDB, RocksDB and LMDB.
//!
//!     cargo bench --bench engine [-- [--quick] [--docs] [--entries N] [--rounds N] [--cache MIB] [--seconds N] [table] [curves]
//!         [phases]]
//!
//! By default `table` is measured, on half a million entries and in five rounds: all workloads. `curves` shows how
//! writing and reading at random change as there are more entries, up to N. `phases` fills as fast as it goes, and then
//! writes for --seconds at nine tenths of that rate. Results go to target/engine; with `--docs`
//! to docs/: the parts of benchmarks-engine.md between its markers, and the plots. `--quick` tries everything on a few
//! thousand entries.
//!
//! Each store does the same work in the same program, measure.c. Each run is its own process and begins with an empty
//! directory, the stores alternate, and medians are printed.

// Figures are only printed, and LevelDB in a comment is not code.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::doc_markdown
)]

#[path = "../../tests/support/compile.rs"]
mod compile;
#[path = "../support/curve.rs"]
mod curve;
mod curves;
#[path = "../support/document.rs"]
mod document;
#[path = "../support/figure.rs"]
mod figure;
#[path = "../../tests/support/library.rs"]
mod library;
mod line;
#[path = "../support/machine.rs"]
mod machine;
mod phases;
#[path = "../support/plot.rs"]
mod plot;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/run.rs"]
mod run;
#[path = "../support/shape.rs"]
#[allow(dead_code)] // Of it, only the random numbers.
mod shape;
mod store;
mod table;

use std::env;
use tempfile::TempDir;

use document::Document;

struct Arguments {
    quick: bool,
    /// Whether docs/ is written to.
    docs: bool,
    entries: u64,
    rounds: usize,
    /// The size of each block cache, in MiB.
    cache: u64,
    /// Of the second of two phases.
    seconds: u64,
    parts: Vec<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Table,
    Curves,
    Phases,
}

fn main() {
    let arguments = parse(env::args().skip(1));
    let built = TempDir::new().expect("a directory");
    let stores = store::all(built.path());
    let path = if arguments.docs { "docs/benchmarks-engine.md" } else { "target/engine/benchmarks.md" };
    let mut document = Document::open("benchmarks-engine.md", path);
    for part in &arguments.parts {
        match part {
            Part::Table => table::measure(&arguments, &stores, &mut document),
            Part::Curves => curves::measure(&arguments, &stores, &mut document),
            Part::Phases => phases::measure(&arguments, &stores, &mut document),
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Arguments {
    let mut parsed = Arguments {
        quick: false,
        docs: false,
        entries: 500_000,
        rounds: 5,
        cache: 64,
        seconds: 600,
        parts: Vec::new(),
    };
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|number| number.parse().ok());
        match argument.as_str() {
            "--quick" => parsed = Arguments { quick: true, entries: 5000, rounds: 1, seconds: 5, ..parsed },
            "--docs" => parsed.docs = true,
            "--entries" => parsed.entries = number().expect("--entries N"),
            "--rounds" => parsed.rounds = number().expect("--rounds N") as usize,
            "--cache" => parsed.cache = number().expect("--cache MIB"),
            "--seconds" => parsed.seconds = number().expect("--seconds N"),
            "phases" => parsed.parts.push(Part::Phases),
            "table" => parsed.parts.push(Part::Table),
            "curves" => parsed.parts.push(Part::Curves),
            // Cargo passes this to every benchmark.
            "--bench" => {}
            other => panic!(
                "{other} is none of --quick, --docs, --entries, --rounds, --cache, --seconds, table, curves and phases"
            ),
        }
    }
    assert!(parsed.entries > 0 && parsed.rounds > 0, "at least one entry, and one round");
    if parsed.parts.is_empty() {
        parsed.parts = vec![Part::Table];
    }
    parsed
}
