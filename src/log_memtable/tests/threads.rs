//! One writer and several readers at the same time.

use super::super::{LogMemtable, Operation, Writer};
use super::model::scan;
use super::{newest, version};
use crate::scan::Scan;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Few, so that they are overwritten all the time, and most buckets have several.
const KEYS: usize = 100;
const READERS: usize = 3;
const ROUNDS: u64 = if cfg!(miri) { 40 } else { 3000 };

/// Each key has a counter that the writer raises. What a reader sees must be at least what was acknowledged before it
/// began, and at most what was begun before it ended.
#[derive(Default)]
struct Counters {
    begun: Vec<AtomicU64>,
    acknowledged: Vec<AtomicU64>,
    over: AtomicBool,
}

impl Counters {
    fn new() -> Self {
        let zeros = || (0..KEYS).map(|_| AtomicU64::new(0)).collect();
        Self { begun: zeros(), acknowledged: zeros(), over: AtomicBool::new(false) }
    }
}

fn key(number: usize) -> Vec<u8> {
    format!("key{number:03}").into_bytes()
}

/// Values of different lengths, some of which need several records.
fn value(count: u64) -> Vec<u8> {
    let len = if count % 500 == 77 { 40_000 } else { 8 + count as usize % 50 };
    count.to_le_bytes().into_iter().cycle().take(len).collect()
}

fn count_in(value: &[u8]) -> u64 {
    let count = u64::from_le_bytes(*value.first_chunk().unwrap());
    assert_eq!(value, self::value(count), "bytes that nobody wrote");
    count
}

/// Raises the counters of some keys by one, all of them at once.
fn raise(writer: &mut Writer, counters: &Counters, keys: &[usize], count: u64) {
    for &number in keys {
        counters.begun[number].store(count, Ordering::SeqCst);
    }
    let (value, keys_written): (_, Vec<_>) = (value(count), keys.iter().map(|&number| key(number)).collect());
    if let [key] = &keys_written[..] {
        writer.put(key, &value).unwrap();
    } else {
        let puts = keys_written.iter().map(|key| Operation::Put { key, value: &value });
        writer.batch(20, puts, |mark, _| mark.fill(1)).unwrap();
    }
    writer.memtable().publish(writer.next_sequence());
    for &number in keys {
        counters.acknowledged[number].store(count, Ordering::SeqCst);
    }
}

fn write(mut writer: Writer, counters: &Counters) {
    let _over = Over(&counters.over);
    let mut taken = 0;
    for count in 1..=ROUNDS {
        for number in (0..KEYS).step_by(3) {
            raise(&mut writer, counters, &[number], count);
        }
        let together: Vec<_> = (0..KEYS).filter(|number| number % 3 != 0).collect();
        raise(&mut writer, counters, &together, count);
        taken += writer.take_unwritten().len();
        if writer.memtable().log_len() > 200 << 20 {
            break;
        }
    }
    assert_eq!(taken, writer.memtable().log_len());
}

/// Ends the readers, whatever has ended the writer.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn read(memtable: &Arc<LogMemtable>, counters: &Counters, reader: usize) {
    let mut seen = vec![0; KEYS];
    let mut round = reader;
    while !counters.over.load(Ordering::SeqCst) {
        round += 1;
        let number = round * 7 % KEYS;
        let least = counters.acknowledged[number].load(Ordering::SeqCst).max(seen[number]);
        let end = memtable.visible_end();
        let found = newest(memtable, &key(number), end);
        seen[number] = found.as_ref().map_or(0, |(_, _, value)| count_in(value.as_ref().unwrap()));
        let most = counters.begun[number].load(Ordering::SeqCst);
        assert!((least..=most).contains(&seen[number]), "{least} {} {most}", seen[number]);
        assert_eq!(newest(memtable, &key(number), end), found, "the same end, and another answer");
        if round.is_multiple_of(50) {
            check_scan(memtable, end);
        }
    }
}

/// A scan sees what lookups with the same end see, and batches whole.
fn check_scan(memtable: &Arc<LogMemtable>, end: u64) {
    let mut iter = scan(memtable, end, &Scan::default());
    let mut counts = [None; KEYS];
    let mut more = iter.first().unwrap();
    while more {
        let entry = iter.entry().unwrap();
        let number: usize = std::str::from_utf8(&entry.key[3..]).unwrap().parse().unwrap();
        assert_eq!(newest(memtable, entry.key, end), Some(version(entry)));
        counts[number] = Some(count_in(entry.value));
        more = iter.next().unwrap();
    }
    for (number, count) in counts.iter().enumerate() {
        assert_eq!(count.is_some(), newest(memtable, &key(number), end).is_some(), "{number}");
        if number % 3 != 0 {
            assert_eq!(*count, counts[1], "a batch is seen in part");
        }
    }
}

#[test]
fn readers_see_what_was_acknowledged_and_batches_whole() {
    let (memtable, writer) = LogMemtable::new(1, 4096).unwrap();
    let counters = Counters::new();
    thread::scope(|scope| {
        for reader in 0..READERS {
            let (memtable, counters) = (&memtable, &counters);
            scope.spawn(move || read(memtable, counters, reader));
        }
        scope.spawn(|| write(writer, &counters));
    });
    check_scan(&memtable, memtable.visible_end());
}
