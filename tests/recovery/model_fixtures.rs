//! Checks the model and the writer, with which other tests compare the crate, against the logs that Kevo wrote.

use crate::support::fixture::{self, Fixture};
use crate::support::model;
use crate::support::writer::{LogWriter, Op};

#[test]
fn the_model_gives_what_every_fixture_says() {
    for fixture in fixture::all() {
        for run in &fixture.runs {
            run.check(&fixture.name, &model::recover(&fixture.files, &run.options));
        }
    }
}

#[test]
fn the_writer_writes_entries_as_kevo_does() {
    for name in [
        "basic",
        "binary-keys",
        "boundary-32768",
        "del-key-max",
        "empty-key",
        "frag-1m",
        "frag-40k",
        "many-keys",
        "tombstones",
        "rotation",
    ] {
        let fixture = fixture(name);
        let mut log = LogWriter::new();
        for (sequence, op) in in_order_of_sequence(&fixture) {
            log.entry(sequence, &op);
        }
        assert!(log.into_bytes() == fixture.files[0].bytes, "{name}");
    }
}

#[test]
fn the_writer_writes_a_batch_record_as_kevo_does() {
    let mut log = LogWriter::new();
    log.batch_record(
        1,
        &[
            Op::put("k", "v1"),
            Op::put("k", "v2"),
            Op::delete("k"),
            Op::put("k", "v3"),
            Op::delete("j"),
            Op::put("j", "w"),
        ],
    );
    assert_eq!(log.into_bytes(), fixture("batch-write-dup-key-first-release").files[0].bytes);
}

#[test]
fn the_writer_writes_a_batch_header_as_kevo_does() {
    let mut log = LogWriter::new();
    log.entry(1, &Op::put("a", "1"));
    log.entry(2, &Op::put("b", "1"));
    log.batch_with_header(3, &[Op::put("c", "2"), Op::delete("a"), Op::put("d", "3")]);
    log.entry(6, &Op::put("e", "4"));
    assert_eq!(log.into_bytes(), fixture("appendbatch-first-release").files[0].bytes);
}

#[test]
fn the_writer_writes_a_batch_of_a_shared_sequence_as_kevo_does() {
    let mut log = LogWriter::new();
    log.entry(1, &Op::put("k1", "old"));
    log.batch_of_shared_sequence(
        2,
        &[
            Op::put("k1", "v1"),
            Op::put("k2", "v1"),
            Op::delete("k3"),
            Op::put("k1", "v2"),
            Op::delete("k2"),
            Op::put("k3", "v2"),
            Op::put("k1", "v3"),
        ],
    );
    assert_eq!(log.into_bytes(), fixture("batch-dup-key-v1.4.2").files[0].bytes);
}

fn fixture(name: &str) -> Fixture {
    fixture::all().into_iter().find(|fixture| fixture.name == name).expect("a fixture of this name")
}

/// The entries of a fixture whose sequence numbers are all different, as they were written.
fn in_order_of_sequence(fixture: &Fixture) -> Vec<(u64, Op)> {
    let recovered = model::recover(&fixture.files, &model::Options::default()).result.unwrap();
    let mut entries: Vec<(u64, Op)> = recovered
        .memtables
        .into_iter()
        .flat_map(|memtable| memtable.versions)
        .map(|version| {
            let op = match version.value {
                Some(value) => Op::Put { key: version.key, value },
                None => Op::Delete { key: version.key },
            };
            (version.sequence, op)
        })
        .collect();
    entries.sort_by_key(|(sequence, _)| *sequence);
    entries
}
