//! bench.

use std::path::Path;

use serde_json::json;

use super::tool::{Place, USAGE, kevo};
use crate::support::database_case::listing;

const WORKLOADS: [&str; 12] = [
    "fillseq",
    "fillrandom",
    "overwrite",
    "readrandom",
    "readmissing",
    "readseq",
    "readreverse",
    "seekrandom",
    "readwhilewriting",
    "deleterandom",
    "fillsync",
    "fillbatch",
];

/// Whether a line is one of `db_bench`: a name in 12 columns, micros/op, and perhaps MB/s.
fn is_of_db_bench(line: &str, name: &str) -> bool {
    let Some(rest) = line.strip_prefix(&format!("{name:12} : ")) else { return false };
    let (micros, rest) = rest.split_once(" micros/op;").unwrap();
    let has_speed = rest.trim().split_once(" MB/s").is_none_or(|(speed, _)| speed.parse::<f64>().is_ok());
    micros.trim().parse::<f64>().is_ok_and(|micros| micros > 0.0) && has_speed
}

#[test]
fn every_workload_runs_and_is_shown_as_db_bench_does() {
    let place = Place::new();
    let shown = kevo(&["bench", "--create", "--num=2000", "--threads=2", &place.db]).done();
    let lines: Vec<&str> = shown.out().lines().skip_while(|line| !line.starts_with("---")).skip(1).collect();
    assert_eq!(lines.len(), 2 * WORKLOADS.len(), "{}", shown.out());
    for (name, pair) in WORKLOADS.iter().zip(lines.chunks(2)) {
        assert!(is_of_db_bench(pair[0], name), "{}", pair[0]);
        assert!(pair[1].starts_with("Percentiles: P50: ") && pair[1].contains(" P99.99: "), "{}", pair[1]);
    }
    assert!(lines[6].ends_with(" found)") && lines[8].ends_with(" (0 of 4000 found)"), "{lines:?}");
    assert_eq!(place.scanned().lines().count(), 2000, "fillbatch is the last, and began with an empty database");
}

#[test]
fn json_has_the_numbers_of_a_workload() {
    let place = Place::new();
    let lines = kevo(&[
        "bench",
        "--create",
        "--json",
        "--num=3000",
        "--reads=100",
        "--value-size=10",
        &place.db,
        "fillseq,readrandom",
        "readmissing",
        "fillsync",
    ])
    .done()
    .json();
    let names: Vec<&str> = lines.iter().map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["fillseq", "readrandom", "readmissing", "fillsync"]);
    let operations: Vec<u64> = lines.iter().map(|line| line["operations"].as_u64().unwrap()).collect();
    assert_eq!(operations, [3000, 100, 100, 3]);
    assert_eq!((&lines[1]["found"], &lines[2]["found"]), (&json!(100), &json!(0)));
    for line in &lines {
        let number = |name: &str| line[name].as_f64().unwrap();
        let rising = ["p50", "p75", "p99", "p999", "p9999", "max"].map(number);
        assert!(rising.is_sorted() && number("micros_per_op") > 0.0 && number("seconds") > 0.0, "{line}");
    }
}

#[test]
fn a_database_that_is_there_is_not_written_to_by_mistake() {
    let place = Place::with("put key value\n");
    let before = listing(Path::new(&place.db));
    for workload in WORKLOADS.iter().filter(|name| !name.starts_with("read") || **name == "readwhilewriting") {
        if *workload == "seekrandom" {
            continue;
        }
        kevo(&["bench", "--num=10", &place.db, workload]).ends_with(USAGE).says("--yes");
        kevo(&["bench", "--create", "--num=10", &place.db, workload]).ends_with(USAGE);
    }
    kevo(&["bench", "--num=10", &place.db, "readrandom", "readseq,seekrandom"]).done();
    assert_eq!(listing(Path::new(&place.db)), before);
    kevo(&["bench", "--yes", "--sync", "--mapped", "--num=10", &place.db, "fillseq,fillbatch"]).done();
    assert_eq!(place.scanned().lines().count(), 11, "what was there stays");
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let place = Place::new();
    for words in [
        &["nothing"][..],
        &["fillseq,"],
        &[""],
        &["--threads=0"],
        &["--threads=257"],
        &["--num=0"],
        &["--value-size=1073741825"],
        &["--num=99999999999999999"],
    ] {
        kevo(&[&["bench", "--create", &place.db], words].concat()).ends_with(USAGE);
        assert!(!Path::new(&place.db).exists(), "{words:?}");
    }
}
