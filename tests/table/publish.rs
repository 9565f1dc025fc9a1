//! Tables are written, synced, and published together: on a disk that fails and crashes at every call.

use std::path::Path;
use std::sync::Arc;

use crate::support::disk::{TwinDisk, coins};
use crate::support::{table_model::Entry, table_ours};
use kevo::Error;
use kevo::disk::Disk;
use kevo::table::{NewTable, PublishedTable, Table, TableName, UnpublishedTable, WriterOptions, publish};
use rustix::io::Errno;

const DIRECTORY: &str = "/db/sst";
const AGE: u64 = 5;
/// So many crashes are tried at each call.
const CRASHES: u64 = 8;

/// What is in the table of each number.
fn entries(number: u64) -> Vec<Entry> {
    let value = |at: usize| Some(vec![number as u8; 40 + at]);
    if number == 3 {
        return vec![Entry { key: Vec::new(), sequence: 1, value: value(0) }];
    }
    (0..60).map(|at| Entry { key: format!("{number} {at:03}").into_bytes(), sequence: 1, value: value(at) }).collect()
}

fn written(disk: &TwinDisk, number: u64) -> Result<UnpublishedTable, Error> {
    let options = WriterOptions { block_size: 256, filter_bits: 10 };
    let mut table = NewTable::create(Arc::new(disk.clone()), Path::new(DIRECTORY), (AGE, number), options, 2000)?;
    for Entry { key, sequence, value } in entries(number) {
        table.add(&key, sequence, value.as_deref())?;
    }
    table.finish(table_ours::properties(), 1)
}

fn write_and_publish(disk: &TwinDisk) -> Result<Vec<PublishedTable>, Error> {
    let tables = (1..=3).map(|number| written(disk, number)).collect::<Result<Vec<_>, _>>()?;
    publish(tables, Path::new(DIRECTORY))
}

fn disk() -> TwinDisk {
    let disk = TwinDisk::new();
    disk.add_directory(DIRECTORY);
    disk.add_file(format!("{DIRECTORY}/other.sst"), b"not ours");
    disk.take_calls();
    disk
}

/// The tables that have names of their own; each of them is whole.
fn whole_tables(disk: &TwinDisk) -> Vec<u64> {
    let names = disk.names(DIRECTORY).unwrap();
    let tables: Vec<TableName> = names.iter().filter_map(|name| TableName::parse(name)).collect();
    for name in &tables {
        let path = Path::new(DIRECTORY).join(name.to_string());
        let table = Table::open(&path, disk.open(&path).unwrap(), None).unwrap();
        assert_eq!(table.verify().unwrap(), []);
        for Entry { key, value, .. } in entries(name.number) {
            assert_eq!(table.get(&key).unwrap().unwrap().entry().value, value.as_deref());
        }
    }
    tables.iter().map(|name| name.number).collect()
}

#[test]
fn what_is_published_has_its_name_and_all_that_was_written() {
    let disk = disk();
    let published = write_and_publish(&disk).unwrap();
    assert_eq!(whole_tables(&disk), [1, 2, 3]);
    let names: Vec<String> = published.iter().map(|table| table.name.to_string()).collect();
    let mut expected = disk.names(DIRECTORY).unwrap();
    expected.retain(|name| name != "other.sst");
    // A table without blocks has a name that Kevo does not look at.
    assert_eq!((&names, names[2].ends_with(".oversize")), (&expected, true));
    for table in published {
        let bytes = disk.bytes(Path::new(DIRECTORY).join(table.name.to_string())).unwrap();
        assert_eq!(
            (bytes.len() as u64, table.written.counts.entries),
            (table.written.bytes, entries(table.name.number).len() as u64)
        );
    }
}

#[test]
fn no_crash_shows_a_part_of_a_table_or_takes_one_that_was_published() {
    let calls = {
        let disk = disk();
        write_and_publish(&disk).unwrap();
        disk.take_calls().len()
    };
    assert!(calls > 15, "{calls}");
    let mut shown = 0;
    for call in 1..=calls {
        let disk = disk();
        // From this call on nothing happens, as if the machine had lost its power.
        disk.fail_from(call, Errno::IO);
        write_and_publish(&disk).unwrap_err();
        for seed in 0..CRASHES {
            let left = disk.crash(coins(seed));
            shown += whole_tables(&left).len();
            // The next attempt begins with what is left.
            let names: Vec<String> =
                left.names(DIRECTORY).unwrap().into_iter().filter(|name| name.starts_with('+')).collect();
            for name in &names {
                left.remove(&Path::new(DIRECTORY).join(name)).unwrap();
            }
            write_and_publish(&left).unwrap();
            assert_eq!(whole_tables(&left.crash(|| false)), [1, 2, 3]);
        }
    }
    assert!(shown > 0, "some crashes are between the first rename and the sync");
    let disk = disk();
    write_and_publish(&disk).unwrap();
    (0..CRASHES).for_each(|seed| assert_eq!(whole_tables(&disk.crash(coins(seed))), [1, 2, 3]));
}

#[test]
fn a_failure_leaves_nothing_and_a_disk_that_hesitates_gives_the_same() {
    for call in 1.. {
        let disk = disk();
        disk.fail_once(call, Errno::NOSPC);
        let result = write_and_publish(&disk);
        if result.is_ok() {
            assert!(call > 15, "{call}");
            break;
        }
        let error = result.unwrap_err();
        assert!(
            matches!(&error, Error::Io { path, source, .. }
            if path.starts_with(DIRECTORY) && source.raw_os_error() == Some(Errno::NOSPC.raw_os_error())),
            "{error}"
        );
        assert_eq!(disk.names(DIRECTORY).unwrap(), ["other.sst"], "after call {call}");
    }
    let (sound, hesitant) = (disk(), disk());
    hesitant.hesitate(100);
    assert_eq!(write_and_publish(&sound).unwrap(), write_and_publish(&hesitant).unwrap());
    hesitant.heal();
    assert_eq!(whole_tables(&hesitant), [1, 2, 3]);
}

#[test]
fn what_is_given_up_is_removed_and_what_a_crash_left_is_written_anew() {
    let disk = disk();
    drop(written(&disk, 1).unwrap());
    let options = WriterOptions::default();
    drop(NewTable::create(Arc::new(disk.clone()), Path::new(DIRECTORY), (AGE, 1), options, 0).unwrap());
    assert_eq!(disk.names(DIRECTORY).unwrap(), ["other.sst"]);

    let temporary = TableName { age: AGE, number: 1, only_oversize: false }.temporary();
    disk.add_file(format!("{DIRECTORY}/{temporary}"), b"left by a crash");
    publish(vec![written(&disk, 1).unwrap()], Path::new(DIRECTORY)).unwrap();
    assert_eq!(whole_tables(&disk), [1]);
    assert_eq!(publish(Vec::new(), Path::new(DIRECTORY)).unwrap(), []);
}
