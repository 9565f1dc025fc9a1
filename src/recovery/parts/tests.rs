use super::{End, FileRead, LogPart, Parts};
use crate::disk::RealDisk;
use crate::error::Error;
use crate::log::testing::{IDENTITY, OurStep, cut, flipped, full, our_log, put};
use crate::recovery::options::{Mode, Options};
use crate::recovery::report::Report;
use std::fs;
use tempfile::TempDir;

const PUT: OurStep = OurStep::Put;

/// The directory of these files, and how to name a part of one.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let directory = TempDir::new().unwrap();
        for (name, bytes) in files {
            fs::write(directory.path().join(name), bytes).unwrap();
        }
        Self(directory)
    }

    fn part(&self, name: &str, from: usize, end: End) -> LogPart {
        LogPart { path: self.0.path().join(name), from: from as u64, end }
    }
}

/// How many entries each window has, what was read of each part, and the report.
fn read(parts: &[LogPart], mode: Mode, limit: u64) -> (Result<Vec<usize>, Error>, Vec<FileRead>, Report) {
    let options = Options { mode, memtable_size: u64::MAX, max_memtables: usize::MAX, ..Options::default() };
    let mut report = Report::default();
    let mut reader = Parts::open(&RealDisk, parts.to_vec(), &options, None, &mut report).unwrap();
    let mut windows = Vec::new();
    let failure = loop {
        match reader.read(limit) {
            Ok(Some(log)) => windows.push(log.entry_count()),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    let (files, _) = reader.finish();
    (failure.map_or(Ok(windows), Err), files, report)
}

#[test]
fn each_part_is_read_by_its_own_rules() {
    let closed = our_log(10, None, &[PUT, OurStep::Batch { is_broken: false }, OurStep::Closed]);
    let kevos = [full(put(14, "a", "1")), cut(full(put(15, "b", "2")), 20)].concat();
    let (end, len) = (closed.len(), closed.len() + kevos.len());
    // Four bytes stand between the end and what the file had.
    let first = [&closed[..], b"junk", &kevos].concat();
    let last = [our_log(20, None, &[PUT, OurStep::Synced, PUT]), vec![0; 100]].concat();
    let files = Files::new(&[("1.wal", &first), ("2.wal", &full(put(16, "c", "3"))), ("3.wal", &last)]);
    let parts = [
        files.part("1.wal", 0, End::Known(end as u64)),
        files.part("1.wal", end + 4, End::Kevo),
        files.part("2.wal", 0, End::Unknown),
        files.part("3.wal", 0, End::Unknown),
    ];
    for limit in [0, u64::MAX] {
        let (windows, told, report) = read(&parts, Mode::TolerateTornTail, limit);
        let windows = windows.unwrap();
        assert_eq!(windows, if limit == 0 { vec![3, 1, 1, 2] } else { vec![7] });
        let damage: Vec<_> = report.damage.iter().map(|damage| (damage.offset, damage.length)).collect();
        assert_eq!(damage, [(len as u64 + 4 - 20, 20)]);
        let told: Vec<_> = told.iter().map(|file| (file.end, file.is_ours, file.is_clean, file.max_sequence)).collect();
        let len = len as u64 + 4;
        let zeros = last.len() as u64 - 100;
        let expected =
            [(end as u64, true, false, 13), (len, false, false, 14), (29, false, true, 16), (zeros, true, false, 22)];
        assert_eq!(told[..2], expected[..2]);
        assert_eq!((told[2].1, told[2].2, told[2].3), (false, true, 16));
        assert_eq!(told[3], expected[3]);
    }
}

#[test]
fn what_lacks_of_a_known_end_is_corruption() {
    let log = our_log(10, None, &[PUT, PUT]);
    let files = Files::new(&[("1.wal", &log[..log.len() - 5])]);
    let parts = [files.part("1.wal", 0, End::Known(log.len() as u64))];
    let (failed, told, _) = read(&parts, Mode::TolerateTornTail, 0);
    assert!(matches!(failed, Err(Error::Corrupt { length: 32, .. })), "{failed:?}");
    assert!(!told[0].is_clean);
    let (windows, told, report) = read(&parts, Mode::SkipCorrupted, 0);
    assert_eq!((windows.unwrap(), report.damage.len()), (vec![1], 1));
    assert_eq!((told[0].identity, told[0].has_entries), (Some(IDENTITY), true));
}

#[test]
fn what_a_point_in_time_leaves_out_is_not_clean() {
    let damaged = flipped(full(put(1, "key", "value")), 20);
    let sound = full(put(2, "key", "value"));
    let files = Files::new(&[("1.wal", &[damaged, sound.clone()].concat()), ("2.wal", &sound), ("3.wal", &sound)]);
    let parts = ["1.wal", "2.wal", "3.wal"].map(|name| files.part(name, 0, End::Unknown));
    for limit in [0, 80, u64::MAX] {
        let (windows, told, _) = read(&parts, Mode::PointInTime, limit);
        assert_eq!(windows.unwrap().iter().sum::<usize>(), 0);
        assert_eq!(told.len(), 3);
        assert!(told.iter().all(|file| !file.is_clean));
        assert_eq!((told[1].end, told[2].end), (0, 0));
    }
}
