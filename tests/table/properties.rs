//! Whatever is written comes back: writer, reader, and the slow reader that was written from the page, against a sorted
//! map.

use crate::support::{table_check, table_model, table_ours};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::{io, mem};

use crate::support::table_file::TableFile;
use crate::support::table_model::{Entry, Generation, Item};
use kevo::Error;
use kevo::disk::{FileInfo, ReadFile};
use kevo::table::{BlockCache, Counts, Table, TableWriter, WriterOptions, hash};
use proptest::collection::btree_map;
use proptest::prelude::*;

type Map = BTreeMap<Vec<u8>, (u64, Option<Vec<u8>>)>;

fn key() -> impl Strategy<Value = Vec<u8>> {
    let short = prop::collection::vec(prop::sample::select(vec![0, 1, b'a', b'b', 0xFF]), 0..6);
    let long =
        (prop::sample::select(vec![65_534_usize, 65_535, 65_536, 65_537, 100_000]), any::<[u8; 2]>(), any::<bool>())
            .prop_map(|(len, different, at_end)| {
                let mut key = vec![b'k'; len];
                let at = if at_end { len - 2 } else { 0 };
                key[at..at + 2].copy_from_slice(&different);
                key
            });
    prop_oneof![20 => short, 4 => prop::collection::vec(any::<u8>(), 0..300), 1 => long]
}

fn value() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        2 => Just(None),
        1 => Just(Some(Vec::new())),
        6 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Some),
        1 => (0..20_000_usize).prop_map(|len| Some(vec![b'v'; len])),
    ]
}

fn options() -> impl Strategy<Value = WriterOptions> {
    let block_size = prop_oneof![Just(1_usize), 30..300_usize, Just(4096), Just(usize::MAX)];
    (block_size, prop::sample::select(vec![0_u32, 1, 10, 40]))
        .prop_map(|(block_size, filter_bits)| WriterOptions { block_size, filter_bits })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_comes_back(map in btree_map(key(), (any::<u64>(), value()), 1..60), options in options()) {
        let map: Map = map;
        let entries: Vec<Entry> = map
            .into_iter()
            .map(|(key, (sequence, value))| Entry { key, sequence, value })
            .collect();
        let (file, written) = table_ours::write(&entries, options);
        check(&file, &entries, options);
        prop_assert_eq!(written.bytes, file.len() as u64);
        prop_assert_eq!(written.counts, counts(&entries));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn damage_anywhere_is_never_a_wrong_answer(
        map in btree_map(key(), (any::<u64>(), value()), 1..40),
        options in options(),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u32,
        cut in any::<bool>(),
    ) {
        let map: Map = map;
        let entries: Vec<Entry> =
            map.into_iter().map(|(key, (sequence, value))| Entry { key, sequence, value }).collect();
        let (mut file, _) = table_ours::write(&entries, options);
        let at = at.index(file.len());
        if cut {
            file.truncate(at);
        } else {
            file[at] ^= 1 << bit;
        }
        if let Ok(table) = table_check::open(&file) {
            table_check::check_damaged("damaged", &table, &entries);
        }
        table_check::check_damaged("passed over", &table_check::open_passing_over_damage(&file), &entries);
    }
}

#[test]
fn a_damaged_record_hides_its_own_key_and_no_others() {
    let keys = [(b'a', 0), (b'a', 1), (b'b', 65_536), (b'c', 65_536), (b'd', 70_000), (b'e', 1), (b'f', 65_536)];
    let entry = |(byte, len)| Entry { key: vec![byte; len], sequence: 1, value: Some(b"value".to_vec()) };
    let entries: Vec<Entry> = keys.into_iter().map(entry).collect();
    let (file, _) = table_ours::write(&entries, WriterOptions { filter_bits: 0, ..WriterOptions::default() });
    let mut start = 0;
    for (number, hidden) in entries.iter().enumerate() {
        let is_oversize = !(1..=65_535).contains(&hidden.key.len());
        let size = hidden.key.len() + 5 + if is_oversize { 32 } else { 30 };
        let mut damaged = file.clone();
        damaged[start + size / 2] ^= 1;
        let table = table_check::open(&damaged).unwrap();
        for entry in &entries {
            let found = table.get(&entry.key);
            assert_eq!(found.is_err(), entry == hidden, "{number}");
            assert!(found.is_err() || found.unwrap().is_some());
        }
        table_check::check_damaged("record", &table, &entries);
        assert_eq!(table.verify().unwrap().len(), 1);
        assert_eq!(table.verify().unwrap()[0].offset, start as u64);
        start += size;
    }
}

fn counts(entries: &[Entry]) -> Counts {
    let values = entries.iter().filter_map(|entry| entry.value.as_ref());
    Counts {
        entries: entries.len() as u64,
        tombstones: entries.iter().filter(|entry| entry.value.is_none()).count() as u64,
        key_bytes: entries.iter().map(|entry| entry.key.len() as u64).sum(),
        value_bytes: values.map(|value| value.len() as u64).sum(),
    }
}

fn check(file: &[u8], entries: &[Entry], options: WriterOptions) {
    let model = table_model::read(file).unwrap();
    assert_eq!(model.generation, Generation::Libkevo);
    assert!(
        model
            .items
            .iter()
            .map(|item| if let Item::Entry(entry) = item { Some(entry) } else { None })
            .eq(entries.iter().map(Some))
    );
    assert_eq!(model.filter.is_some(), options.filter_bits > 0);
    if let Some((probes, lines)) = &model.filter {
        assert!(entries.iter().all(|entry| table_model::filter_passes(*probes, lines, &entry.key)));
        let bits = entries.len() * options.filter_bits as usize;
        assert_eq!(lines.len(), 64 * bits.div_ceil(512));
    }
    let table = table_check::open(file).unwrap();
    table_check::check_whole("ours", &table, entries);
    let stat = table.stat().unwrap();
    let oversize = entries.iter().filter(|entry| !(1..=65_535).contains(&entry.key.len())).count() as u64;
    assert_eq!(stat.oversize_records, oversize);
    let properties = table.properties().unwrap();
    let sequences = entries.iter().map(|entry| entry.sequence);
    assert_eq!(properties.sequences, sequences.clone().min().zip(sequences.max()));
    assert_eq!(properties.counts, Some(counts(entries)));
    assert!(entries.iter().all(|entry| properties.may_hold(&entry.key)));
    assert_eq!((properties.number, properties.last_sequence), (Some(6), Some(1000)));
}

#[test]
fn blocks_keep_their_size() {
    for block_size in [64, 100, 1000, 4096] {
        let entries = table_ours::small_entries();
        let (file, written) = table_ours::write(&entries, WriterOptions { block_size, filter_bits: 0 });
        let table = table_check::open(&file).unwrap();
        // 18 bytes an entry and 12 a block, and what is in them.
        let in_blocks = &entries[1..];
        let size = |entry: &Entry| 18 + entry.key.len() + entry.value.as_ref().map_or(0, Vec::len);
        let mut blocks: Vec<usize> = Vec::new();
        for entry in in_blocks {
            match blocks.last_mut() {
                Some(block) if *block + size(entry) <= block_size => *block += size(entry),
                _ => blocks.push(12 + size(entry)),
            }
        }
        assert_eq!((written.blocks, table.stat().unwrap().blocks), (blocks.len() as u64, blocks.len() as u64));
    }
}

#[test]
fn under_one_percent_of_absent_keys_pass_a_filter_of_ten_bits() {
    let key = |number: u64| number.to_be_bytes();
    let mut writer = TableWriter::new(Vec::new(), Path::new("x"), WriterOptions::default());
    for number in 0..50_000 {
        writer.add(&key(2 * number), number, None).unwrap();
    }
    let (file, _) = writer.finish(table_ours::properties(), 0).unwrap();
    let Some((probes, lines)) = table_model::read(&file).unwrap().filter else { panic!("no filter") };
    let passed = (0..50_000).filter(|number| table_model::filter_passes(probes, &lines, &key(2 * number + 1))).count();
    assert!((300..500).contains(&passed), "{passed} of 50000");

    // A lookup of what does not pass reads nothing, the others one block.
    let reads = Arc::new(Reads::default());
    let table = Table::open(Path::new("x"), Box::new(Counted(TableFile(file), reads.clone())), None).unwrap();
    assert_eq!(reads.take().len(), 2, "a table opens by two reads");
    let is_absent = |number: u64| table.get(&key(2 * number + 1)).unwrap().is_none();
    assert!((0..50_000).all(is_absent));
    assert_eq!(reads.take().len(), passed);
    assert!(table.get_hashed(&key(4), hash(&key(4))).unwrap().is_some());
    assert_eq!(reads.take().len(), 1);
}

#[derive(Debug, Default)]
struct Reads(Mutex<Vec<(u64, usize)>>);

impl Reads {
    fn take(&self) -> Vec<(u64, usize)> {
        mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Debug)]
struct Counted(TableFile, Arc<Reads>);

impl ReadFile for Counted {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.1.0.lock().unwrap().push((offset, buffer.len()));
        self.0.read_at(buffer, offset)
    }

    fn info(&self) -> io::Result<FileInfo> {
        self.0.info()
    }
}

#[test]
fn a_small_table_opens_by_one_read_and_one_with_records_by_two() {
    let reads = Arc::new(Reads::default());
    let (file, _) = table_ours::write(&table_ours::small_entries(), WriterOptions::default());
    Table::open(Path::new("x"), Box::new(Counted(TableFile(file), reads.clone())), None).unwrap();
    assert_eq!(reads.take().len(), 1);

    let record = |number: u8| Entry { key: vec![number; 70_000], sequence: 1, value: Some(vec![number; 1 << 20]) };
    let entries: Vec<Entry> = (0..9).map(record).collect();
    let (file, written) = table_ours::write(&entries, WriterOptions::default());
    assert_eq!(written.blocks, 0);
    Table::open(Path::new("x"), Box::new(Counted(TableFile(file), reads.clone())), None).unwrap();
    let reads = reads.take();
    let bytes: usize = reads.iter().map(|(_, len)| len).sum();
    assert!(reads.len() == 2 && bytes < 3 * 65_536, "{} reads of {bytes} bytes", reads.len());
}

#[test]
fn what_is_in_the_cache_is_not_read_again_and_values_outlive_everything() {
    let (reads, cache) = (Arc::new(Reads::default()), Arc::new(BlockCache::new(1 << 20)));
    let entries = table_ours::small_entries();
    let (file, _) = table_ours::write(&entries, table_ours::small_options());
    let open = || {
        let file = Counted(TableFile(file.clone()), reads.clone());
        Arc::new(Table::open(Path::new("x"), Box::new(file), Some(cache.clone())).unwrap())
    };
    let (table, other) = (open(), open());
    table_check::walk(&table).unwrap();
    reads.take();
    let found = table.get(b"key03").unwrap().unwrap();
    assert_eq!(reads.take(), []);
    table_check::walk(&other).unwrap();
    assert_eq!(reads.take().len(), 4, "another table has blocks of its own");
    let stat = cache.stat();
    assert_eq!(stat.blocks, 8);
    assert!(stat.reserved >= table.stat().unwrap().memory + other.stat().unwrap().memory);
    drop((table, other));
    let stat = cache.stat();
    assert_eq!((stat.blocks, stat.bytes, stat.reserved), (0, 0, 0));
    assert_eq!(found.entry().value, Some(&b"value 3"[..]));
}

#[test]
fn a_cursor_can_leave_the_cache_as_it_is() {
    let (reads, cache) = (Arc::new(Reads::default()), Arc::new(BlockCache::new(1 << 20)));
    let (file, _) = table_ours::write(&table_ours::small_entries(), table_ours::small_options());
    let file = Counted(TableFile(file), reads.clone());
    let table = Arc::new(Table::open(Path::new("x"), Box::new(file), Some(cache.clone())).unwrap());
    table.get(b"key03").unwrap().unwrap();
    let before = cache.stat();
    reads.take();
    let mut cursor = table.cursor().unwrap().leaving_cache();
    let mut entries = 0;
    while cursor.next().unwrap() {
        entries += 1;
    }
    assert_eq!((entries, cache.stat()), (13, before));
    assert_eq!(reads.take().len() as u64, 4 - before.blocks, "it uses what is there");
}

#[test]
fn what_cannot_be_a_table_is_refused() {
    let writer = || TableWriter::new(Vec::new(), Path::new("x"), WriterOptions::default());
    let is_refused = |result| matches!(result, Err(Error::InvalidArgument(_)));
    assert!(is_refused(writer().finish(table_ours::properties(), 0).map(|_| ())));
    for second in [&b"b"[..], b"a", b""] {
        let mut writer = writer();
        writer.add(b"b", 1, None).unwrap();
        assert!(is_refused(writer.add(second, 1, None)));
    }
    let mut twice_empty = writer();
    twice_empty.add(b"", 1, None).unwrap();
    assert!(is_refused(twice_empty.add(b"", 1, None)));
    assert!(is_refused(writer().add(&vec![0; (16 << 20) + 1], 1, None)));
    assert!(writer().add(&vec![0; 16 << 20], 1, None).is_ok());
}

#[test]
fn a_failed_write_is_an_error_with_the_name() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = TableWriter::new(Full, Path::new("full.sst"), WriterOptions::default());
    writer.add(b"a", 1, None).unwrap();
    let error = writer.finish(table_ours::properties(), 0).err().unwrap();
    assert!(matches!(&error, Error::Io { path, .. } if path == Path::new("full.sst")), "{error}");
}
