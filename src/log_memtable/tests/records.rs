//! What comes out for the file is a log.

use super::model::History;
use super::{memtable, version, written};
use crate::log::testing::{full, merge};
use crate::log_memtable::{Operation, Writer};
use crate::scan::Scan;
use crate::{Options, recover};
use std::fs::{self, File};
use std::io::{self, Write};

/// Lengths around those where an entry needs one more record.
const LENGTHS: [usize; 14] =
    [0, 1, 32_700, 32_746, 32_747, 32_748, 32_749, 32_767, 32_768, 65_515, 65_516, 65_517, 100_000, 1 << 20];

/// What recovery finds in a log of all that was appended.
fn recovered(writer: &mut Writer) -> Vec<super::Version> {
    let directory = tempfile::tempdir().unwrap();
    let mut file = File::create(directory.path().join("00000000000000000001.wal")).unwrap();
    writer.take_unwritten().for_each_piece(|piece| file.write_all(piece)).unwrap();
    let options = Options { memtable_size: u64::MAX, ..Options::default() };
    let (list, report) = recover(directory.path(), &options, None);
    assert!(report.damage.is_empty(), "{:?}", report.damage);
    let mut iter = list.unwrap().scan(&Scan { all_versions: true, tombstones: true, ..Scan::default() }).unwrap();
    let mut versions = Vec::new();
    while iter.next().unwrap() {
        versions.push(version(iter.entry().unwrap()));
    }
    versions
}

#[test]
fn recovery_reads_back_entries_of_every_length() {
    let mut history = History::default();
    for (number, len) in LENGTHS.into_iter().enumerate() {
        let long = vec![number as u8; len];
        history.add(&[b'v', number as u8], Some(&long));
        history.add(&long, Some(b"key of some length"));
        history.add(&long, None);
        history.add(b"between", Some(b"short"));
    }
    let end = history.versions().len() as u64 + 1;
    let (memtable, mut writer) = written(&history);
    assert_eq!(recovered(&mut writer), history.sorted(end));
    for (key, expected) in history.newest(end) {
        assert_eq!(super::newest(&memtable, &key, end), Some(expected));
    }
}

#[test]
fn recovery_reads_back_batches_and_passes_over_marks() {
    let (_memtable, mut writer) = memtable();
    let mut history = History::default();
    writer.append_raw(&full(merge(0, "mark", "start"))).unwrap();
    for (number, len) in LENGTHS.into_iter().enumerate() {
        let (key, value) = ([number as u8; 3], vec![number as u8; len]);
        let mark_len = full(merge(0, "mark", "batch")).len();
        let operations = [Operation::Put { key: &key, value: &value }, Operation::Delete { key: b"other" }];
        let fill = |mark: &mut [u8], _| mark.copy_from_slice(&full(merge(0, "mark", "batch")));
        writer.batch(mark_len, operations.into_iter(), fill).unwrap();
        history.add(&key, Some(&value));
        history.add(b"other", None);
    }
    assert_eq!(recovered(&mut writer), history.sorted(history.versions().len() as u64 + 1));
}

#[test]
fn what_is_together_in_memory_is_one_piece() {
    let (_memtable, mut writer) = super::LogMemtable::new(1, 64 << 20).unwrap();
    let pieces = |writer: &mut Writer| {
        let mut lengths = Vec::new();
        let mut unwritten = writer.take_unwritten();
        unwritten
            .for_each_piece(|piece| {
                lengths.push(piece.len());
                Ok(())
            })
            .unwrap();
        lengths
    };
    for _ in 0..1000 {
        writer.put(b"0123456789abcdef", &[0; 100]).unwrap();
    }
    writer.append_raw(&[0; 60]).unwrap();
    assert_eq!(pieces(&mut writer), [140_060]);
    assert!(pieces(&mut writer).is_empty());
    writer.delete(b"key").unwrap();
    assert_eq!(pieces(&mut writer), [23]);
    writer.delete(b"key").unwrap();
    writer.put(b"key", &vec![0; 1 << 20]).unwrap();
    writer.delete(b"key").unwrap();
    // A FIRST record ends with its key, so 32 MIDDLE and LAST ones have the value and its length.
    let large = (1 << 20) + 13 + 3 + 4 + 34 * 7;
    let lengths = pieces(&mut writer);
    assert_eq!((lengths[0], lengths[lengths.len() - 1]), (23, 23));
    let large_pieces = &lengths[1..lengths.len() - 1];
    assert_eq!((large_pieces.len(), large_pieces.iter().sum::<usize>()), (5, large));
    assert!(large_pieces.iter().all(|&len| len <= (256 << 10) + 32_775));
}

#[test]
fn the_first_error_ends_the_visit() {
    let (_memtable, mut writer) = memtable();
    writer.put(b"a", &vec![0; 100_000]).unwrap();
    writer.put(b"b", b"").unwrap();
    let mut calls = 0;
    let result = writer.take_unwritten().for_each_piece(|_| {
        calls += 1;
        Err(io::Error::other("no"))
    });
    assert_eq!((result.unwrap_err().to_string(), calls), ("no".to_owned(), 1));
}

#[test]
fn another_thread_can_write_what_was_taken_while_more_is_appended() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("1.wal");
    let (_memtable, mut writer) = memtable();
    let mut file = File::create(&path).unwrap();
    for group in 0..200_u32 {
        writer.put(&group.to_be_bytes(), &[1; 500]).unwrap();
        let mut unwritten = writer.take_unwritten();
        file = std::thread::scope(|scope| {
            let leader = scope.spawn(move || {
                unwritten.for_each_piece(|piece| file.write_all(piece)).unwrap();
                file
            });
            writer.put(&group.to_be_bytes(), &[2; 700]).unwrap();
            leader.join().unwrap()
        });
    }
    writer.take_unwritten().for_each_piece(|piece| file.write_all(piece)).unwrap();
    let (list, report) = recover(directory.path(), &Options::default(), None);
    assert!(report.damage.is_empty());
    assert_eq!((list.unwrap().max_sequence(), fs::metadata(&path).unwrap().len()), (400, 200 * (528 + 728)));
}
