//! The parsers of entries and batches: they accept what the model accepts, with the same result.
#![no_main]

use kevo::fuzzing::{self, Parsed};
use kevo_fuzz::model::entry::{self as model, Entry, Op};
use kevo_fuzz::payload_mutator;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    kevo_fuzz::mutator::mutate(data, size, max_size, seed, payload_mutator::mutate)
});

fuzz_target!(|payload: &[u8]| {
    assert_eq!(fuzzing::parse_full(payload).map(of_crate), model::parse_full(payload).map(of_model));
    assert_eq!(fuzzing::parse_chain(payload).map(entry), model::parse_chain(payload).map(of_chain));
});

/// A result of the library or of the model.
#[derive(Debug, PartialEq, Eq)]
enum Same {
    Entry(Entry),
    Batch { ops: Vec<Entry>, last: u64 },
    Header { base: u64, count: u64 },
}

fn of_crate(parsed: Parsed<'_>) -> Same {
    match parsed {
        Parsed::Entry(parsed) => Same::Entry(entry(parsed)),
        Parsed::BatchRecord(ops, last) => Same::Batch { ops: ops.into_iter().map(entry).collect(), last },
        Parsed::BatchHeader(base, count) => Same::Header { base, count },
    }
}

fn of_model(parsed: model::Parsed) -> Same {
    let last = parsed.last_sequence();
    match parsed {
        model::Parsed::Entry(entry) => Same::Entry(entry),
        model::Parsed::BatchRecord { ops, .. } => Same::Batch { ops, last },
        model::Parsed::BatchHeader { base, count } => Same::Header { base, count: count.into() },
    }
}

fn of_chain(parsed: model::Parsed) -> Entry {
    match parsed {
        model::Parsed::Entry(entry) => entry,
        other => panic!("a chain that is {other:?}"),
    }
}

fn entry(entry: kevo::Entry<'_>) -> Entry {
    let op = match entry.op {
        kevo::Op::Put => Op::Put,
        kevo::Op::Delete => Op::Delete,
        kevo::Op::Merge => Op::Merge,
    };
    Entry { op, sequence: entry.sequence, key: entry.key.to_vec(), value: entry.value.to_vec() }
}
