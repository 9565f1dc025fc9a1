//! What is written into a table comes back, in blocks of any size.
#![no_main]

use kevo::table::{Properties, TableWriter, WriterOptions};
use kevo_fuzz::table;
use kevo_fuzz::table_check::{self, Step};
use kevo_fuzz::table_model::Entry;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

/// How many bytes a key or a value has is one byte of the input; some stand for lengths at which a rule changes.
fn length(byte: u8) -> usize {
    match byte {
        250 => 65_535,
        251 => 65_536,
        252 => 70_000,
        byte => usize::from(byte % 64),
    }
}

fuzz_target!(|input: &[u8]| {
    let Some(([block_size, filter_bits], mut rest)) = input.split_first_chunk::<2>() else { return };
    let mut map = BTreeMap::new();
    while let Some(([key_len, kind, filling], later)) = rest.split_first_chunk::<3>() {
        let key_start = later.len().min(length(*key_len));
        let (start, later) = later.split_at(key_start);
        let mut key = start.to_vec();
        key.resize(length(*key_len), *filling);
        let value = (kind % 4 != 0).then(|| vec![*filling; length(*kind)]);
        map.insert(key, (u64::from(*filling), value));
        rest = later;
    }
    if map.is_empty() {
        return;
    }
    let options = WriterOptions { block_size: 16 * usize::from(*block_size), filter_bits: u32::from(filter_bits % 20) };
    let mut writer = TableWriter::new(Vec::new(), "x.sst".as_ref(), options);
    for (key, (sequence, value)) in &map {
        writer.add(key, *sequence, value.as_deref()).expect("keys that rise");
    }
    let (file, written) = writer.finish(Properties::default(), 0).expect("there is memory");
    assert_eq!((written.bytes, written.counts.entries), (file.len() as u64, map.len() as u64));
    table::check(&file);
    let opened = table_check::open(&file).expect("it is intact");
    let steps = table_check::walk(&opened).expect("it is intact");
    let expected = map.into_iter().map(|(key, (sequence, value))| Step::Entry(Entry { key, sequence, value }));
    assert!(steps.into_iter().eq(expected));
});
