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
#[path = "../support/curve.rs"]
mod curve;
mod curves;
mod data;
#[path = "../support/document.rs"]
mod document;
#[path = "../support/figure.rs"]
mod figure;
#[path = "../../tests/support/library.rs"]
mod library;
mod line;
#[path = "../support/log.rs"]
mod log;
#[path = "../support/machine.rs"]
mod machine;
#[path = "../support/plot.rs"]
mod plot;
mod profile;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/run.rs"]
mod run;
#[path = "../support/shape.rs"]
mod shape;
mod table;

use std::env;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tempfile::TempDir;

use document::Document;
use figure::Figure;
use program::{Peer, Program};

/// Where measure.c and the stores are.
const SOURCES: &str = "benches/peers";

const PEERS: [Peer; 2] = [
    Peer {
        name: "LevelDB",
        source: "leveldb.cpp",
        header: "leveldb/db.h",
        link: "-lleveldb",
        package: "libleveldb-dev",
    },
    Peer {
        name: "RocksDB",
        source: "rocksdb.cpp",
        header: "rocksdb/db.h",
        link: "-lrocksdb",
        package: "librocksdb-dev",
    },
];

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
            println!("{}", read_and_checksum(directory.as_ref()));
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
    let kevo = Program::kevo(SOURCES, built.path());
    let peers = Program::peers(SOURCES, &PEERS, built.path());
    let mut document = Document::open(
        "benchmarks.md",
        if arguments.quick { "target/peers/benchmarks.md" } else { "docs/benchmarks.md" },
    );
    for part in &arguments.parts {
        match part {
            Part::Table => table::measure(arguments.quick, &kevo, &peers, &mut document),
            Part::Curves => curves::measure(arguments.quick, &kevo, &mut document),
            Part::Profile => {
                let beside =
                    arguments.beside.as_ref().map(|directory| Program::kevo_in(SOURCES, built.path(), directory));
                profile::measure(arguments.quick, &kevo, beside.as_ref(), &peers, &mut document);
            }
        }
    }
}

/// The work of `Program::read_and_checksum`.
fn read_and_checksum(directory: &Path) -> Figure {
    let start = Instant::now();
    log::read_and_checksum(directory).expect("a log that can be read");
    Figure { nanoseconds: start.elapsed().as_nanos() as u64, ..Figure::default() }
}
