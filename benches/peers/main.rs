//! Compares the speed of libkevo with LevelDB and RocksDB, and shows how it changes as logs grow.
//!
//!     cargo bench --bench peers [-- [--quick] [table] [curves] [profile [--beside DIRECTORY]]]
//!
//! By default `table` and `curves` are measured, and the results are written to docs/: the parts of benchmarks.md
//! between its markers, and the plots. `profile` counts instructions, page faults and allocations under valgrind, with
//! `--beside` also for another build of libkevo in `DIRECTORY`. `--quick` tries everything on small logs, and writes to
//! target/peers instead.
//!
//! Each store does the same work in the same program, measure.c. Each run is its own process, the stores alternate, and
//! medians are printed.

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
mod curve;
mod curves;
mod data;
mod document;
mod figure;
#[path = "../../tests/support/library.rs"]
mod library;
mod line;
#[path = "../support/log.rs"]
mod log;
mod machine;
mod plot;
mod profile;
mod program;
mod run;
#[path = "../support/shape.rs"]
mod shape;
mod table;

use std::env;
use std::path::PathBuf;
use tempfile::TempDir;

use document::Document;
use program::Program;

struct Arguments {
    quick: bool,
    parts: Vec<Part>,
    /// The directory of another build of libkevo.
    beside: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Table,
    Curves,
    Profile,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [child, directory] if child == program::READ_AND_CHECKSUM => {
            println!("{}", run::read_and_checksum(directory.as_ref()));
        }
        _ => measure(&parse(&arguments)),
    }
}

fn parse(arguments: &[String]) -> Arguments {
    let mut parsed = Arguments { quick: false, parts: Vec::new(), beside: None };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--quick" => parsed.quick = true,
            "--beside" => parsed.beside = Some(rest.next().expect("--beside DIRECTORY").into()),
            "table" => parsed.parts.push(Part::Table),
            "curves" => parsed.parts.push(Part::Curves),
            "profile" => parsed.parts.push(Part::Profile),
            // Cargo passes this to every benchmark.
            "--bench" => {}
            other => panic!("{other} is none of --quick, --beside, table, curves and profile"),
        }
    }
    if parsed.parts.is_empty() {
        parsed.parts = vec![Part::Table, Part::Curves];
    }
    parsed
}

fn measure(arguments: &Arguments) {
    let built = TempDir::new().expect("a directory");
    let kevo = Program::kevo(built.path());
    let peers = Program::peers(built.path());
    let mut document = Document::open(if arguments.quick { "target/peers" } else { "docs" });
    for part in &arguments.parts {
        match part {
            Part::Table => table::measure(arguments.quick, &kevo, &peers, &mut document),
            Part::Curves => curves::measure(arguments.quick, &kevo, &mut document),
            Part::Profile => {
                let beside = arguments.beside.as_ref().map(|directory| Program::kevo_in(built.path(), directory));
                profile::measure(arguments.quick, &kevo, beside.as_ref(), &peers, &mut document);
            }
        }
    }
}
