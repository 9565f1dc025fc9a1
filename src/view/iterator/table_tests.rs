//! Iterators over tables, alone and merged, against what an array of the same versions shows.

use super::Iter;
use super::tests::{Move, Version, Walk, moves, sample, scan, shown, versions};
use crate::disk::{Disk, RealDisk};
use crate::error::Error;
use crate::memtable::Memtable;
use crate::order::Order;
use crate::scan::Scan;
use crate::table::{Table, TableWriter, WriterOptions};
use crate::version::source::Source;
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use twox_hash::XxHash64;

/// Whose layout a table has.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// Of each key only the newest version.
    Ours,
    /// All versions, newest first.
    Kevos,
}

fn sorted(versions: &[Version]) -> Vec<Version> {
    let mut sorted: Vec<Version> = versions.iter().rev().cloned().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted
}

/// What a table of this layout holds of these versions, in the order of writing; the last one written is the newest.
fn held(versions: &[Version], layout: Layout) -> Vec<Version> {
    let mut held = sorted(versions);
    if let Layout::Ours = layout {
        held.dedup_by(|b, a| a.0 == b.0);
    }
    held.reverse();
    held
}

fn file_of(versions: &[Version], layout: Layout, block_len: usize) -> Vec<u8> {
    let sorted = sorted(&held(versions, layout));
    match layout {
        Layout::Ours if !sorted.is_empty() => {
            let mut file = Vec::new();
            let options = WriterOptions { block_size: 30 * block_len, ..WriterOptions::default() };
            let mut writer = TableWriter::new(&mut file, Path::new("x.sst"), options);
            for (key, sequence, value) in &sorted {
                writer.add(key, *sequence, value.as_deref()).unwrap();
            }
            writer.finish(crate::table::Properties::default(), 0).unwrap();
            file
        }
        Layout::Ours | Layout::Kevos => kevos_file(&sorted, block_len),
    }
}

/// A table as Kevo writes it, but with a restart point at each entry, and without a bloom section.
fn kevos_file(sorted: &[Version], block_len: usize) -> Vec<u8> {
    let (mut file, mut index) = (Vec::new(), Vec::new());
    for block in sorted.chunks(block_len) {
        let start = file.len() as u64;
        file.extend(kevos_block(block));
        let size = (file.len() as u64 - start) as u32;
        index.push((block[0].0.clone(), 0, Some([&start.to_le_bytes()[..], &size.to_le_bytes()].concat())));
    }
    let (index_start, index) = (file.len() as u64, kevos_block(&index));
    file.extend(&index);
    let mut footer = 0xFACE_FEED_FACE_FEED_u64.to_le_bytes().to_vec();
    footer.extend(2_u32.to_le_bytes().into_iter().chain([0; 8]).chain(index_start.to_le_bytes()));
    footer.extend((index.len() as u32).to_le_bytes().into_iter().chain((sorted.len() as u32).to_le_bytes()));
    footer.resize(60, 0);
    footer.extend(XxHash64::oneshot(0, &footer).to_le_bytes());
    [file, footer].concat()
}

fn kevos_block(entries: &[Version]) -> Vec<u8> {
    let (mut block, mut restarts) = (Vec::new(), Vec::new());
    for (key, sequence, value) in entries {
        restarts.extend((block.len() as u32).to_le_bytes());
        block.extend((key.len() as u16).to_le_bytes().iter().chain(key).chain(&sequence.to_le_bytes()));
        block.extend(value.as_ref().map_or(u32::MAX, |value| value.len() as u32).to_le_bytes());
        block.extend(value.iter().flatten());
    }
    block.extend(restarts.into_iter().chain((entries.len() as u32).to_le_bytes()));
    block.extend(XxHash64::oneshot(0, &block).to_le_bytes());
    block
}

type Open = fn(&Path, Box<dyn crate::disk::ReadFile>, Option<Arc<crate::table::BlockCache>>) -> Result<Table, Error>;

fn opened(file: &[u8], open: Open) -> Arc<Table> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.sst");
    fs::write(&path, file).unwrap();
    Arc::new(open(&path, RealDisk.open(&path).unwrap(), None).unwrap())
}

fn memtable(id: u64, versions: &[Version]) -> Arc<Memtable> {
    let memtable = Memtable::new(id, Order::Log, 1, &<_>::default(), Instant::now());
    for (key, sequence, value) in versions {
        let op = if value.is_some() { crate::Op::Put } else { crate::Op::Delete };
        let value = value.as_deref().unwrap_or_default();
        memtable.write(&crate::Entry { op, sequence: *sequence, key, value }).unwrap();
    }
    Arc::new(memtable)
}

fn layout() -> impl Strategy<Value = Layout> {
    prop::sample::select(vec![Layout::Ours, Layout::Kevos])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn tables_and_a_memtable_are_walked_through_as_an_array_of_what_the_scan_shows(
        tables in prop::collection::vec((versions(60), layout(), 1_usize..8), 0..4),
        written in prop::option::of(versions(30)),
        scans in prop::collection::vec(scan(), 4),
        moves in moves(),
    ) {
        let mut all = Vec::new();
        let mut sources = Vec::new();
        for (id, (versions, layout, block_len)) in tables.iter().enumerate() {
            all.extend(held(versions, *layout).into_iter().map(|version| (id, version)));
            let table = opened(&file_of(versions, *layout, *block_len), Table::open);
            sources.push(Source::Table(table, id as u64));
        }
        if let Some(written) = &written {
            all.extend(written.iter().map(|version| (tables.len(), version.clone())));
            sources.push(Source::Memtable(memtable(tables.len() as u64, written)));
        }
        let moves: Vec<Move> = moves.into_iter().filter(|next| !matches!(next, Move::Write(_))).collect();
        for scan in &scans {
            let mut iter = Iter::new(Arc::new(()), sources.iter().cloned(), u64::MAX, scan).unwrap();
            let shown = shown(&all, Order::Log, scan);
            Walk { shown: &shown, at: 0 }.follow(&moves, &mut iter, &sample());
        }
    }
}

/// Three blocks of two keys each, the second of them damaged.
fn damaged_in_the_middle(layout: Layout) -> (Vec<u8>, u64) {
    let versions: Vec<Version> = (b'a'..=b'f').map(|key| (vec![key], u64::from(key), Some(vec![key; 100]))).collect();
    let block_len = if let Layout::Ours = layout { 10 } else { 2 };
    let mut file = file_of(&versions, layout, block_len);
    let middle = file.windows(100).position(|bytes| bytes == [b'c'; 100]).unwrap();
    file[middle] ^= 1;
    let block = 2 * (2 + 1 + 8 + 4 + 100) + 2 * 4 + 12;
    (file, block)
}

fn keys(iter: &mut Iter, step: fn(&mut Iter) -> Result<bool, Error>) -> (String, Result<(), (u64, u64)>) {
    let mut keys = String::new();
    loop {
        match step(iter) {
            Ok(true) => keys.extend(iter.entry().unwrap().key.iter().map(|&byte| char::from(byte))),
            Ok(false) => return (keys, Ok(())),
            Err(Error::CorruptTable { offset, length, .. }) => return (keys, Err((offset, length))),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_damaged_block_is_an_error_in_either_direction_until_the_iterator_goes_past_it() {
    for layout in [Layout::Ours, Layout::Kevos] {
        let (file, block) = damaged_in_the_middle(layout);
        let mut iter = Iter::over_table(&opened(&file, Table::open), &Scan::default()).unwrap();
        let damage = Err((block, block));
        assert_eq!(keys(&mut iter, Iter::next), ("ab".to_owned(), damage));
        assert_eq!(keys(&mut iter, Iter::next), (String::new(), damage), "it stays one");
        assert_eq!(iter.entry().unwrap().key, b"b");
        assert!(iter.seek(b"c").is_err() && iter.seek_for_prev(b"d").is_err());
        assert!(iter.seek(b"e").unwrap());
        assert_eq!(keys(&mut iter, Iter::next), ("f".to_owned(), Ok(())));
        assert_eq!(keys(&mut iter, Iter::prev), ("fe".to_owned(), damage));
        assert!(iter.seek_for_prev(b"b").unwrap(), "what comes after b is not needed for that");
        iter.first().unwrap();
        assert_eq!(iter.next_batch(9, |_, _| ()).unwrap(), 1, "what comes before the damage is given");
        assert!(iter.next_batch(9, |_, _| ()).is_err());
    }
}

/// It was passed over once, where the step behind a hidden version had failed.
#[test]
fn a_damaged_block_of_an_older_table_is_an_error_wherever_the_walk_came_from() {
    for layout in [Layout::Ours, Layout::Kevos] {
        let (file, block) = damaged_in_the_middle(layout);
        let newer = ["a", "b", "bb", "bc", "bd", "e", "g"];
        let newer: Vec<Version> =
            newer.iter().map(|key| (key.as_bytes().to_vec(), 1000, Some(b"new".to_vec()))).collect();
        let newer = opened(&file_of(&newer, Layout::Ours, 100), Table::open);
        let sources = [Source::Table(opened(&file, Table::open), 1), Source::Table(newer, 2)];
        let mut iter = Iter::new(Arc::new(()), sources.into_iter(), u64::MAX, &Scan::default()).unwrap();
        let damage = Err((block, block));
        assert_eq!(keys(&mut iter, Iter::next), ("ab".to_owned(), damage));
        assert_eq!(keys(&mut iter, Iter::next), (String::new(), damage), "it stays one");
        let one = |iter: &mut Iter| iter.next_batch(1, |_, _| ()).map(|count| count > 0);
        iter.first().unwrap();
        assert_eq!(keys(&mut iter, one), ("b".to_owned(), damage));
        iter.first().unwrap();
        assert_eq!(
            keys(&mut iter, |iter| iter.next_batch(9, |_, _| ()).map(|count| count > 0)),
            ("b".to_owned(), damage)
        );
        assert!(iter.seek(b"e").unwrap());
        assert_eq!(keys(&mut iter, Iter::next), ("fg".to_owned(), Ok(())));
    }
}

#[test]
fn a_table_that_was_opened_passing_over_damage_is_walked_through_without_it() {
    for layout in [Layout::Ours, Layout::Kevos] {
        let (file, _) = damaged_in_the_middle(layout);
        let table = opened(&file, Table::open_passing_over_damage);
        let mut iter = Iter::over_table(&table, &Scan::default()).unwrap();
        assert_eq!(keys(&mut iter, Iter::next), ("abef".to_owned(), Ok(())));
        assert_eq!(keys(&mut iter, Iter::prev), ("feba".to_owned(), Ok(())));
        assert!(iter.seek(b"c").unwrap() && iter.entry().unwrap().key == b"e");
        assert!(iter.seek_for_prev(b"d").unwrap() && iter.entry().unwrap().key == b"b");
    }
}

#[test]
fn a_batch_keeps_about_a_mebibyte_of_blocks_and_gives_fewer_entries_than_fit() {
    let versions: Vec<Version> = (0..64_u8).map(|key| (vec![key], 1, Some(vec![key; 100_000]))).collect();
    let table = opened(&file_of(&versions, Layout::Ours, 1), Table::open);
    let mut iter = Iter::over_table(&table, &Scan::default()).unwrap();
    let (mut seen, mut batches) = (0_usize, 0);
    loop {
        let mut lent: Vec<(*const u8, u8)> = Vec::new();
        let count = iter.next_batch(1000, |_, entry| lent.push((entry.value.as_ptr(), entry.key[0]))).unwrap();
        if count == 0 {
            break;
        }
        assert!((10..=12).contains(&count) || seen + count == 64, "{count}");
        assert!(lent.iter().enumerate().all(|(at, (_, key))| usize::from(*key) == seen + at));
        let mut places: Vec<_> = lent.iter().map(|(place, _)| *place).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), count, "no block has taken the place of another");
        (seen, batches) = (seen + count, batches + 1);
    }
    assert_eq!((seen, batches), (64, 6));
}
