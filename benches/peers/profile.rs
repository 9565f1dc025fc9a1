//! Where the time goes. Counts instructions, page faults and allocations, which a busy machine does not change.

use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

use crate::compile::succeed;
use crate::data::Data;
use crate::document::{Document, digits, table};
use crate::program::Program;
use crate::run::Run;
use crate::shape::{Keys, Shape};

/// How many functions are listed, of those that take the most instructions.
const FUNCTIONS: usize = 6;

/// What is counted, and for how many entries.
const KINDS: [(&str, f64); 3] =
    [("instructions", 1.0), ("page faults of 1000", 1000.0), ("allocations of 1000", 1000.0)];

type Counts = [f64; KINDS.len()];

pub fn measure(quick: bool, kevo: &Program, beside: Option<&Program>, peers: &[Program], document: &mut Document) {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("valgrind is not installed (Debian: apt-get install valgrind), so nothing is profiled.");
        return;
    }
    let data = Data::new(Shape::usual(if quick { 10_000 } else { 200_000 }, Keys::Random));
    if !peers.is_empty() {
        data.write_entries();
    }
    let mut head = vec!["for an entry, or of a thousand".to_owned()];
    let mut columns = Vec::new();
    for program in [kevo].into_iter().chain(beside).chain(peers) {
        let is_peer = peers.iter().any(|peer| peer.name == program.name);
        let directory = if is_peer { data.of_peer(program) } else { data.wal() };
        head.push(program.name.to_owned());
        columns.push(column(program, &directory, &data));
    }
    let rows: Vec<Vec<String>> = (0..columns[0].len())
        .map(|row| {
            let what = [columns[0][row].0.clone()].into_iter();
            what.chain(columns.iter().map(|column| digits(column[row].1))).collect()
        })
        .collect();
    let parts = [table(&head, &rows), functions(kevo, &data)];
    document.replace("profile", &parts.join("\n\n"));
}

/// The counts of each kind of work: the difference that one more step makes.
fn column(program: &Program, directory: &Path, data: &Data) -> Vec<(String, f64)> {
    let (open, scan, get) = ("open".to_owned(), "scan".to_owned(), data.step("get", "present"));
    let count = |steps: &[&String]| {
        let steps: Vec<String> = steps.iter().map(|step| (*step).clone()).collect();
        counts(program, directory, &steps)
    };
    let nothing = count(&[]);
    let opened = count(&[&open]);
    let scanned = count(&[&open, &scan]);
    let works = [
        ("recovery", nothing, opened, data.shape.entries),
        ("first scan", opened, scanned, data.shape.entries),
        ("later scan", scanned, count(&[&open, &scan, &scan]), data.shape.entries),
        ("get", scanned, count(&[&open, &scan, &get]), data.lookups),
    ];
    let kind = |(number, (kind, entries)): (usize, &(&str, f64))| {
        works.map(|(work, before, after, times)| {
            // The common part of two runs differs by one or two page faults.
            let difference = (after[number] - before[number]).max(0.0);
            (format!("{work}: {kind}"), difference * entries / times as f64)
        })
    };
    KINDS.iter().enumerate().flat_map(kind).collect()
}

/// The counts of a program for all these steps.
fn counts(program: &Program, directory: &Path, steps: &[String]) -> Counts {
    let native = Run::new(program, Some(directory), steps).threads(1).once();
    let valgrind = |options: &[&str]| under_valgrind(program, directory, steps, options);
    let instructions = valgrind(&["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let allocations = valgrind(&["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"]);
    [
        number_after("Collected :", &instructions),
        native.iter().map(|figure| figure.faults as f64).sum(),
        number_after("total heap usage:", &allocations),
    ]
}

/// What valgrind prints at its end. One thread does everything, so that the counts are always the same.
fn under_valgrind(program: &Program, directory: &Path, steps: &[String], options: &[&str]) -> String {
    let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
    let mut command = program.command_under("valgrind", &options);
    let output = succeed(command.args(["--threads", "1"]).arg(directory).args(steps));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn number_after(words: &str, text: &str) -> f64 {
    let (_, after) = text.split_once(words).unwrap_or_else(|| panic!("valgrind does not say {words}: {text}"));
    let number = after.split_whitespace().next().expect("a number").replace(',', "");
    number.parse().expect("a number")
}

/// A Markdown table for each kind of work, with the functions that take the most instructions.
fn functions(kevo: &Program, data: &Data) -> String {
    let steps = ["open".to_owned(), "scan".to_owned(), data.step("get", "present")];
    let works = [("recovery", "open_step"), ("first scan", "scan_step"), ("get", "get_step")];
    let table = |(work, function)| {
        let head = ["share".to_owned(), format!("function, {work}")];
        table(&head, &top(kevo, &data.wal(), &steps, function))
    };
    works.map(table).join("\n\n")
}

/// The functions that take the most instructions within a function of measure.c, and the share of each.
fn top(kevo: &Program, directory: &Path, steps: &[String], function: &str) -> Vec<Vec<String>> {
    let scratch = TempDir::new().expect("a directory");
    let out = scratch.path().join("callgrind.out");
    let options = [&format!("--callgrind-out-file={}", out.display()), &format!("--toggle-collect={function}")];
    under_valgrind(kevo, directory, steps, &["--tool=callgrind", options[0], options[1]]);
    let listed = succeed(Command::new("callgrind_annotate").arg(&out));
    String::from_utf8_lossy(&listed.stdout).lines().filter_map(share_and_function).take(FUNCTIONS).collect()
}

/// Reads a line such as "1,300,000 ( 1.86%)  ???:crc32fast::calculate [/usr/lib/libkevo.so]".
fn share_and_function(line: &str) -> Option<Vec<String>> {
    let (_, rest) = line.split_once('(')?;
    let (share, rest) = rest.split_once("%)")?;
    let (_, function) = rest.split_once(':')?;
    let (function, _) = function.rsplit_once(" [")?;
    Some(vec![format!("{} %", share.trim()), format!("`{function}`")])
}
